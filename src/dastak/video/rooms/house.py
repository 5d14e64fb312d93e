"""All rooms of this process, by name.

In: whom the door (`door.py`) sends, in the media's event loop. Out: rooms that live as long as somebody needs them.
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import structlog

from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import NoPicture, RoomClosed, Seat, SeatStats
from dastak.video.rooms.connection import BackEnd
from dastak.video.rooms.recorder import Recorder
from dastak.video.rooms.room import Room, Told
from dastak.video.settings import RoomSettings
from dastak.video.spool.spool import Spool
from dastak.video.vp8 import Encoded

log = structlog.get_logger("dastak.rooms")

_TICK_SECONDS = 0.2
_CONNECTIONS_PER_PROCESS = 1 << 16
_CLOSED_KNOWN = 10_000
"""Names of closed rooms kept in memory; older ones are known by their spool."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """What is going on in the rooms, in numbers."""

    rooms: int = 0
    connections: int = 0
    packets_lost: int = 0
    """Since the process began; of media on the way here."""


class House:
    """Lives in the media's event loop."""

    def __init__(
        self,
        settings: RoomSettings,
        spool: Spool,
        back_end: BackEnd,
        told: Told,
        recorded: Callable[[Seat, str], None],
        turned: Callable[[], None],
    ) -> None:
        """`turned` is called some times a second, as long as all is well."""
        self.crowd = Crowd()
        """As it was a moment ago; may be read in any thread."""
        self._turned = turned
        self._lost_before = 0
        """Packets of rooms that are put away."""
        self._settings = settings
        self._back_end = back_end
        self._spool = spool
        self._told = told
        self._recorded = recorded
        self._rooms: dict[str, Room] = {}
        self._closed: OrderedDict[str, None] = OrderedDict()
        self._opening: dict[str, asyncio.Task[Room]] = {}
        self._disk = ThreadPoolExecutor(4, "recording")
        self._ticking: asyncio.Task[None] | None = None

    async def start(self) -> list[Seat]:
        """The customers' seats of rooms that an earlier process left behind."""
        await self._back_end.start()
        self._ticking = asyncio.get_running_loop().create_task(self._tick())
        return await asyncio.get_running_loop().run_in_executor(self._disk, self._spool.left_open)

    async def stop(self) -> None:
        """Everybody is told as lost, every connection closed, every recording on the disk. Rooms stay open."""
        if self._ticking is not None:
            self._ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ticking
        await asyncio.gather(*self._opening.values(), return_exceptions=True)
        for room in self._rooms.values():
            room.lose_everybody()
        await asyncio.gather(*(room.close() for room in self._rooms.values()))
        self._rooms.clear()
        self.crowd = replace(self.crowd, rooms=0, connections=0)
        await self._back_end.stop()
        self._disk.shutdown()

    async def is_open(self, seat: Seat) -> bool:
        """Whether this seat's room is in use here."""
        return seat.room in self._rooms or seat.room in self._opening

    async def knows(self, seat: Seat) -> bool:
        """Whether this seat's room is here, or was: open, closed, or left behind by an earlier process."""
        if seat.room in self._closed or await self.is_open(seat):
            return True
        return await asyncio.get_running_loop().run_in_executor(self._disk, self._spool.has, seat.room)

    async def join(self, seat: Seat, offer: str) -> str:
        room = await self._room(seat)
        return await room.join(seat, offer)

    async def beat(self, seat: Seat) -> None:
        if seat.room in self._rooms:
            self._rooms[seat.room].beat(seat.party)

    async def leave(self, seat: Seat) -> None:
        if seat.room in self._rooms:
            self._rooms[seat.room].leave(seat.party)

    async def pictures(self, seat: Seat) -> list[Encoded]:
        if seat.room in self._closed:
            raise RoomClosed("the call is over")
        room = self._rooms.get(seat.room)
        occupant = room.occupant(seat.party) if room else None
        if occupant is None or occupant.connection is None:
            raise NoPicture("this party is not in the room")
        return occupant.pictures.now()

    async def stats(self, seat: Seat) -> SeatStats | None:
        room = self._rooms.get(seat.room)
        return room.stats(seat.party) if room else None

    async def close(self, seat: Seat) -> None:
        """For good. A room that this process does not have may be one that an earlier one recorded."""
        self._remember_closed(seat.room)
        opening = self._opening.get(seat.room)
        if opening is not None:
            await asyncio.wait([opening])
        room = self._rooms.pop(seat.room, None)
        if room is not None:
            await self._put_away(room)
        await asyncio.get_running_loop().run_in_executor(self._disk, self._spool.close, seat.room)

    async def _room(self, seat: Seat) -> Room:
        if seat.room in self._closed:
            raise RoomClosed("the call is over")
        if seat.room in self._rooms:
            return self._rooms[seat.room]
        if seat.room not in self._opening:
            self._opening[seat.room] = asyncio.get_running_loop().create_task(self._open(seat))
        return await asyncio.shield(self._opening[seat.room])

    async def _open(self, seat: Seat) -> Room:
        loop = asyncio.get_running_loop()
        try:
            if await loop.run_in_executor(self._disk, self._spool.is_closed, seat.room):
                self._remember_closed(seat.room)
                raise RoomClosed("the call is over")
            try:
                segment = await loop.run_in_executor(self._disk, self._spool.open, seat)
            except OSError as error:
                log.exception("recording_cannot_begin", call_id=seat.call_id, error=str(error))
                raise RoomClosed("the call cannot be recorded, so it cannot be held") from None
            recorder = Recorder(segment, self._disk, seat.call_id)
            connections = segment.number * _CONNECTIONS_PER_PROCESS
            room = Room(seat.room, self._back_end, recorder, self._settings, self._told, connections)
            self._rooms[seat.room] = room
            self._recorded(seat, self._spool.reference(seat.room))
            return room
        finally:
            del self._opening[seat.room]

    def _remember_closed(self, name: str) -> None:
        self._closed[name] = None
        while len(self._closed) > _CLOSED_KNOWN:
            self._closed.popitem(last=False)

    async def _tick(self) -> None:
        while True:
            for name, room in list(self._rooms.items()):
                try:
                    room.tick()
                except Exception:  # one room's trouble is not the others'
                    log.exception("room_tick_failed", room=name)
                if room.is_idle:
                    del self._rooms[name]
                    await self._put_away(room)
            self._count()
            self._turned()
            await asyncio.sleep(_TICK_SECONDS)

    async def _put_away(self, room: Room) -> None:
        await room.close()
        self._lost_before += room.packets_lost

    def _count(self) -> None:
        rooms = self._rooms.values()
        lost = self._lost_before + sum(room.packets_lost for room in rooms)
        self.crowd = Crowd(len(rooms), sum(room.connections for room in rooms), lost)


def both(seat: Seat) -> tuple[Seat, Seat]:
    """The two seats of this seat's room, customer's first."""
    return replace(seat, party=Party.CUSTOMER), replace(seat, party=Party.AGENT)
