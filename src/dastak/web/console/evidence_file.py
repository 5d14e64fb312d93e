"""A recording or a picture of a case, shown to an operator who may see it; noted before any of it goes out.

In: the case, where the file is kept and what to call it. Out: the file, or the part that a player asks for. The pages
of agents and auditors have made sure whose case it is.
"""

from typing import Protocol

from starlette.responses import Response

from dastak.journeys.video_kyc.rooms import Library
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.console.signed_in import Visit
from dastak.web.kept_file import kept_file, shows


class Viewings(Protocol):
    """Who was shown what."""

    async def note(self, case: VideoKyc, reference: str, viewer: str, client_ip: str) -> None:
        """Keep in the log that this is shown now. Nothing may be shown when this raises."""


async def evidence_file(
    library: Library, viewings: Viewings, visit: Visit, case: VideoKyc, reference: str, *, name: str, sha256: str
) -> Response:
    """The file. Raises `NotKept`."""
    answer = await kept_file(visit.request, library, reference, name=name, mark=sha256)
    if shows(visit.request, answer):
        client_ip = visit.request.client.host if visit.request.client else ""
        await viewings.note(case, reference, visit.operator.id, client_ip)
    return answer
