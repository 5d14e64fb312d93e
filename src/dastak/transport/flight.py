"""One post on its way: its deadlines, and where its answer goes.

In: a `Post` from the queue. Out: which deadline has passed, if any (`lateness`). Called by the engine, on its thread.
"""

from dastak.transport.failure import Failure
from dastak.transport.lateness import Times, first_due, late, look_up_late
from dastak.transport.outbox import Batch
from dastak.transport.transfer import Transfer
from dastak.transport.url import Destination
from dastak.webhooks.post import Post


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
        if self.transfer is None:
            return look_up_late(self.destination.host, self.post.deadlines)
        at = self.transfer.progress(self.destination, self.post.body)
        times = Times(self.started, self.resolved, now)
        judged = late(self.post.deadlines, times, at, answering=self.transfer.answering)
        if isinstance(judged, Failure):
            return judged
        self.due = judged
        return None

    def _set_due(self, connecting_since: float) -> None:
        self.due = first_due(self.post.deadlines, self.started, connecting_since)
