"""Rooms whose connections aiortc holds, in this process: nothing else has to be installed.

In: settings. Out: `Rooms`.
"""

import time
from collections.abc import Callable
from datetime import datetime

from dastak.journeys.video_kyc.rooms import RoomWatcher
from dastak.video.aiortc import hooks
from dastak.video.aiortc.connection import AiortcConnection
from dastak.video.rooms.connection import Connection, Listener
from dastak.video.rooms.door import MediaRooms
from dastak.video.settings import RoomSettings
from dastak.video.spool.spool import Spool


class Aiortc:
    """A `BackEnd`."""

    def __init__(self, host_addresses: tuple[str, ...]) -> None:
        self._host_addresses = host_addresses

    async def start(self) -> None:
        hooks.install(self._host_addresses)

    async def stop(self) -> None: ...

    def connection(self, room: str, number: int, listener: Listener) -> Connection:  # noqa: ARG002 - one place for all
        return AiortcConnection(number, listener, time.monotonic)


class AiortcRooms(MediaRooms):
    """Fulfils `Rooms`. One per process."""

    def __init__(
        self,
        settings: RoomSettings,
        watcher: RoomWatcher,
        spool: Spool,
        *,
        clock: Callable[[], datetime],
        turned: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(settings, Aiortc(settings.host_addresses), watcher, spool, clock=clock, turned=turned)
