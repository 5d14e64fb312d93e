"""One connection to a receiver: writes a request, reads the answer, one after another.

In: trips from `Traffic`; bytes from the loop. Out: to its `Home`, how each trip ended. The parser is httptools
(llhttp, strict); the limits, and what counts as the end of an answer, are ours. Only ever touched on its loop.
"""

import asyncio
import logging
from functools import lru_cache
from time import monotonic
from typing import Protocol, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from dastak.transport import failure
from dastak.transport.failure import Failure
from dastak.transport.stream.route import Route
from dastak.transport.stream.trip import Trip
from dastak.webhooks.post import ANSWER_BODY_LIMIT, ANSWER_HEADERS_LIMIT, Answer, Stage

log = logging.getLogger(__name__)

_FINAL = 200
_SWITCHING = 101
_FIRST_LETTER = b"HTTP/"[0]


class Home(Protocol):
    """Whom a connection tells what became of it."""

    def opened(self, connection: "Connection") -> None:
        """It is up, TLS and all."""

    def answered(self, connection: "Connection", trip: Trip, answer: Answer, *, keep: bool) -> None:
        """The trip has its answer; if `keep`, the connection is free for the next."""

    def failed(self, trip: Trip, fault: Failure) -> None:
        """The trip has failed; the connection is closing."""

    def broke(self, connection: "Connection", trip: Trip) -> None:
        """A kept connection ended before a byte of the answer came."""

    def closed(self, connection: "Connection") -> None:
        """It is down."""


