"""Where in time each packet belongs. Pure.

In: records of a spool, once through. Out: microseconds from the film's start, for any timestamp of any track. Sender
reports say how sound and picture of one connection lie to each other; the arrival that was least delayed says where
the connection lies in the server's time. What a sender says is believed only near to when its packets arrived.

A busy sender writes its reports late, never early: of those that lie near to each other the earliest is the true one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from dastak.journeys.video_kyc.call import Party
from dastak.video.ordering import Unwrapped
from dastak.video.spool.record import Packet, Record, Report, Track

_NTP_TO_1970 = 2_208_988_800
_TIMESTAMPS = 1 << 32
_EARLIEST, _LATEST = -500_000, 5_000_000
"""How much later than it was sent a packet may have arrived, in microseconds, before its sender is not believed."""
_NEAR = 20
"""Reports before and after one that are near to it: about a minute each way, in which no clock runs away."""


class _Timestamps:
    """Timestamps of one track as microseconds, from a beginning of their own."""

    def __init__(self, rate: int, first: int) -> None:
        self._rate = rate
        self._long = Unwrapped(32)
        self._first = self._long(first)

    def __call__(self, timestamp: int) -> int:
        return (self._long(timestamp) - self._first) * 1_000_000 // self._rate


@dataclass(slots=True)
class _Seen:
    """What the first pass finds out of one track."""

    first_timestamp: int
    own: _Timestamps
    first: Packet | None = None
    """That with the lowest timestamp."""
    offsets: list[int] = field(default_factory=list)
    """Of each report: the sender's time of day less its timestamp."""
    arrivals: list[int | None] = field(default_factory=lambda: [None])
    """Before the first report, and after each: the least arrival less timestamp."""

    def packet(self, packet: Packet) -> None:
        if self.first is None or (packet.timestamp - self.first.timestamp) % _TIMESTAMPS > _TIMESTAMPS // 2:
            self.first = packet
        late, least = packet.arrived_us - self.own(packet.timestamp), self.arrivals[-1]
        self.arrivals[-1] = late if least is None else min(least, late)

    def report(self, report: Report) -> None:
        self.offsets.append(microseconds(report.ntp) - self.own(report.timestamp))
        self.arrivals.append(None)

    def settle(self) -> int:
        """Make reports as true as their neighbours; the least delay of all packets."""
        near = [self.offsets[max(0, n - _NEAR) : n + _NEAR + 1] for n in range(len(self.offsets))]
        self.offsets = [min(some) for some in near]
        before = [*self.offsets[:1], *self.offsets] or [0]
        return min(
            (late - offset for late, offset in zip(self.arrivals, before, strict=True) if late is not None), default=0
        )


@dataclass(slots=True)
class _Line:
    """The second pass over one track."""

    own: _Timestamps
    offsets: list[int]
    delay: int
    reports: int = 0

    def at(self, timestamp: int) -> int:
        """Microseconds since 1970."""
        offset = self.offsets[max(0, self.reports - 1)] if self.offsets else 0
        return self.own(timestamp) + offset + self.delay


class Clocks:
    """Made of one pass over the records; then asked, record by record, in a second one."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.end_us = 0
        seen: dict[Track, _Seen] = {}
        for record in records:
            one = seen.get(record.track)
            if one is None:
                own = _Timestamps(record.track.kind.clock_rate, record.timestamp)
                one = seen[record.track] = _Seen(record.timestamp, own)
            if isinstance(record, Packet):
                self.end_us = max(self.end_us, record.arrived_us)
                one.packet(record)
            else:
                one.report(record)
        self._lines = _lines(seen)
        firsts = [one.first for one in seen.values() if one.first is not None]
        self.start_us = min((self._at(first.track, first.timestamp, first.arrived_us) for first in firsts), default=0)

    def report(self, report: Report) -> None:
        """The second pass has come to this report."""
        self._lines[report.track].reports += 1

    def at(self, track: Track, timestamp: int, arrived_us: int) -> int:
        """Microseconds from the film's start."""
        return max(0, self._at(track, timestamp, arrived_us) - self.start_us)

    def _at(self, track: Track, timestamp: int, arrived_us: int) -> int:
        """Microseconds since 1970."""
        sent = self._lines[track].at(timestamp)
        return sent if _EARLIEST <= arrived_us - sent <= _LATEST else arrived_us


def microseconds(ntp: int) -> int:
    """Since 1970, of 64 bits of NTP."""
    return (ntp * 1_000_000 >> 32) - _NTP_TO_1970 * 1_000_000


def _lines(seen: dict[Track, _Seen]) -> dict[Track, _Line]:
    """Sound and picture of a connection have the same delay, where both have reports; else each its own."""
    delays = {track: one.settle() for track, one in seen.items()}
    shared: dict[tuple[Party, int], int] = {}
    for track, one in seen.items():
        if one.offsets and one.first is not None:
            connection = track.party, track.connection
            shared[connection] = min(delays[track], shared.get(connection, delays[track]))
    out = {}
    for track, one in seen.items():
        delay = shared[track.party, track.connection] if one.offsets and one.first is not None else delays[track]
        out[track] = _Line(_Timestamps(track.kind.clock_rate, one.first_timestamp), one.offsets, delay)
    return out
