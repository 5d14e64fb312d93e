"""Recording and pictures of a case, for auditors alone; each viewing is noted before the first byte goes out.

In: a case, and which of its pictures. Out: the file, or the part that the player asks for.
"""

from starlette.responses import Response

from dastak.journeys.video_kyc.interview import Still
from dastak.journeys.video_kyc.rooms import NotKept
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.console.door import Door
from dastak.web.console.evidence_file import evidence_file
from dastak.web.console.photos import photo_of
from dastak.web.console.review.room import AuditorConsole, case_of
from dastak.web.console.signed_in import Visit
from dastak.web.kept_file import named_after


async def show_recording(room: AuditorConsole, _door: Door, visit: Visit) -> Response:
    """The composed recording. Raises `NotKept` while there is none."""
    case = await case_of(room, visit)
    if case.recording is None or not case.recording.reference:
        raise NotKept("not composed yet")
    reference = case.recording.reference
    return await _shown(room, visit, case, reference, named_after(case, reference), case.recording.sha256)


async def show_still(room: AuditorConsole, _door: Door, visit: Visit) -> Response:
    """A picture that the agent took."""
    case, still = await _still(room, visit)
    name = f"{case.verification_id}-{still.kind.value}.jpg"
    return await _shown(room, visit, case, still.reference, name, still.sha256)


async def show_photo(room: AuditorConsole, _door: Door, visit: Visit) -> Response:
    """The photo beside it, which the customer's page sent."""
    case, still = await _still(room, visit)
    photo = photo_of(still)
    if photo is None:
        raise NotKept("no such photo")
    name = f"{case.verification_id}-{still.kind.value}-photo.jpg"
    return await _shown(room, visit, case, photo[0], name, photo[1])


async def _still(room: AuditorConsole, visit: Visit) -> tuple[VideoKyc, Still]:
    case, still_id = await case_of(room, visit), visit.request.path_params["still_id"]
    still = next((one for one in case.stills if one.id == still_id), None)
    if still is None:
        raise NotKept("no such picture")
    return case, still


async def _shown(
    room: AuditorConsole, visit: Visit, case: VideoKyc, reference: str, name: str, sha256: str
) -> Response:
    return await evidence_file(room.library, room.viewings, visit, case, reference, name=name, sha256=sha256)
