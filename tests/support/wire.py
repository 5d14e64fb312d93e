"""The wire between a client and a server, in our hands: it can be cut, refused, frozen, and cut at a certain word.

In: where the server is. Out: a port on loopback that leads there, until a test decides otherwise. Called by tests that
put it between Dastak and PostgreSQL. All sockets belong to one thread with a loop of its own; every public call returns
when what it asks for has happened.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Literal, Self, cast
from urllib.parse import urlsplit

from support.server import free_port

CALL_SECONDS = 10
WAIT_SECONDS = 30
LONGEST_PATTERN = 256
THREAD = "wire"
AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: closing throws away what is unsent and resets the connection."""

Direction = Literal["server", "client"]


@dataclass(frozen=True, slots=True)
class Counts:
    """What the wire has seen so far."""

    connections: int = 0
    cut: int = 0
    bytes_to_server: int = 0
    bytes_to_client: int = 0


class Trip:
    """A cut that waits for its word."""

    def __init__(self, pattern: bytes, towards: Direction, forward: bool) -> None:
        self.pattern = pattern
        self.towards = towards
        self.forward = forward
        self._fired = threading.Event()

    @property
    def has_fired(self) -> bool:
        return self._fired.is_set()

    def fire(self) -> None:
        """Say that the connection is cut."""
        self._fired.set()

    def wait(self, timeout: float = WAIT_SECONDS) -> None:
        """Until the connection is cut."""
        assert self._fired.wait(timeout), f"{self.pattern!r} did not pass towards the {self.towards}"