class Connection(asyncio.Protocol):
    """Carries one trip at a time."""

    __slots__ = (
        "_chunks",
        "_excess",
        "_final",
        "_head_room",
        "_home",
        "_keep",
        "_pairs",
        "_parser",
        "_room",
        "_status",
        "_transport",
        "_trip",
        "_unread_head",
        "_used_before",
        "_whole",
        "address",
        "first_byte",
        "opened",
        "route",
        "used",
    )

    def __init__(self, home: Home, route: Route, address: str) -> None:
        self._home = home
        self._transport: asyncio.Transport | None = None
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True)  # as libcurl reads, and RFC 9112 §2.2
        self._trip: Trip | None = None
        self._used_before = False
        self.route = route
        self.address = address
        self.opened = self.used = monotonic()
        """When it came up; when its last answer ended. Monotonic."""
        self._clear()

    def _clear(self) -> None:
        self._pairs: list[tuple[str, str]] = []
        self._chunks: list[bytes] = []
        self._unread_head = 0
        self._head_room = ANSWER_HEADERS_LIMIT
        self._room = ANSWER_BODY_LIMIT
        self._status = 0
        self._final = self._whole = self._keep = self._excess = False
        self.first_byte = 0.0

    @property
    def is_open(self) -> bool:
        """Tell whether a request may be written."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def has_sent(self) -> bool:
        """Tell whether the whole request has left for the kernel."""
        return self._transport is not None and self._transport.get_write_buffer_size() == 0

    @property
    def answering(self) -> bool:
        """A final answer (not 1xx) has begun."""
        begun = self.first_byte > 0 and self._parser is not None
        return self._final or (begun and cast("HttpResponseParser", self._parser).get_status_code() >= _FINAL)

    def send(self, trip: Trip) -> None:
        """Write a trip's request; its answer will be told to the home."""
        assert self._transport is not None  # noqa: S101 - only connections that are up are given trips
        self._trip = trip
        trip.connection = self
        trip.address = self.address
        self._transport.write(trip.request)

    def close(self) -> None:
        """Give up the connection at once, and whatever trip it carried, without a word."""
        self._trip = None
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._home.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - which error it was changes nothing
        self._end()
        self._parser = None  # they hold each other
        self._home.closed(self)

    def eof_received(self) -> None:
        if self._trip is not None and self._final and self._ends_with_the_connection():
            self._land(keep=False)
        self._end()

    def _end(self) -> None:
        """The receiver has gone: fail the trip, or let it go out again."""
        trip, self._trip = self._trip, None
        if trip is None:
            return
        if self._used_before and not self.first_byte and not trip.repeated:
            self._home.broke(self, trip)
        elif self.first_byte and not self._final:
            self._home.failed(trip, failure.no_final_answer(trip.progress()))
        else:
            self._home.failed(trip, failure.broken_off(trip.progress()))

    def data_received(self, data: bytes) -> None:
        trip = self._trip
        if trip is None or self._parser is None:  # nobody asked
            self.close()
            return
        try:
            self._read(trip, self._parser, data)
        except Exception:
            log.exception("reading the answer to post %s was disturbed", trip.post.id)
            self._fail(trip, failure.INTERNAL)

    def _read(self, trip: Trip, parser: HttpResponseParser, data: bytes) -> None:
        sound = True
        if not self.first_byte:
            self.first_byte = monotonic()
            sound = data[0] == _FIRST_LETTER  # llhttp reads RTSP, too
        if not self._final:
            self._unread_head += len(data)
        try:
            if sound:
                parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):  # also on what follows a whole answer: then the answer counts
            sound = False
        if self._head_room < 0 or (not self._final and self._unread_head > ANSWER_HEADERS_LIMIT):
            self._fail(trip, failure.headers_too_large(trip.progress()))
        elif self._whole or self._room < 0:
            self._land(keep=sound and self._keep and self._whole and not self._excess)
        elif self._status == _SWITCHING:
            self._fail(trip, failure.no_final_answer(trip.progress()))
        elif not sound:
            wrong = failure.broken_off if parser.get_status_code() else failure.not_http
            self._fail(trip, wrong(trip.progress()))

    def _land(self, *, keep: bool) -> None:
        """Make the answer and hand it over."""
        trip, self._trip = self._trip, None
        assert trip is not None  # noqa: S101 - asked by both callers
        now = self.used = monotonic()
        truncated = self._room < 0
        chunks = self._chunks
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        answer = Answer(
            trip.post.id,
            Stage.ANSWERED,
            self._status,
            tuple(self._pairs),
            body[:ANSWER_BODY_LIMIT] if truncated else body,
            truncated,
            "",
            self.address,
            trip.timings(now, self.first_byte),
        )
        keep = keep and self.is_open and self.has_sent
        if keep:
            self._used_before = True
            self._clear()
        else:
            self.close()
        self._home.answered(self, trip, answer, keep=keep)

    def _fail(self, trip: Trip, fault: Failure) -> None:
        self.close()
        self._home.failed(trip, fault)

    def _ends_with_the_connection(self) -> bool:
        """Tell whether the end of the connection is the end of the body: the headers name no other."""
        framing = dict(self._pairs)
        coding = framing.get("transfer-encoding", "").lower()
        return not self._whole and "content-length" not in framing and not coding.endswith("chunked")

    def on_message_begin(self) -> None:
        """httptools: an answer begins."""
        self._excess = self._whole

    def on_header(self, name: bytes, value: bytes) -> None:
        """httptools: a header, or a trailer, which is left out."""
        if not self._final:
            self._head_room -= len(name) + len(value) + 4
            self._pairs.append(_pair(name, value))

    def on_headers_complete(self) -> None:
        """httptools: the blank line."""
        parser = self._parser
        if self._final or parser is None:
            return
        self._status = parser.get_status_code()
        if self._status < _FINAL:
            self._pairs.clear()
            return
        self._final = True
        self._keep = parser.should_keep_alive()

    def on_body(self, chunk: bytes) -> None:
        """httptools: a piece of the body."""
        if self._room >= 0 and not self._whole:
            self._chunks.append(chunk)
            self._room -= len(chunk)

    def on_message_complete(self) -> None:
        """httptools: an answer has ended."""
        self._whole = self._final


@lru_cache(maxsize=256)
def _pair(name: bytes, value: bytes) -> tuple[str, str]:
    """A receiver answers a crowd of deliveries with the same headers."""
    return name.decode("utf-8", "replace").lower(), value.decode("utf-8", "replace").strip()
