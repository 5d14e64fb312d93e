"""Rooms whose connections Janus gateways hold.

In: settings. Out: `Rooms`.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from dastak.journeys.video_kyc.rooms import RoomWatcher
from dastak.video.janus.gateways import Gateways
from dastak.video.janus.leg import Leg
from dastak.video.janus.settings import JanusSettings
from dastak.video.janus.wire import Wire
from dastak.video.rooms.connection import Connection, Listener
from dastak.video.rooms.door import MediaRooms
from dastak.video.settings import RoomSettings
from dastak.video.spool.spool import Spool


class Janus:
    """A `BackEnd`."""

    def __init__(self, settings: JanusSettings) -> None:
        self._settings = settings
        self._gateways = Gateways(settings.gateways, settings.api_secret)
        self._wire = Wire()

    async def start(self) -> None:
        """Raises `OSError`: the port for media cannot be had. A gateway that is down is tried again and again."""
        await self._wire.open(self._settings.host, self._settings.port)
        await self._gateways.start()

    async def stop(self) -> None:
        await self._gateways.stop()
        self._wire.close()

    def connection(self, room: str, number: int, listener: Listener) -> Connection:
        return Leg(number, room, self._gateways, self._wire, listener, time.monotonic)


class JanusRooms(MediaRooms):
    """Fulfils `Rooms`. One per process."""

    def __init__(
        self,
        settings: RoomSettings,
        janus: JanusSettings,
        watcher: RoomWatcher,
        spool: Spool,
        *,
        clock: Callable[[], datetime],
        turned: Callable[[], None] = lambda: None,
    ) -> None:
        """Which addresses browsers are told is the gateways' affair; what `settings` say of that is left out."""
        super().__init__(
            replace(settings, public_address="", udp_ports=None),
            Janus(janus),
            watcher,
            spool,
            clock=clock,
            turned=turned,
        )
