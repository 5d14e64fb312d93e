"""The HTTP protocol of the server, with the bounds that uvicorn leaves to a proxy.

In: a connection. Out: the same HTTP, but a peer that sends its head or body too slowly, or too large a head, or comes
while too many are here already, is let go. So a few hundred silent sockets cannot keep everybody else out.
"""

import asyncio
import resource

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_LIMIT = 32 * 1024
"""Bytes of request line and headers."""
HEAD_SECONDS = 10.0
"""For a request's head, from the connection or the end of the request before."""
BODY_SECONDS = 30.0
"""For a request's body, from the end of its head."""
LAST_SECONDS = 2.0
"""For the rest of a request that is being sent when the server is told to stop."""
SHARE_OF_FILES = 0.6
"""Of the files this process may open, how many may be connections of callers."""


def most_connections() -> int:
    """How many callers may be connected at once."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(16, int(min(soft, 65536) * SHARE_OF_FILES)) if soft != resource.RLIM_INFINITY else 65536


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    most = most_connections()
    _deadline: asyncio.TimerHandle | None = None
    _in_head = True
    _head_bytes = 0
    _ended = False
    """Whether a request ended within the bytes that are being read."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
            return
        self._expect_by(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_by(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head and self._deadline is None:
            self._expect_by(HEAD_SECONDS)  # the next request on a kept connection has begun
        self._ended = False
        super().data_received(data)
        if self._in_head and not self._ended:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_LIMIT and not self.transport.is_closing():
                self._expect_by(None)
                self.send_400_response("The request line and headers are too large.")

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes = False, 0
        self._expect_by(BODY_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = self._ended = True
        self._expect_by(None)
        super().on_message_complete()

    def shutdown(self) -> None:
        """The server stops: what has come is answered; what is still on its way must hurry."""
        if self._deadline is not None:
            self._expect_by(LAST_SECONDS)
        super().shutdown()

    def _expect_by(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self._let_go)

    def _let_go(self) -> None:
        self._deadline = None
        self.transport.abort()
