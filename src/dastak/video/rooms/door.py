"""The door of the rooms: fulfils `journeys/video_kyc/rooms.Rooms` over any back end.

In: the web edge, in the server's event loop. Out: answers; the watcher hears, in the same loop, who came and who is
lost. Behind the door everything lives in the media's loop, and only plain values pass: the rooms could be in another
process.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from dastak.journeys.video_kyc.rooms import IceServer, NoPicture, Picture, RoomClosed, RoomWatcher, Seat, SeatStats
from dastak.video.attendance import Change
from dastak.video.rooms.connection import BackEnd
from dastak.video.rooms.house import Crowd, House, both
from dastak.video.rooms.media_loop import MediaLoop
from dastak.video.rooms.offer import given_out
from dastak.video.settings import RoomSettings
from dastak.video.spool.spool import Spool
from dastak.video.still import decoded
from dastak.video.telling import Telling
from dastak.video.turn import with_names

log = structlog.get_logger("dastak.rooms")

_TELL_WITHIN = 3.0
"""Seconds that the watcher has, when the process stops, to hear what has not been told."""


class MediaRooms:
    """Fulfils `Rooms`. One per process."""

    def __init__(
        self,
        settings: RoomSettings,
        back_end: BackEnd,
        watcher: RoomWatcher,
        spool: Spool,
        *,
        clock: Callable[[], datetime],
        turned: Callable[[], None] = lambda: None,
    ) -> None:
        """`turned` is called some times a second, in the media's thread, as long as that does its work."""
        self._settings = settings
        self._clock = clock
        self._telling = Telling(watcher)
        self._media = MediaLoop(settings.udp_ports)
        self._server: asyncio.AbstractEventLoop | None = None
        self._house = House(settings, spool, back_end, self._changed, self._begun, turned)

    async def start(self) -> None:
        """Open the door. Whoever was in a call when an earlier process died is told as lost."""
        self._server = asyncio.get_running_loop()
        self._media.start()
        for seat in await self._media.do(self._house.start()):
            log.info("call_left_behind", call_id=seat.call_id)
            for one in both(seat):
                self._telling.change(one, Change.LOST)

    async def stop(self) -> None:
        """Close every connection, finish every recording, tell everybody as lost. Stopping twice: harmless."""
        if self._server is None:
            return
        await self._media.do(self._house.stop())
        await self._media.stop()
        await asyncio.sleep(0)  # news from the other thread is in the loop's queue
        await self._telling.finish(_TELL_WITHIN)
        self._server = None

    async def join(self, seat: Seat, offer: str) -> str:
        if self._server is None:
            raise RoomClosed("no calls here now")
        answer = await self._media.do(self._house.join(seat, offer))
        return given_out(answer, self._settings.public_address)

    def beat(self, seat: Seat) -> None:
        self._media.soon(lambda: self._house.beat(seat))

    async def leave(self, seat: Seat) -> None:
        if self._server is not None:
            await self._media.do(self._house.leave(seat))

    async def still(self, seat: Seat) -> Picture:
        if self._server is None:
            raise NoPicture("no calls here now")
        pictures = await self._media.do(self._house.pictures(seat))
        return await decoded(pictures, self._clock())

    async def stats(self, seat: Seat) -> SeatStats | None:
        return await self._media.do(self._house.stats(seat)) if self._server is not None else None

    async def close(self, seat: Seat) -> None:
        if self._server is not None:
            await self._media.do(self._house.close(seat))

    async def is_open(self, seat: Seat) -> bool:
        """Whether this seat's room is in use here."""
        return self._server is not None and await self._media.do(self._house.is_open(seat))

    async def knows(self, seat: Seat) -> bool:
        """Whether this seat's room is here, or was: open, closed, or left behind by an earlier process."""
        return self._server is not None and await self._media.do(self._house.knows(seat))

    @property
    def crowd(self) -> Crowd:
        """What is going on here, as it was a moment ago."""
        return self._house.crowd

    def ice_servers(self) -> tuple[IceServer, ...]:
        return with_names(self._settings.ice_servers, self._settings.turn_secret, self._clock().timestamp())

    def _changed(self, seat: Seat, change: Change) -> None:
        log.info("seat_changed", call_id=seat.call_id, party=seat.party.value, change=change.value)
        if self._server is not None:
            self._server.call_soon_threadsafe(self._telling.change, seat, change)

    def _begun(self, seat: Seat, reference: str) -> None:
        if self._server is not None:
            self._server.call_soon_threadsafe(self._telling.recorded, seat, reference)
