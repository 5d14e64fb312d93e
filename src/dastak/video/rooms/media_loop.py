"""An event loop of its own for media, in a thread of its own: packets do not wait for pages, nor pages for packets.

In: coroutines from the server's loop. Out: their results there. Where a range of UDP ports is set, sockets are bound
within it.
"""

import asyncio
import random
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")
TRIES = 50
"""How often a free port is looked for."""


class MediaLoop:
    """Started once, stopped once."""

    def __init__(self, udp_ports: tuple[int, int] | None) -> None:
        self._udp_ports = udp_ports
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="media", daemon=True)

    def start(self) -> None:
        """Returns when the loop runs."""
        self._thread.start()
        self._started.wait()

    async def do(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run it there; what it raises is raised here. Cancelling here does not undo what was begun there."""
        if self._loop is None:
            coroutine.close()
            raise RuntimeError("the media loop does not run")
        return await asyncio.shield(asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop)))

    def soon(self, coroutine: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run it there, and do not wait; nothing when the loop does not run."""
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(coroutine(), self._loop)

    async def stop(self) -> None:
        """Returns when the thread has ended. Stopping twice: harmless."""
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)
            await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        loop = _Loop(self._udp_ports) if self._udp_ports else uvloop.new_event_loop()
        asyncio.set_event_loop(loop)
        self._loop = loop
        loop.call_soon(self._started.set)
        try:
            loop.run_forever()
        finally:
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(asyncio.sleep(0))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()


class _Loop(uvloop.Loop):
    """Binds UDP sockets that may have any port within a range."""

    def __init__(self, ports: tuple[int, int]) -> None:
        super().__init__()
        self._ports = ports

    async def create_datagram_endpoint(  # type: ignore[override]
        self, protocol_factory: Any, local_addr: Any = None, **rest: Any
    ) -> Any:
        """As the loop's own, but port 0 means one of ours. Raises `OSError` when none is free."""
        make = super().create_datagram_endpoint
        if not local_addr or local_addr[1] != 0:
            return await make(protocol_factory, local_addr, **rest)
        return await make(protocol_factory, sock=self._bound(local_addr[0]))

    def _bound(self, address: str) -> socket.socket:
        """A socket of our own: the loop would leave one open for each port that somebody has."""
        first, last = self._ports
        for _ in range(TRIES):
            found = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
            try:
                found.bind((address, random.randint(first, last)))
            except OSError:
                found.close()
            else:
                found.setblocking(False)
                return found
        raise OSError(f"no UDP port from {first} to {last} is free")
