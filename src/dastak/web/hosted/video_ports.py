"""What the pages of a Video KYC need beside the door: the customer's desk, rooms to meet in, and who wakes them.

In: `app` plugs these in. Out: `door` holds them for the handlers in `video/`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from dastak.journeys.video_kyc.bell import LiveBell
from dastak.journeys.video_kyc.desk import CustomerDesk
from dastak.journeys.video_kyc.rooms import Rooms
from dastak.journeys.video_kyc.video_kyc import VideoKyc


class Photos(Protocol):
    """Full-size photos that an agent wants from the customer's camera, beside what the call's picture can show."""

    def wanted(self, case: VideoKyc) -> str:
        """The id of the photo that is wanted now; empty when none is. Must not block."""

    async def keep(self, case: VideoKyc, wanted: str, jpeg: bytes) -> None:
        """Take the photo that was wanted under that id; one that comes too late may be thrown away."""


@dataclass(frozen=True, slots=True)
class VideoPorts:
    """Everything that the pages of a Video KYC ask."""

    desk: CustomerDesk
    rooms: Rooms
    bell: LiveBell
    seat_key: bytes
    """Signs the tokens with which a page takes its seat in a call; at least 32 secret bytes."""
    photos: Photos | None = None
    """None: nobody asks for photos."""
    gone_after: timedelta | None = timedelta(seconds=60)
    """A customer without an open page for so long leaves the queue. None where several processes serve pages: a page
    that comes back to another one is not seen here; then the clock alone ends the wait."""
