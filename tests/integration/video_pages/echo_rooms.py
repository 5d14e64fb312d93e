"""Rooms with real WebRTC in which everybody hears and sees themselves: enough to try out a page's own side of a call."""

# ruff: noqa: ARG002 - a fake takes what the real one takes, and needs less of it

from dataclasses import dataclass, field

import aioice.ice
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack

from dastak.journeys.video_kyc.rooms import IceServer, Picture, RoomClosed, Seat, SeatStats


def only_loopback(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    """Nothing of these tests leaves the machine."""
    return ["127.0.0.1"]


aioice.ice.get_host_addresses = only_loopback


@dataclass
class EchoRooms:
    """Fulfils `Rooms`."""

    here: dict[Seat, RTCPeerConnection] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)
    """Every offer."""
    beats: int = 0
    left: int = 0

    async def join(self, seat: Seat, offer: str) -> str:
        self.joins.append(offer)
        await self._hang_up(seat)
        connection = self.here[seat] = RTCPeerConnection(RTCConfiguration(iceServers=[]))

        @connection.on("track")
        def echo(track: MediaStreamTrack) -> None:
            connection.addTrack(track)

        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        return str(connection.localDescription.sdp)

    def beat(self, seat: Seat) -> None:
        self.beats += 1

    async def leave(self, seat: Seat) -> None:
        self.left += 1
        await self._hang_up(seat)

    async def still(self, seat: Seat) -> Picture:
        raise RoomClosed("no stills here")

    async def stats(self, seat: Seat) -> SeatStats | None:
        return None

    async def close(self, seat: Seat) -> None:
        await self._hang_up(seat)

    def ice_servers(self) -> tuple[IceServer, ...]:
        return ()

    async def cut(self) -> None:
        """Every connection breaks, as if the network had."""
        for seat in tuple(self.here):
            await self._hang_up(seat)

    async def _hang_up(self, seat: Seat) -> None:
        old = self.here.pop(seat, None)
        if old is not None:
            await old.close()
