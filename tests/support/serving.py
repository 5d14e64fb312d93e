"""Our routes on a real socket, in this process: for pages over ports in memory.

In: an ASGI application. Out: its URL, and a way to run something on its event loop, where its ports live.
"""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

import uvicorn
from starlette.types import ASGIApp

from dastak.web.protocol import BoundedProtocol
from support.server import free_port

T = TypeVar("T")
START_SECONDS = 10


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config, listening: threading.Event) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening.set()


class Serving:
    """As a context manager it listens, and is gone at the end."""

    def __init__(self, app: ASGIApp) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            app, port=self.port, http=BoundedProtocol, lifespan="off", log_config=None, timeout_graceful_shutdown=2
        )
        self._listening = threading.Event()
        self._server = _Server(config, self._listening)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._listening.wait(START_SECONDS), "the server did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(START_SECONDS)
        assert not self._thread.is_alive(), "the server did not stop"

    def run(self, act: Coroutine[Any, Any, T]) -> T:
        """Do something on the server's event loop; the result of it."""
        return asyncio.run_coroutine_threadsafe(act, self._loop).result(START_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._server.serve())
        finally:
            self._loop.close()
