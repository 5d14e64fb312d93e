"""Makes one unbroken stream of those that follow each other: a party that reconnects begins anew, its viewer does not.

In: packets' numbers, and which connection they came by. Out: numbers that go on. Pure; chance and time are arguments.
"""

from dastak.video.ordering import Unwrapped

_SEQUENCES = 1 << 16
_TIMESTAMPS = 1 << 32


class Renumber:
    """Sequence numbers and timestamps of one outgoing track."""

    def __init__(self, sequence: int, timestamp: int, clock_rate: int) -> None:
        """The first packet will have these two."""
        self._rate = clock_rate
        self._next = sequence
        """After the highest that was given out; not cut to 16 bits."""
        self._last_timestamp = timestamp
        self._last_at: float | None = None
        self._source = 0
        self._long = Unwrapped(16)
        self._first = 0
        self._shift = 0
        self._timestamp_shift = 0

    def take(self, source: int, sequence: int, timestamp: int, now: float) -> tuple[int, int] | None:
        """The packet's new sequence number and timestamp.

        `source` counts connections from 1; `now` is in seconds: as much passes in the outgoing stream between two
        sources. None: the packet belongs before its source's first one, or to a source that was followed by another.
        """
        if source < self._source:
            return None
        if source > self._source:
            self._change(source, sequence, timestamp, now)
        long = self._long(sequence)
        if long < self._first:
            return None
        out = long + self._shift
        out_timestamp = (timestamp + self._timestamp_shift) % _TIMESTAMPS
        if out >= self._next:
            self._next, self._last_timestamp, self._last_at = out + 1, out_timestamp, now
        return out % _SEQUENCES, out_timestamp

    def shifted(self, source: int, timestamp: int) -> int | None:
        """What becomes of a timestamp of this source; None while another one is passed on."""
        return (timestamp + self._timestamp_shift) % _TIMESTAMPS if source == self._source else None

    def _change(self, source: int, sequence: int, timestamp: int, now: float) -> None:
        passed = 0.0 if self._last_at is None else max(now - self._last_at, 1 / self._rate)
        self._source, self._long = source, Unwrapped(16)
        self._first = self._long(sequence)
        self._shift = self._next - self._first
        self._timestamp_shift = self._last_timestamp + int(passed * self._rate) - timestamp
