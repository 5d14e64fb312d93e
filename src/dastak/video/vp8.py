"""From packets to pictures: VP8 as RTP carries it (RFC 7741). Pure.

In: packets of one video track. Out: whole encoded pictures. After a loss nothing comes before the next key picture:
what cannot be decoded cleanly is not shown.
"""

from dataclasses import dataclass

from dastak.video.ordering import InOrder, Lost, Ordered
from dastak.video.spool.record import Packet

_MOST_BYTES = 4 << 20
"""No picture of a call is longer; who sends more does not get it assembled."""
_LARGEST_SIDE = 2560
_KEY_HEAD = 10
_STARTS, _PARTITION = 0x10, 0x07
_START_CODE = b"\x9d\x01\x2a"


@dataclass(frozen=True, slots=True)
class Encoded:
    """One picture, encoded."""

    timestamp: int
    arrived_us: int
    """When its last packet came."""
    is_key: bool
    data: bytes


class Vp8Pictures:
    """Assembles the pictures of one track."""

    def __init__(self) -> None:
        self._order = InOrder()
        self._parts: list[bytes] = []
        self._timestamp: int | None = None
        self._size = 0
        self._is_broken = True
        self._needs_key = True

    @property
    def needs_key(self) -> bool:
        """Whether nothing comes before the next key picture."""
        return self._needs_key

    def add(self, packet: Packet) -> list[Encoded]:
        """The pictures that this packet completes."""
        return self._pictures(self._order.add(packet))

    def end(self) -> list[Encoded]:
        """The pictures that can still be had when no more packets will come."""
        return self._pictures(self._order.end())

    def _pictures(self, ordered: list[Ordered]) -> list[Encoded]:
        out = []
        for one in ordered:
            if isinstance(one, Lost):
                self._is_broken = self._needs_key = True
            elif (picture := self._take(one)) is not None:
                out.append(picture)
        return out

    def _take(self, packet: Packet) -> Encoded | None:
        split = body(packet.payload)
        if split is None:
            return None  # padding, or nothing that we can read
        starts, data = split
        if packet.timestamp != self._timestamp:
            if self._parts:
                self._needs_key = True  # the picture before had no end
            self._timestamp, self._parts, self._size, self._is_broken = packet.timestamp, [], 0, not starts
        self._size += len(data)
        if self._size > _MOST_BYTES:
            self._is_broken, self._parts = True, []
        if not self._is_broken:
            self._parts.append(data)
        if not packet.marker:
            return None
        whole, broken = b"".join(self._parts), self._is_broken
        self._parts, self._timestamp = [], None
        return self._finished(packet, whole, broken)

    def _finished(self, packet: Packet, data: bytes, broken: bool) -> Encoded | None:
        if broken or not data:
            self._needs_key = True
            return None
        is_key = not data[0] & 1
        if is_key:
            self._needs_key = not is_sound_key(data)
        if self._needs_key:
            return None
        return Encoded(packet.timestamp, packet.arrived_us, is_key, data)


def body(payload: bytes) -> tuple[bool, bytes] | None:
    """Whether the picture begins here, and its bytes, without the descriptor (RFC 7741 §4.2). None: not readable."""
    if not payload:
        return None
    first, at = payload[0], 1
    if first & 0x80:
        if len(payload) <= at:
            return None
        extended = payload[at]
        at += 1
        if extended & 0x80:  # picture id, one byte or two
            at += 2 if len(payload) > at and payload[at] & 0x80 else 1
        at += (1 if extended & 0x40 else 0) + (1 if extended & 0x30 else 0)
    if len(payload) <= at:
        return None
    return first & (_STARTS | _PARTITION) == _STARTS, payload[at:]


def is_sound_key(data: bytes) -> bool:
    """Whether a key picture's head is one, of a size that a decoder may be asked to make room for (RFC 6386 §9.1)."""
    if len(data) < _KEY_HEAD or data[3:6] != _START_CODE:
        return False
    width = int.from_bytes(data[6:8], "little") & 0x3FFF
    height = int.from_bytes(data[8:10], "little") & 0x3FFF
    return 0 < width <= _LARGEST_SIDE and 0 < height <= _LARGEST_SIDE
