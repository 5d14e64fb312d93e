"""Rooms to be tested, whatever they are made of, with a watcher that remembers and peers that are real.

To add a back end, add a way to make it here and in `conftest.py`: every test of this folder that takes `calls` then runs
on it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import IceServer, Rooms, RoomWatcher, Seat
from dastak.store.vault import Vault
from dastak.video.addresses import LOOPBACK
from dastak.video.aiortc.rooms import AiortcRooms
from dastak.video.janus.rooms import JanusRooms
from dastak.video.janus.settings import JanusSettings
from dastak.video.settings import RoomSettings
from dastak.video.spool.spool import Spool
from support.janus import SECRET
from support.peer import Peer, a_peer

MASTER_KEY = bytes(32)
TURN = IceServer(("turn:turn.example.com:3478",), "user", "secret")
QUICK = RoomSettings(
    host_addresses=(LOOPBACK,),
    ice_servers=(TURN,),
    silence=timedelta(seconds=1.5),
    beat_silence=timedelta(seconds=2),
    come_up_within=timedelta(seconds=3),
)
CUSTOMER, AGENT = (Seat("mer_1", "jrn_1", "call_1", party) for party in (Party.CUSTOMER, Party.AGENT))
PATIENCE = 20.0


class Startable(Rooms, Protocol):
    async def start(self) -> None: ...

    async def stop(self) -> None: ...


Make = Callable[[RoomWatcher, Spool], Startable]


def over_aiortc(watcher: RoomWatcher, spool: Spool) -> AiortcRooms:
    return AiortcRooms(QUICK, watcher, spool, clock=lambda: datetime.now(UTC))


def over_janus(*urls: str, secret: str = SECRET) -> Make:
    def make(watcher: RoomWatcher, spool: Spool) -> JanusRooms:
        return JanusRooms(QUICK, JanusSettings(urls, secret), watcher, spool, clock=lambda: datetime.now(UTC))

    return make


@dataclass
class Watcher:
    """Remembers what it was told, and can be waited for."""

    told: list[tuple[str, Party]] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def came(self, seat: Seat) -> None:
        self._note("came", seat)

    async def lost(self, seat: Seat) -> None:
        self._note("lost", seat)

    async def recorded(self, seat: Seat, reference: str) -> None:  # noqa: ARG002 - it is in the reference
        self.references.append(reference)

    def of(self, party: Party) -> list[str]:
        return [what for what, who in self.told if who is party]

    async def until(self, party: Party, *told: str, within: float = PATIENCE) -> None:
        """Wait until exactly this was told of the party."""
        async with asyncio.timeout(within):
            while self.of(party) != list(told):
                assert len(self.of(party)) < len(told), f"told too much: {self.told}"
                self._changed.clear()
                await self._changed.wait()

    def _note(self, what: str, seat: Seat) -> None:
        self.told.append((what, seat.party))
        self._changed.set()


@dataclass
class Calls:
    """Open rooms, and pages that beat."""

    make: Make
    folder: Path
    address: str
    """Where browsers are told to send media."""
    watcher: Watcher = field(default_factory=Watcher)
    beating: dict[Seat, asyncio.Task[None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.spool = Spool(self.folder / "spool", Vault([MASTER_KEY]))
        self.rooms = self.make(self.watcher, self.spool)

    async def join(self, seat: Seat, peer: Peer) -> None:
        """As a page does: offer, answer, and beats from then on."""
        await peer.take(await self.rooms.join(seat, await peer.offer()))
        if seat not in self.beating:
            self.beating[seat] = asyncio.create_task(self._beat(seat))

    def silence(self, seat: Seat) -> None:
        """The page beats no more."""
        self.beating.pop(seat).cancel()

    @contextlib.asynccontextmanager
    async def met(self, loss: float = 0.0) -> AsyncIterator[tuple[Peer, Peer]]:
        """Customer and agent, who see and hear each other; they flash half a second apart."""
        async with a_peer(0.0, loss) as customer, a_peer(0.5, loss) as agent:
            await self.join(CUSTOMER, customer)
            await self.join(AGENT, agent)
            await asyncio.gather(customer.sees_and_hears(), agent.sees_and_hears())
            yield customer, agent

    async def restart(self) -> None:
        """As if another process began where this one ended."""
        await self.rooms.stop()
        self.rooms = self.make(self.watcher, self.spool)
        await self.rooms.start()

    async def _beat(self, seat: Seat) -> None:
        while True:
            await asyncio.sleep(0.5)
            self.rooms.beat(seat)


@contextlib.asynccontextmanager
async def opened(make: Make, folder: Path, address: str = LOOPBACK) -> AsyncIterator[Calls]:
    calls = Calls(make, folder, address)
    await calls.rooms.start()
    try:
        yield calls
    finally:
        for task in calls.beating.values():
            task.cancel()
        await calls.rooms.stop()
