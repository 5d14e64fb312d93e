"""One signed POST and what came back: the words that the dispatcher and the transport share.

In: the dispatcher fills a `Post`. Out: the transport answers each with exactly one `Answer`. Neither knows the other.
What is made anew for every attempt is not frozen, since freezing doubles the cost of making it; nobody changes one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

ANSWER_BODY_LIMIT = 64 * 1024
"""Bytes of an answer's body that are read and kept; the rest is never read (design §4)."""

ANSWER_HEADERS_LIMIT = 32 * 1024
"""Bytes of answer headers that are read; a receiver that sends more is cut off."""


class Stage(StrEnum):
    """Where an attempt ended: `ANSWERED` is the only one with a status."""

    REFUSED = "refused"  # the guard did not allow the address; nothing was sent
    RESOLVE = "resolve"  # the name has no address
    CONNECT = "connect"  # no TCP connection
    TLS = "tls"  # no trusted TLS session
    SEND = "send"  # the connection broke before the answer began
    ANSWER = "answer"  # the answer was late, broken, too large or not HTTP
    ANSWERED = "answered"  # a whole answer (or its first 64 KiB) was read


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long each phase of one POST may take."""

    connect: timedelta = timedelta(seconds=5)
    """TCP and TLS together."""
    first_byte: timedelta = timedelta(seconds=10)
    """From the request being handed over to the first byte of the final answer (1xx answers do not count)."""
    total: timedelta = timedelta(seconds=15)


@dataclass(slots=True)
class Post:
    """One HTTP POST to send, bytes and all."""

    id: str
    """Whatever the caller wants back on the answer; opaque here."""
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    deadlines: Deadlines = field(default_factory=Deadlines)


@dataclass(slots=True)
class Timings:
    """Microseconds from the start of the attempt to the end of each phase; 0 where the phase did not happen."""

    resolved_us: int = 0
    connected_us: int = 0
    tls_us: int = 0
    first_byte_us: int = 0
    total_us: int = 0


@dataclass(slots=True)
class Answer:
    """What came of one `Post`. `status` is set exactly when `stage` is `ANSWERED`."""

    post_id: str
    stage: Stage
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """Names lower-cased, in the receiver's order; undecodable bytes replaced."""
    body: bytes = b""
    """At most `ANSWER_BODY_LIMIT` bytes."""
    body_truncated: bool = False
    error: str = ""
    """One plain sentence for the merchant: what went wrong and, where we know, what to do. Empty on `ANSWERED`."""
    address: str = ""
    """The IP address that was connected to, empty if none."""
    timings: Timings = field(default_factory=Timings)


class Sender(Protocol):
    """What sends POSTs. Thread-safe; `deliver` is called on the sender's own thread, several answers at a time."""

    def start(self) -> None: ...

    def submit(self, posts: Sequence[Post], deliver: Callable[[Sequence[Answer]], None]) -> None:
        """Send each post once; every post is answered exactly once, whatever happens. Never raises, never blocks."""

    def stop(self) -> None:
        """Let the posts in flight end (each has a deadline), answer them, release everything. Twice is harmless."""


class Guard(Protocol):
    """Decides whether a URL may be called at all; used unchanged at add, test and delivery."""

    def check_url(self, url: str) -> None:
        """Raise `UrlRefused` for a URL that may never be called, judged by its text alone (no look-up)."""


class UrlRefused(Exception):  # noqa: N818 - the name says what happened
    """A webhook URL that may not be called.

    Attributes:
        code: a short stable word such as `scheme`, `port`, `userinfo`, `host`, `address`.
        message: one sentence telling the merchant what to change.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
