"""The pictures of a party since its last whole one: all that is needed to show what it sends now.

In: packets of its video. Out: the encoded pictures, to be decoded elsewhere. Bounded.
"""

from dastak.video.spool.record import Packet
from dastak.video.vp8 import Encoded, Vp8Pictures

_MOST_PICTURES = 1200
_MOST_BYTES = 16 << 20


class RecentPictures:
    """Of one connection."""

    def __init__(self) -> None:
        self._assembled = Vp8Pictures()
        self._pictures: list[Encoded] = []
        self._bytes = 0

    def add(self, packet: Packet) -> None:
        """One more packet of the video."""
        for picture in self._assembled.add(packet):
            if picture.is_key:
                self._pictures, self._bytes = [], 0
            self._pictures.append(picture)
            self._bytes += len(picture.data)
            if len(self._pictures) > _MOST_PICTURES or self._bytes > _MOST_BYTES:
                self._pictures, self._bytes = [], 0  # it will not answer with a whole one; then there is none

    @property
    def is_stuck(self) -> bool:
        """Whether nothing can be shown before the next whole picture."""
        return self._assembled.needs_key

    def now(self) -> list[Encoded]:
        """A whole picture first, then what changed; empty when there is none."""
        return list(self._pictures)
