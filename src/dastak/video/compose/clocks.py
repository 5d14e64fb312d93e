"""Where in time each packet belongs. Pure.

In: records of a spool, once through. Out: microseconds from the film's start, for any timestamp of any track. Sender
reports say how sound and picture of one connection lie to each other; the arrival that was least delayed says where
the connection lies in the server's time. What a sender says is believed only near to when its packets arrived.
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


@dataclass(slots=True)
class _Line:
    """A straight line from timestamps to microseconds."""

    rate: int
    long: Unwrapped = field(default_factory=lambda: Unwrapped(32))
    timestamp: int = 0
    at_us: int = 0
    is_drawn: bool = False

    def through(self, timestamp: int, at_us: int) -> None:
        """It goes through this point from now on."""
        self.timestamp, self.at_us, self.is_drawn = self.long(timestamp), at_us, True

    def at(self, timestamp: int) -> int:
        """Microseconds of this timestamp."""
        return self.at_us + (self.long(timestamp) - self.timestamp) * 1_000_000 // self.rate


@dataclass(slots=True)
class _Seen:
    """What the first pass finds out of one track."""

    line: _Line
    first: Packet | None = None
    """That with the lowest timestamp."""
    first_report: Report | None = None
    least_delay: int | None = None
    unplaced: list[tuple[int, int]] = field(default_factory=list)
    """Timestamp and arrival of what came before the first report."""

    def packet(self, packet: Packet) -> None:
        if self.first is None or (packet.timestamp - self.first.timestamp) % _TIMESTAMPS > _TIMESTAMPS // 2:
            self.first = packet
        if self.line.is_drawn:
            self._delayed(packet.arrived_us - self.line.at(packet.timestamp))
        else:
            self.unplaced.append((packet.timestamp, packet.arrived_us))

    def report(self, report: Report) -> None:
        self.first_report = self.first_report or report
        self.line.through(report.timestamp, microseconds(report.ntp))
        self._place()

    def end(self) -> None:
        """Without any report, the first packet gives the line."""
        if self.unplaced:
            self.line.through(*self.unplaced[0])
            self._place()

    def _place(self) -> None:
        for timestamp, arrived in self.unplaced:
            self._delayed(arrived - self.line.at(timestamp))
        self.unplaced.clear()

    def _delayed(self, by_us: int) -> None:
        self.least_delay = by_us if self.least_delay is None else min(self.least_delay, by_us)


class Clocks:
    """Made of one pass over the records; then asked, record by record, in a second one."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.start_us = 0
        self.end_us = 0
        seen: dict[Track, _Seen] = {}
        for record in records:
            one = seen.setdefault(record.track, _Seen(_Line(record.track.kind.clock_rate)))
            if isinstance(record, Packet):
                self.end_us = max(self.end_us, record.arrived_us)
                one.packet(record)
            else:
                one.report(record)
        for one in seen.values():
            one.end()
        self._lines = {track: _second_pass(one, track) for track, one in seen.items()}
        self._delays = _delays(seen)
        firsts = [one.first for one in seen.values() if one.first is not None]
        self.start_us = min((self._at(first.track, first.timestamp, first.arrived_us) for first in firsts), default=0)

    @property
    def parties(self) -> set[Party]:
        """Of whom there is anything."""
        return {track.party for track in self._lines}

    def report(self, report: Report) -> None:
        """From here on this is how the track's timestamps lie."""
        self._lines[report.track].through(report.timestamp, microseconds(report.ntp))

    def at(self, track: Track, timestamp: int, arrived_us: int) -> int:
        """Microseconds from the film's start."""
        return max(0, self._at(track, timestamp, arrived_us) - self.start_us)

    def _at(self, track: Track, timestamp: int, arrived_us: int) -> int:
        """Microseconds since 1970."""
        sent = self._lines[track].at(timestamp) + self._delays[track]
        return sent if _EARLIEST <= arrived_us - sent <= _LATEST else arrived_us


def microseconds(ntp: int) -> int:
    """Since 1970, of 64 bits of NTP."""
    return (ntp * 1_000_000 >> 32) - _NTP_TO_1970 * 1_000_000


def _second_pass(seen: _Seen, track: Track) -> _Line:
    """The line as it lies at the beginning: through the first report, or as the first pass has drawn it."""
    first = seen.first_report
    if first is None:
        return seen.line
    line = _Line(track.kind.clock_rate)
    line.through(first.timestamp, microseconds(first.ntp))
    return line


def _delays(seen: dict[Track, _Seen]) -> dict[Track, int]:
    """One for sound and picture of a connection, where both have reports; else each its own."""
    reported: dict[tuple[Party, int], list[int]] = {}
    for track, one in seen.items():
        if one.first_report is not None and one.least_delay is not None:
            reported.setdefault((track.party, track.connection), []).append(one.least_delay)
    out = {}
    for track, one in seen.items():
        shared = reported.get((track.party, track.connection), [])
        own = one.least_delay or 0
        out[track] = min(shared) if one.first_report is not None and shared else own
    return out
