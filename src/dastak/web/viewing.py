"""Notes that somebody was shown a recording or a picture, before they see any of it.

In: who, what, from where. Out: a line in the `ViewLog` for each viewing, and in the audit log. A player asks
for one file many times, at any byte: what one viewer at one address asks for without a long pause is one viewing,
wherever it begins.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from dastak.accounts.deed import Deed
from dastak.accounts.noting import Note, noting
from dastak.journeys.video_kyc.rooms import View, ViewLog
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.lately import Lately

PAUSE = timedelta(minutes=10)
"""After so long without a request, the next one is another viewing."""
REMEMBERED = 10_000
"""Viewings under way that are kept in mind; who is forgotten is noted once more."""


class Viewings:
    """One per process: another process notes a viewing that moves to it once more."""

    def __init__(self, views: ViewLog, clock: Callable[[], datetime]) -> None:
        self._views = views
        self._clock = clock
        self._going_on = Lately(REMEMBERED)

    async def note(self, case: VideoKyc, reference: str, viewer: str, client_ip: str) -> None:
        """Keep in the log that this is shown now. Nothing may be shown when this raises."""
        now = self._clock()
        viewing = (case.id, reference, viewer, client_ip)
        if not self._going_on.has(viewing, now):
            with noting(Note(case.merchant_id, now, viewer, Deed.EVIDENCE_VIEWED, case.id, file=reference)):
                await self._views.note_view(View(case.merchant_id, case.id, reference, viewer, client_ip, now))
        self._going_on.keep(viewing, now + PAUSE)
