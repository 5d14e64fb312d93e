"""A stop on the way to a handler: takes deliveries in, writes each into a file, and passes it on as it came.

In: requests on a port of this machine. Out: lines of the file, the handler's own answers to the sender; 200 where there
is no handler. Called by `dastak record`.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from dastak.cli.desk.sending import Answer, Target, send
from dastak_sdk.reception import content_length
from dastak_sdk.recorded import Recorded

MOST_BODY_BYTES = 16 * 1024 * 1024
SILENT_SECONDS = 30
"""How long a sender may say nothing in the middle of a request."""
_HOP = frozenset({"host", "connection", "content-length", "transfer-encoding", "keep-alive"})
_BAD_GATEWAY, _TOO_LARGE, _LENGTH_REQUIRED = 502, 413, 411


@dataclass
class Stop:
    """Records until it is shut down; `keep` is called for one delivery at a time."""

    port: int
    to: Target | None
    keep: Callable[[Recorded], None]
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def server(self) -> ThreadingHTTPServer:
        """Listening on this machine alone, not serving yet. Raises `OSError` where the port is taken."""
        stop = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = SILENT_SECONDS

            def handle(self) -> None:
                with suppress(ConnectionError):  # a sender may be gone before its answer
                    super().handle()

            def do_POST(self) -> None:
                length = content_length(self.headers.get("content-length"))
                if not isinstance(length, int) or length > MOST_BODY_BYTES:
                    self._answer(_TOO_LARGE if isinstance(length, int) else _LENGTH_REQUIRED, ())
                    return
                body = self.rfile.read(length)
                if len(body) < length:  # the sender went away: it comes again, and nothing whole was here
                    self.close_connection = True
                    return
                headers = tuple((name.lower(), value) for name, value in self.headers.items())
                answer = stop.take(headers, body)
                passed = tuple(pair for pair in answer.headers if pair[0].lower() not in _HOP)
                self._answer(answer.status or _BAD_GATEWAY, passed, answer.body)

            def _answer(self, status: int, headers: tuple[tuple[str, str], ...], body: bytes = b"") -> None:
                self.send_response_only(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.send_header("connection", "close")  # so that an end does not wait for an idle sender
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing: what came is shown by whoever keeps it."""

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        server.daemon_threads = False  # closing it waits until the last sender has its answer
        return server

    def take(self, headers: tuple[tuple[str, str], ...], body: bytes) -> Answer:
        """Pass it on, keep it, and give the answer that the sender gets."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        passed = tuple(pair for pair in headers if pair[0] not in _HOP)
        answer = Answer(200, 0) if self.to is None else send(self.to, passed, body)
        with self._lock:
            self.keep(Recorded(at, headers, body, None if self.to is None else answer.status or None))
        return answer
