"""Notes that somebody was shown a recording or a picture, before they see any of it.

In: who, what, from where. Out: a line in the `ViewLog` for each viewing. A player asks for one file many times, at any
byte: what one viewer at one address asks for without a long pause is one viewing, wherever it begins.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from dastak.journeys.video_kyc.rooms import View, ViewLog
from dastak.journeys.video_kyc.video_kyc import VideoKyc

PAUSE = timedelta(minutes=10)
"""After so long without a request, the next one is another viewing."""
REMEMBERED = 10_000
"""Viewings under way that are kept in mind; who is forgotten is noted once more."""
LINK = "link"
"""The viewer who holds the merchant's link."""


class Viewings:
    """One per process: another process notes a viewing that moves to it once more."""

    def __init__(self, views: ViewLog, clock: Callable[[], datetime]) -> None:
        self._views = views
        self._clock = clock
        self._going_on: dict[tuple[str, str, str, str], datetime] = {}

    async def note(self, case: VideoKyc, reference: str, viewer: str, client_ip: str) -> None:
        """Keep in the log that this is shown now. Nothing may be shown when this raises."""
        now = self._clock()
        viewing = (case.id, reference, viewer, client_ip)
        last = self._going_on.pop(viewing, None)
        if last is None or now - last >= PAUSE:
            await self._views.note_view(View(case.merchant_id, case.id, reference, viewer, client_ip, now))
        self._going_on[viewing] = now
        while len(self._going_on) > REMEMBERED:
            del self._going_on[next(iter(self._going_on))]
