"""One post on its way: where it goes, how far it is, when it is given up.

In: a `Post` from the queue. Out: its progress and times, for answers and failures. Used by `Traffic` and `Connection`.
"""

import asyncio
from typing import Protocol

from dastak.transport.failure import Failure, Progress
from dastak.transport.lateness import Times, answer_due, first_due, late, look_up_late
from dastak.transport.outbox import Batch
from dastak.transport.url import Destination
from dastak.webhooks.post import Post, Timings


class Carrier(Protocol):
    """A connection, as far as trips, pool and traffic know it."""

    first_byte: float
    """When the answer that it is reading began; 0 if it has not. Monotonic, as the next two."""
    opened: float
    used: float

    @property
    def is_open(self) -> bool: ...

    @property
    def has_sent(self) -> bool: ...

    @property
    def answering(self) -> bool: ...

    def send(self, trip: "Trip") -> None: ...

    def close(self) -> None: ...


class Trip:
    """A post between the queue and its answer."""

    __slots__ = (
        "address",
        "batch",
        "connected",
        "connection",
        "destination",
        "dial",
        "directed",
        "due",
        "post",
        "repeated",
        "request",
        "resolved",
        "secured",
        "started",
        "tried",
    )

    def __init__(self, post: Post, batch: Batch, destination: Destination, request: bytes, now: float) -> None:
        self.post = post
        self.batch = batch
        self.destination = destination
        self.request = request
        self.started = self.resolved = now
        self.connected = self.secured = 0.0
        """When TCP and TLS of a connection opened for this post were up; 0 if they are not, or were before."""
        self.address = self.tried = ""
        """The IP address connected to; the one tried last."""
        self.directed = False
        """Its addresses are known and were checked."""
        self.connection: Carrier | None = None
        self.dial: asyncio.Task[None] | None = None
        self.repeated = False
        """It went out a second time, after a kept connection had broken."""
        self.due = now

    def await_look_up(self) -> None:
        """The name is being looked up: that is what must end next."""
        self.due = first_due(self.post.deadlines, self.started, self.started)

    def await_connection(self, now: float) -> None:
        """A connection is being opened."""
        self.due = first_due(self.post.deadlines, self.started, now)

    def await_answer(self) -> None:
        """The request is going out."""
        self.due = answer_due(self.post.deadlines, self.started)

    def late(self, now: float) -> Failure | None:
        """Judge a trip whose `due` has passed: why it has failed, or None after setting the next `due`."""
        limits = self.post.deadlines
        if not self.directed:
            return look_up_late(self.destination.host, limits)
        answering = self.connection is not None and self.connection.answering
        judged = late(limits, Times(self.started, self.resolved, now), self.progress(), answering=answering)
        if isinstance(judged, Failure):
            return judged
        self.due = judged
        return None

    def progress(self) -> Progress:
        """Return how far the post has come, for a failure's sentence."""
        connection = self.connection
        return Progress(
            where=self._where(),
            host=self.destination.host,
            tls=self.destination.scheme == "https",
            connected=connection is not None or self.connected > 0,
            ready=connection is not None,
            sent=connection is not None and connection.has_sent,
            answering=connection is not None and connection.first_byte > 0,
        )

    def timings(self, now: float, first_byte: float = 0.0) -> Timings:
        """Return when each phase ended; phases that a kept connection skips are 0."""
        since = self.started
        return Timings(
            int((self.resolved - since) * 1_000_000),
            int((self.connected - since) * 1_000_000) if self.connected else 0,
            int((self.secured - since) * 1_000_000) if self.secured else 0,
            int((first_byte - since) * 1_000_000) if first_byte else 0,
            int((now - since) * 1_000_000),
        )

    def _where(self) -> str:
        address, port = self.address or self.tried, self.destination.port
        if not address:
            return f"{self.destination.authority}:{port}"
        return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
