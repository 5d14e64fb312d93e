"""A merchant's webhook receiver: a real HTTP server on loopback that records everything and answers by script.

In: requests of the server under test. Out: `Hook`s in the order of arrival, verified with the SDK when asked.
(`HookReceiver`, not `Receiver`: that name is the SDK's.)
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from dastak_sdk import TEST_EVENT_TYPE, Event, Receiver

WAIT_SECONDS = 30


@dataclass(eq=False)
class Hook:
    """One request as it arrived."""

    number: int
    """From 1, over all paths."""
    path: str
    headers: tuple[tuple[str, str], ...]
    """As sent, names in lower case."""
    body: bytes
    at: float
    """`time.monotonic()` when the body was read."""
    method: str = "POST"
    answered_at: float | None = None
    """`time.monotonic()` when the answer was written; None until then."""

    def header(self, name: str) -> str:
        """The only header of that name."""
        found = [value for key, value in self.headers if key == name.lower()]
        assert len(found) == 1, f"{name}: {found}"
        return found[0]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @cached_property
    def type(self) -> str:
        """`event_type`, empty when the body has none."""
        try:
            value = self.json
        except ValueError:
            return ""
        return str(value.get("event_type", "")) if isinstance(value, dict) else ""

    @property
    def is_test(self) -> bool:
        return self.type == TEST_EVENT_TYPE

    @property
    def verification_id(self) -> str:
        return str(self.json["data"].get("verification_id", ""))

    @property
    def id(self) -> str:
        return self.header("webhook-id")

    @property
    def attempt(self) -> int:
        return int(self.header("x-webhook-attempt"))

    def verify(self, *secrets: str) -> Event:
        """The event, or the SDK's `WebhookError`."""
        return Receiver(secrets).verify(dict(self.headers), self.body)


@dataclass(frozen=True)
class Reply:
    """How one request is answered."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    delay: float = 0
    """Seconds before the answer; cut short when the receiver closes."""
    until: threading.Event | None = None
    """Answer only once this is set."""
    raw: bytes | None = None
    """Send these bytes instead of an HTTP answer (b"": none at all) and close the connection."""


OK = Reply()
Script = Callable[[Hook], Reply]


def in_turn(*replies: Reply, then: Reply = OK) -> Script:
    """These replies one after another, then the last one for ever."""
    waiting = list(replies)
    lock = threading.Lock()

    def script(_hook: Hook) -> Reply:
        with lock:
            return waiting.pop(0) if waiting else then

    return script


def after_the_test(script: Script) -> Script:
    """Answer 200 to test events, so that the endpoint is added, and by script to everything else."""

    def answer(hook: Hook) -> Reply:
        return OK if hook.is_test else script(hook)

    return answer


class HookReceiver:
    """Listens from `with` to its end. Every path answers 200 until it is told otherwise."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._hooks: list[Hook] = []
        self._scripts: dict[str, Script] = {}
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.closing = threading.Event()
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join(WAIT_SECONDS)
        self._server.hang_up()
        self._server.server_close()

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def play(self, path: str, script: Script | Reply) -> None:
        """Answer that path by script from now on (tests of the URL included; see `after_the_test`)."""
        with self._changed:
            self._scripts[path] = script if callable(script) else in_turn(then=script)

    def answer_events(self, path: str, *replies: Reply, then: Reply = OK) -> None:
        """Answer events at that path in turn, and every test of the URL with 200."""
        self.play(path, after_the_test(in_turn(*replies, then=then)))

    def all(self, path: str | None = None) -> list[Hook]:
        """Every request so far, tests included."""
        with self._changed:
            return [hook for hook in self._hooks if path is None or hook.path == path]

    def hooks(self, path: str | None = None) -> list[Hook]:
        """Every event so far, without tests."""
        return [hook for hook in self.all(path) if not hook.is_test]

    def wait_for(
        self,
        wanted: int | Callable[[list[Hook]], bool],
        timeout: float = WAIT_SECONDS,
        *,
        path: str | None = None,
    ) -> list[Hook]:
        """Wait until so many events (tests not counted) have come, or until the predicate holds of them."""

        def holds() -> bool:
            hooks = self.hooks(path)
            return len(hooks) >= wanted if isinstance(wanted, int) else wanted(hooks)

        with self._changed:
            came = self._changed.wait_for(holds, timeout)
        hooks = self.hooks(path)
        assert came, f"what was waited for did not come; {[(hook.path, hook.type, hook.attempt) for hook in hooks]}"
        return hooks

    def wait_until_answered(self, hook: Hook, timeout: float = WAIT_SECONDS) -> None:
        """Wait until the answer to that request was written."""
        with self._changed:
            assert self._changed.wait_for(lambda: hook.answered_at is not None, timeout), "it was not answered"

    def most_together(self, path: str | None = None) -> int:
        """The largest number of events that were open at one time."""
        marks: list[tuple[float, int]] = []
        for hook in self.hooks(path):
            marks += [(hook.at, 1), (hook.answered_at or time.monotonic(), -1)]
        most = now = 0
        for _, step in sorted(marks):
            now += step
            most = max(most, now)
        return most

    def take(self, path: str, method: str, headers: tuple[tuple[str, str], ...], body: bytes) -> tuple[Hook, Reply]:
        """Called by the handler."""
        with self._changed:
            hook = Hook(len(self._hooks) + 1, path, headers, body, time.monotonic(), method)
            self._hooks.append(hook)
            script = self._scripts.get(path, in_turn())
            self._changed.notify_all()
        return hook, script(hook)

    def answered(self, hook: Hook) -> None:
        """Called by the handler."""
        with self._changed:
            hook.answered_at = time.monotonic()
            self._changed.notify_all()


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = False
    block_on_close = True

    def __init__(self, receiver: HookReceiver) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.receiver = receiver
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The other side went away: nothing to report."""

    def hang_up(self) -> None:
        """End every open connection, so that its thread ends."""
        with self._lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _handle(self) -> None:
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = tuple((name.lower(), value) for name, value in self.headers.items())
        hook, reply = receiver.take(self.path, self.command, headers, body)
        self._pause(receiver, reply)
        if reply.raw is not None:
            self.wfile.write(reply.raw)
            self.close_connection = True
        else:
            self._answer(reply)
        self.wfile.flush()
        receiver.answered(hook)

    do_POST = do_GET = do_PUT = do_DELETE = _handle  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _pause(self, receiver: HookReceiver, reply: Reply) -> None:
        if reply.delay:
            receiver.closing.wait(reply.delay)
        while reply.until is not None and not reply.until.wait(0.05) and not receiver.closing.is_set():
            continue

    def _answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)
