"""The door of the rooms: fulfils `journeys/video_kyc/rooms.Rooms` over aiortc.

In: the web edge, in the server's event loop. Out: answers; the watcher hears, in the same loop, who came and who is
lost. The rooms themselves are in processes of their own (`worker.py`), each room always in the same one: media do not
wait for pages nor webhooks for media, and what breaks one of them breaks nothing else.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog

from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import IceServer, NoPicture, Picture, RoomClosed, RoomWatcher, Seat, SeatStats
from dastak.video.aiortc import wire
from dastak.video.aiortc.offer import given_out
from dastak.video.aiortc.workers import Worker, WorkerGone
from dastak.video.attendance import Change
from dastak.video.settings import RoomSettings
from dastak.video.spool.spool import Spool
from dastak.video.still import decoded
from dastak.video.telling import Telling

log = structlog.get_logger("dastak.rooms")

_TELL_WITHIN = 3.0
"""Seconds that the watcher has, when the server stops, to hear what has not been told."""


class AiortcRooms:
    """Fulfils `Rooms`. One per server; processes are started when the first call is joined."""

    def __init__(
        self, settings: RoomSettings, watcher: RoomWatcher, spool: Spool, *, clock: Callable[[], datetime]
    ) -> None:
        self._settings = settings
        self._spool = spool
        self._clock = clock
        self._telling = Telling(watcher)
        first = {"settings": wire.settings_fields(settings), "spool": str(spool.folder.absolute())}
        self._workers = [Worker(first, self._changed, self._telling.recorded) for _ in range(settings.processes)]
        self._is_open = False

    async def start(self) -> None:
        """Open the door. Whoever was in a call when an earlier server died is told as lost."""
        self._is_open = True
        for seat in await asyncio.to_thread(self._spool.left_open):
            log.info("call_left_behind", call_id=seat.call_id)
            for party in Party:
                self._telling.change(replace(seat, party=party), Change.LOST)

    async def stop(self) -> None:
        """Close every connection, finish every recording, tell everybody as lost. Stopping twice: harmless."""
        if self._is_open:
            self._is_open = False
            await asyncio.gather(*(worker.stop() for worker in self._workers))
            await self._telling.finish(_TELL_WITHIN)

    async def join(self, seat: Seat, offer: str) -> str:
        if not self._is_open:
            raise RoomClosed("no calls here now")
        try:
            answer = await self._joined(seat, offer)
        except WorkerGone:  # it died while it was asked; the room begins anew in the next
            with contextlib.suppress(WorkerGone):
                return await self._joined(seat, offer)
            raise RoomClosed("the call cannot be held here now") from None
        return answer

    def beat(self, seat: Seat) -> None:
        self._worker(seat).tell("beat", seat)

    async def leave(self, seat: Seat) -> None:
        with contextlib.suppress(WorkerGone):
            await self._worker(seat).ask("leave", seat)

    async def still(self, seat: Seat) -> Picture:
        try:
            found = await self._worker(seat).ask("pictures", seat)
        except WorkerGone:
            raise NoPicture("this party is not in the room") from None
        return await decoded([wire.picture_of(picture) for picture in found], self._clock())

    async def stats(self, seat: Seat) -> SeatStats | None:
        try:
            return wire.stats_of(await self._worker(seat).ask("stats", seat))
        except WorkerGone:
            return None

    async def close(self, seat: Seat) -> None:
        with contextlib.suppress(WorkerGone):
            await self._worker(seat).close(seat)
        await asyncio.to_thread(self._spool.close, seat.room)  # one that died may have recorded it

    def ice_servers(self) -> tuple[IceServer, ...]:
        return self._settings.ice_servers

    async def _joined(self, seat: Seat, offer: str) -> str:
        key = wire.key_fields(self._spool.fresh_key(seat.room))
        answer = await self._worker(seat).ask("join", seat, starts=True, offer=offer, key=key)
        return given_out(answer, self._settings.public_address)

    def _worker(self, seat: Seat) -> Worker:
        digest = hashlib.sha256(seat.room.encode()).digest()
        return self._workers[int.from_bytes(digest[:8], "big") % len(self._workers)]

    def _changed(self, seat: Seat, change: Change) -> None:
        log.info("seat_changed", call_id=seat.call_id, party=seat.party.value, change=change.value)
        self._telling.change(seat, change)
