"""Pictures that are taken of the call, where the customer cannot swap them, and shown to whoever has the case.

In: a form with what the picture is of. Out: the picture in the storage and noted in the case; shown, a line in the log
of views. The customer's page is asked for a photo beside it, see `console.photos`.
"""

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.interview import Still, StillKind
from dastak.journeys.video_kyc.rooms import NotKept
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.console.agent.acting import GONE, NotAChoice, acted
from dastak.web.console.agent.console import AgentConsole, who
from dastak.web.console.door import Door
from dastak.web.console.evidence_file import evidence_file
from dastak.web.console.photos import photo_of
from dastak.web.console.refusal import NOT_FOUND
from dastak.web.console.signed_in import Visit
from dastak.web.form import Form
from dastak.web.refusal import Refused


async def take_still(console: AgentConsole, door: Door, visit: Visit, form: Form) -> Response:
    """`kind`: `pan` or `face`."""

    async def act() -> VideoKyc:
        kind = _kind(form)
        case = await console.mine(visit)
        seat = console.seat(case, Party.CUSTOMER)
        picture = await console.rooms.still(seat)
        still_id = console.new_id("stl")
        reference = f"{case.merchant_id}/{case.id}/{still_id}.jpg"
        kept = await console.library.keep(reference, picture.jpeg)
        still = Still(still_id, kind, seat.call_id, picture.taken_at, kept.reference, kept.sha256)
        try:
            with door.noting(visit.operator, Deed.PICTURE_TAKEN, kind=kind.value, file=kept.reference):
                return await console.desk.note_still(*who(visit), still)
        except Exception:
            await console.library.forget(kept.reference)  # no case knows of it
            raise

    return await acted(console, door, visit, act)


async def show_still(console: AgentConsole, door: Door, visit: Visit) -> Response:
    """The picture itself, to the agent who has the case."""
    del door
    case, still = await _still(console, visit)
    return await _shown(console, visit, case, still.reference, f"{still.kind.value}-{still.id}.jpg", still.sha256)


async def show_photo(console: AgentConsole, door: Door, visit: Visit) -> Response:
    """The photo beside it, which the customer's page sent."""
    del door
    case, still = await _still(console, visit)
    photo = photo_of(still)
    if photo is None:
        raise Refused(NOT_FOUND)
    return await _shown(console, visit, case, photo[0], f"{still.kind.value}-{still.id}-photo.jpg", photo[1])


async def _still(console: AgentConsole, visit: Visit) -> tuple[VideoKyc, Still]:
    try:
        case = await console.mine(visit)
    except GONE:
        raise Refused(NOT_FOUND) from None
    still = next((one for one in case.stills if one.id == visit.request.path_params["still_id"]), None)
    if still is None:
        raise Refused(NOT_FOUND)
    return case, still


async def _shown(
    console: AgentConsole, visit: Visit, case: VideoKyc, reference: str, name: str, sha256: str
) -> Response:
    library, viewings = console.library, console.viewings
    try:
        return await evidence_file(library, viewings, visit, case, reference, name=name, sha256=sha256)
    except NotKept:
        raise Refused(NOT_FOUND) from None


def _kind(form: Form) -> StillKind:
    try:
        return StillKind(form.get("kind", ""))
    except ValueError:
        raise NotAChoice from None
