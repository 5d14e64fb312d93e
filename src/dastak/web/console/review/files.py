"""Recording and pictures of a case, for auditors alone; each viewing is noted before the first byte goes out.

In: a case, and which of its pictures. Out: the file, or the part that the player asks for.
"""

from starlette.responses import Response

from dastak.journeys.video_kyc.rooms import NotKept
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.console.door import Door
from dastak.web.console.review.room import AuditorConsole, case_of
from dastak.web.console.signed_in import Visit
from dastak.web.kept_file import kept_file, named_after, shows


async def show_recording(room: AuditorConsole, _door: Door, visit: Visit) -> Response:
    """The composed recording. Raises `NotKept` while there is none."""
    case = await case_of(room, visit)
    if case.recording is None or not case.recording.reference:
        raise NotKept("not composed yet")
    reference = case.recording.reference
    return await _shown(room, visit, case, reference, named_after(case, reference), case.recording.sha256)


async def show_still(room: AuditorConsole, _door: Door, visit: Visit) -> Response:
    """A picture that the agent took."""
    case, still_id = await case_of(room, visit), visit.request.path_params["still_id"]
    still = next((one for one in case.stills if one.id == still_id), None)
    if still is None:
        raise NotKept("no such picture")
    name = f"{case.verification_id}-{still.kind.value}.jpg"
    return await _shown(room, visit, case, still.reference, name, still.sha256)


async def _shown(
    room: AuditorConsole, visit: Visit, case: VideoKyc, reference: str, name: str, sha256: str
) -> Response:
    answer = await kept_file(visit.request, room.library, reference, name=name, mark=sha256)
    if shows(visit.request, answer):
        client_ip = visit.request.client.host if visit.request.client else ""
        await room.viewings.note(case, reference, visit.operator.id, client_ip)
    return answer
