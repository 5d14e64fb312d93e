"""Pictures that are taken of the call, where the customer cannot swap them, and shown to whoever has the case.

In: a form with what the picture is of. Out: the picture in the storage and noted in the case; shown, a line in the log
of views. A photo in full resolution from the customer's own page would be kept beside it, in `take_still`.
"""

from starlette.responses import Response

from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.interview import Still, StillKind
from dastak.journeys.video_kyc.rooms import NotKept
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.console.agent.acting import GONE, NotAChoice, acted
from dastak.web.console.agent.console import AgentConsole, who
from dastak.web.console.door import Door
from dastak.web.console.form import Form
from dastak.web.console.refusal import NOT_FOUND, Refused
from dastak.web.console.signed_in import Visit
from dastak.web.kept_file import kept_file, shows


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
            return await console.desk.note_still(*who(visit), still)
        except Exception:
            await console.library.forget(kept.reference)  # no case knows of it
            raise

    return await acted(console, door, visit, act)


async def show_still(console: AgentConsole, door: Door, visit: Visit) -> Response:
    """The picture itself, to the agent who has the case."""
    del door
    wanted = visit.request.path_params["still_id"]
    try:
        case = await console.mine(visit)
        still = next((one for one in case.stills if one.id == wanted), None)
        if still is None:
            raise Refused(NOT_FOUND)
        answer = await kept_file(
            visit.request,
            console.library,
            still.reference,
            name=f"{still.kind.value}-{still.id}.jpg",
            mark=still.sha256,
        )
    except (*GONE, NotKept):
        raise Refused(NOT_FOUND) from None
    if shows(visit.request, answer):
        client = visit.request.client
        await console.viewings.note(case, still.reference, visit.operator.id, client.host if client else "")
    return answer


def _kind(form: Form) -> StillKind:
    try:
        return StillKind(form.get("kind", ""))
    except ValueError:
        raise NotAChoice from None
