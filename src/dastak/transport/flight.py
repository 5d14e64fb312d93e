"""One post on its way: its deadlines, and where its answer goes.

In: a `Post` from the queue. Out: which deadline has passed, if any. Called by the engine, on its thread.

Deadlines count from the moment the post leaves the queue (`started`): the name look-up has until `connect`, TCP and
TLS have `connect` again from the end of the look-up, the final answer's status line must be in by `first_byte`, all
of it by `total`.
"""

from functools import lru_cache

from dastak.transport import failure
from dastak.transport.failure import Failure
from dastak.transport.outbox import Batch
from dastak.transport.transfer import Transfer
from dastak.transport.url import Destination
from dastak.webhooks.post import Deadlines, Post


class Flight:
    """A post between the queue and its answer. `transfer` is None while its name is being looked up."""

    __slots__ = ("batch", "destination", "due", "lines", "post", "resolved", "started", "transfer")

    def __init__(self, post: Post, batch: Batch, destination: Destination, lines: list[str], now: float) -> None:
        self.post = post
        self.batch = batch
        self.destination = destination
        self.lines = lines
        self.started = now
        self.resolved = now
        self.transfer: Transfer | None = None
        self.due = now

    def await_look_up(self) -> None:
        """The name is being looked up: that is what must end next."""
        self._set_due(self.started)

    def take_off(self, transfer: Transfer, now: float) -> None:
        """The address is known and checked; libcurl has the post from here."""
        self.transfer = transfer
        self.resolved = now
        self._set_due(now)

    def resolved_us(self) -> int:
        """Microseconds spent on the look-up; 0 if there was none."""
        return int((self.resolved - self.started) * 1_000_000)

    def late(self, now: float) -> Failure | None:
        """Judge a flight whose `due` has passed: why it has failed, or None after setting the next `due`."""
        limits = self.post.deadlines
        if self.transfer is None:
            return failure.look_up_late(self.destination.host, min(limits.connect, limits.total).total_seconds())
        at = self.transfer.progress(self.destination, self.post.body)
        total, first_byte = limits.total.total_seconds(), limits.first_byte.total_seconds()
        if not at.ready:
            connect = limits.connect.total_seconds()
            return failure.connect_late(at, connect if now >= self.resolved + connect else min(first_byte, total))
        if now >= self.started + total:
            return failure.total_late(at, total)
        if self.transfer.answering:
            self.due = self.started + total
            return None
        if now >= self.started + first_byte:
            return failure.first_byte_late(at, first_byte)
        self.due = self.started + min(first_byte, total)
        return None

    def _set_due(self, connecting_since: float) -> None:
        connect, rest = _limits(self.post.deadlines)
        connecting, resting = connecting_since + connect, self.started + rest
        self.due = min(resting, connecting)


@lru_cache(maxsize=16)
def _limits(deadlines: Deadlines) -> tuple[float, float]:
    """Seconds: to connect, and for what ends first of the rest."""
    rest = min(deadlines.first_byte, deadlines.total)
    return deadlines.connect.total_seconds(), rest.total_seconds()
