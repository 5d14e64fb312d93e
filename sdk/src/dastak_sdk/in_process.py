"""Requests to an ASGI or WSGI application inside this process: no port, no server, no other package.

In: the application, and per request a path, headers and a body. Out: its `Response`. Called by `pytest_plugin`.

An ASGI application lives on an event loop of its own, in a thread, from its lifespan's start-up to its shut-down. A
WSGI application is called in the thread of the caller, so that a test's database transaction is the application's, too.
"""

from __future__ import annotations

import asyncio
import inspect
import io
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

WAIT_SECONDS = 60
"""For one answer, for start-up and for shut-down."""

HOST = "testserver"

Send = Callable[[str, dict[str, str], bytes], "Response"]


@dataclass(frozen=True)
class Response:
    """What the application answered."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""
    error: BaseException | None = None
    """What the application raised instead of answering: a server would have answered 500, and so does `status`."""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def is_accepted(self) -> bool:
        """Whether the sender takes it for delivered."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the class of statuses


@contextmanager
def opened(application: Any) -> Iterator[Send]:
    """Gives what posts to the application, for as long as it is open."""
    if is_asgi(application):
        with _looping() as run:
            life = _Lifespan(application)
            run(life.start())
            try:
                yield lambda path, headers, body: run(_post_asgi(application, path, headers, body))
            finally:
                run(life.stop())
    else:
        yield lambda path, headers, body: _post_wsgi(application, path, headers, body)


def is_asgi(application: Any) -> bool:
    """Whether calling it gives a coroutine; a WSGI application is a plain callable."""
    return inspect.iscoroutinefunction(application) or inspect.iscoroutinefunction(
        getattr(application, "__call__", None)  # noqa: B004 - not whether it is callable, but how
    )


@contextmanager
def _looping() -> Iterator[Callable[[Any], Any]]:
    """An event loop in a thread; gives what runs a coroutine there and waits for its result."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="webhook application", daemon=True)
    thread.start()

    def run(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(WAIT_SECONDS)

    try:
        yield run
    finally:
        run(loop.shutdown_default_executor())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Lifespan:
    """Starts the application up and shuts it down; one that knows no lifespan is left alone."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def start(self) -> None:
        self._asked: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        self._task = asyncio.ensure_future(self._application(scope, self._asked.get, self._told.put))
        await self._tell("startup")

    async def stop(self) -> None:
        if not self._task.done():
            await self._tell("shutdown")
        if not self._task.done():
            await asyncio.wait({self._task}, timeout=WAIT_SECONDS)

    async def _tell(self, what: str) -> None:
        await self._asked.put({"type": f"lifespan.{what}"})
        told = asyncio.ensure_future(self._told.get())
        await asyncio.wait({told, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not told.done():
            told.cancel()
            self._task.exception()  # it knows no lifespan: taken note of
        elif told.result()["type"] != f"lifespan.{what}.complete":
            raise RuntimeError(f"The application failed at {what}: {told.result().get('message', '')}")


async def _post_asgi(application: Any, path: str, headers: dict[str, str], body: bytes) -> Response:
    waiting: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[dict[str, Any]] = []
    is_answered = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if waiting:
            return waiting.pop()
        await is_answered.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            is_answered.set()

    try:
        await application(_scope(path, headers, body), receive, send)
    except Exception as problem:  # noqa: BLE001 - as a server does
        if not is_answered.is_set():
            return Response(500, error=problem)
    if not is_answered.is_set():
        return Response(500, error=RuntimeError("The application ended without an answer."))
    named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in sent[0].get("headers", ())}
    return Response(sent[0]["status"], named, b"".join(message.get("body", b"") for message in sent[1:]))


def _scope(path: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    whole = {"host": HOST, "content-length": str(len(body)), **headers}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in whole.items()],
        "client": ("127.0.0.1", 50000),
        "server": (HOST, 80),
        "state": {},
    }


def _post_wsgi(application: Any, path: str, headers: dict[str, str], body: bytes) -> Response:
    started: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(status: str, named: list[tuple[str, str]], exc_info: object = None) -> Callable[[bytes], None]:  # noqa: ARG001 - WSGI's signature
        started.append((status, named))
        return written.append

    try:
        pieces = application(_environ(path, headers, body), start_response)
        try:
            written.extend(pieces)
        finally:
            if hasattr(pieces, "close"):
                pieces.close()
    except Exception as problem:  # noqa: BLE001 - as a server does
        return Response(500, error=problem)
    if not started:
        return Response(500, error=RuntimeError("The application ended without an answer."))
    status, named = started[-1]
    return Response(int(status.split()[0]), {name.lower(): value for name, value in named}, b"".join(written))


def _environ(path: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    fields = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in {"host": HOST, **headers}.items()}
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": fields.pop("HTTP_CONTENT_TYPE", ""),
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": HOST,
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **fields,
    }