class Wire:
    """Leads from `port` to the server, for any number of connections. As a context manager it closes at the end."""

    def __init__(self, server_port: int) -> None:
        self.port = free_port()
        self._server_port = server_port
        self._counts = Counts()
        self._ends: set[_End] = set()
        self._trips: list[Trip] = []
        self._joining: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None
        self._loop = asyncio.SelectorEventLoop()
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._thread = threading.Thread(target=self._loop.run_forever, name=THREAD, daemon=True)
        self._thread.start()
        self.accept()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def counts(self) -> Counts:
        return self._counts

    def url(self, url: str) -> str:
        """The way through the wire to a database of the server."""
        parts = urlsplit(url)
        owner, _, _ = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{owner}@127.0.0.1:{self.port}").geturl()

    def cut(self) -> None:
        """Reset every present connection, at both ends. New ones are welcome."""
        self._call(self._cut_all())

    def refuse(self) -> None:
        """Let no new connection in, as if nobody listened. Present ones live on."""
        self._call(self._refuse())

    def accept(self) -> None:
        """Let new connections in again."""
        self._call(self._accept())

    def freeze(self) -> None:
        """Let no byte through, either way, as if the network were parted: connections stay open, new ones hang."""
        self._call(self._freeze())

    def thaw(self) -> None:
        """Let the bytes through that have waited."""
        self._call(self._thaw())

    def cut_when(self, pattern: bytes, towards: Direction = "server", *, forward: bool = False) -> Trip:
        """Cut a connection when these bytes pass on it; once only.

        Args:
            pattern: such as `b"COMMIT"`; it may come in several pieces.
            towards: the end that the bytes travel to.
            forward: `False` cuts before the bytes have passed as a whole. `True` lets them pass; towards the server it
                then waits for the answer, so that they were acted upon, and cuts in its place.
        """
        assert 0 < len(pattern) <= LONGEST_PATTERN
        trip = Trip(pattern, towards, forward)
        self._call(self._arm(trip))
        return trip

    def close(self) -> None:
        """Reset everything and end the thread. Harmless when closed."""
        if self._thread.is_alive():
            self._call(self._end())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(CALL_SECONDS)
            self._loop.close()

    def _call(self, act: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(act, self._loop).result(CALL_SECONDS)

    async def _accept(self) -> None:
        if self._listener is None:
            self._listener = await self._loop.create_server(lambda: _End(self, "server"), "127.0.0.1", self.port)

    async def _refuse(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def _freeze(self) -> None:
        self._thawed.clear()
        for end in self._ends:
            end.consider_reading()

    async def _thaw(self) -> None:
        self._thawed.set()
        for end in self._ends:
            end.consider_reading()

    async def _arm(self, trip: Trip) -> None:
        self._trips.append(trip)

    async def _cut_all(self) -> None:
        lost = [end.lost for end in self._ends]
        for end in list(self._ends):
            self.cut_link(end)
        await asyncio.gather(*lost)

    async def _end(self) -> None:
        await self._refuse()
        for task in self._joining:
            task.cancel()
        await asyncio.gather(*self._joining, return_exceptions=True)
        await self._cut_all()

    # What the ends call, in the wire's own thread.

    @property
    def is_frozen(self) -> bool:
        return not self._thawed.is_set()

    def arrived(self, end: "_End") -> None:
        """Lead a new client on to the server."""
        self._counts = replace(self._counts, connections=self._counts.connections + 1)
        task = self._loop.create_task(self._join(end))
        self._joining.add(task)
        task.add_done_callback(self._joining.discard)

    def opened(self, end: "_End") -> None:
        """Know this end."""
        self._ends.add(end)

    def gone(self, end: "_End") -> None:
        """Forget this end."""
        self._ends.discard(end)

    def tripped(self, end: "_End", data: bytes) -> Trip | None:
        """The first armed cut whose pattern is complete with this data; it is not armed any more."""
        for trip in self._trips:
            if trip.towards == end.towards and trip.pattern in end.recent(len(trip.pattern) - 1) + data:
                self._trips.remove(trip)
                return trip
        return None

    def passes(self, towards: Direction, size: int) -> None:
        """Count what is forwarded."""
        counts = self._counts
        if towards == "server":
            self._counts = replace(counts, bytes_to_server=counts.bytes_to_server + size)
        else:
            self._counts = replace(counts, bytes_to_client=counts.bytes_to_client + size)

    def cut_link(self, end: "_End") -> None:
        """Reset one connection at both ends."""
        if not end.is_cut:
            self._counts = replace(self._counts, cut=self._counts.cut + 1)
        end.reset()
        if end.other is not None:
            end.other.reset()

    async def _join(self, end: "_End") -> None:
        await self._thawed.wait()
        try:
            _, onward = await self._loop.create_connection(lambda: _End(self, "client"), "127.0.0.1", self._server_port)
        except OSError:
            end.reset()
            return
        end.other, onward.other = onward, end
        if end.is_cut:
            onward.reset()
        end.consider_reading()
        onward.consider_reading()


class _End(asyncio.Protocol):
    """One end of a link. What is read here goes `towards` the other."""

    def __init__(self, wire: Wire, towards: Direction) -> None:
        self.towards = towards
        self.other: _End | None = None
        self.is_cut = False
        self.is_full = False
        self.has_ended = False
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._wire = wire
        self._recent = b""
        self._answer_trip: Trip | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.pause_reading()
        self._wire.opened(self)
        if self.towards == "server":
            self._wire.arrived(self)

    def data_received(self, data: bytes) -> None:
        if self._answer_trip is not None:
            self._cut(self._answer_trip)
            return
        trip = self._wire.tripped(self, data)
        self._recent = (self._recent + data)[-LONGEST_PATTERN:]
        if trip is not None and not trip.forward:
            self._cut(trip)
            return
        assert self.other is not None
        self._wire.passes(self.towards, len(data))
        self.other.write(data)
        if trip is not None and self.towards == "client":
            self._cut(trip)
        elif trip is not None:
            self.other.cut_at_answer(trip)

    def eof_received(self) -> bool:
        self.has_ended = True
        if self.other is not None:
            self.other.write_eof()
            if self.other.has_ended:
                self.other.close()
                return False
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._wire.gone(self)
        self.lost.set_result(None)
        if self.other is not None and not self.is_cut:
            if exc is None:
                self.other.close()
            else:
                self.other.reset()

    def pause_writing(self) -> None:
        self.is_full = True
        if self.other is not None:
            self.other.consider_reading()

    def resume_writing(self) -> None:
        self.is_full = False
        if self.other is not None:
            self.other.consider_reading()

    def recent(self, size: int) -> bytes:
        """The last so many bytes that were read here."""
        return self._recent[-size:] if size else b""

    def consider_reading(self) -> None:
        """Read if the wire is not frozen and the other end takes more."""
        if self._transport is None or self._transport.is_closing():
            return
        if self.other is None or self.other.is_full or self._wire.is_frozen:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def cut_at_answer(self, trip: Trip) -> None:
        """Cut when the next bytes are read here, instead of forwarding them."""
        self._answer_trip = trip

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def write_eof(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write_eof()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        """Close with RST."""
        self.is_cut = True
        if self._transport is not None and not self._transport.is_closing():
            sock: socket.socket = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            self._transport.abort()

    def _cut(self, trip: Trip) -> None:
        self._wire.cut_link(self)
        ends = [self] if self.other is None else [self, self.other]
        asyncio.gather(*(end.lost for end in ends)).add_done_callback(lambda _: trip.fire())
