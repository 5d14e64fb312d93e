"""The two UDP sockets by which gateways send us what browsers sent, and take what browsers shall get.

In: datagrams of any gateway. Out: each to whoever has said that it expects some from there; all others are dropped.
Encryption is not done here.
"""

import asyncio
import socket
from collections.abc import Callable

from dastak.video.rooms.media_loop import TRIES

Address = tuple[str, int]
Take = Callable[[bytes], None]
_BUFFER_BYTES = 4 << 20


class Wire:
    """An even port for RTP, and the next one for RTCP. Lives in the media's event loop."""

    def __init__(self) -> None:
        self._ends: tuple[_End, _End] | None = None
        self.address: Address = ("", 0)
        """Where RTP is taken, once it is open."""

    async def open(self, host: str, port: int) -> None:
        """Port 0: any two. Raises `OSError`: they cannot be had."""
        pair = _pair(host, port)
        self.address = (host, pair[0].getsockname()[1])
        self._ends = (await _listen(pair[0]), await _listen(pair[1]))

    def close(self) -> None:
        """Closing twice: harmless."""
        for end in self._ends or ():
            end.transport.close()
        self._ends = None

    def expect(self, host: str, port: int, rtp: Take, rtcp: Take) -> None:
        """What comes from this port, and from the next one, is taken by these two."""
        for end, source, take in zip(self._ends or (), (port, port + 1), (rtp, rtcp), strict=False):
            end.takers[host, source] = take

    def forget(self, host: str, port: int) -> None:
        """No more of it."""
        for end, source in zip(self._ends or (), (port, port + 1), strict=False):
            end.takers.pop((host, source), None)

    def send_rtp(self, datagram: bytes, to: Address) -> None:
        """To the gateway's port of this kind of media."""
        if self._ends:
            self._ends[0].transport.sendto(datagram, to)

    def send_rtcp(self, datagram: bytes, to: Address) -> None:
        """To the port after it; `to` is that of RTP."""
        if self._ends:
            self._ends[1].transport.sendto(datagram, (to[0], to[1] + 1))


class _End(asyncio.DatagramProtocol):
    transport: asyncio.DatagramTransport

    def __init__(self) -> None:
        self.takers: dict[tuple[str, int], Take] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        take = self.takers.get(addr[:2])
        if take is not None:
            take(data)


async def _listen(bound: socket.socket) -> _End:
    _, end = await asyncio.get_running_loop().create_datagram_endpoint(_End, sock=bound)
    return end


def _pair(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    for _ in range(1 if port else TRIES):
        first = _bound(host, port)
        number = first.getsockname()[1]
        if number % 2:
            first.close()
            continue
        try:
            return first, _bound(host, number + 1)
        except OSError:
            first.close()
    raise OSError(f"no two UDP ports, an even one and the next, are free at {host}")


def _bound(host: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        made.setblocking(False)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made
