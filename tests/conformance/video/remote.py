"""Rooms on a node in a process of its own, as `Calls` wants to have them.

In: a watcher and a spool. Out: `RemoteRooms`, which also start and stop their node; what the node tells reaches the
watcher here.
"""

import asyncio
import json
import os
import sys
from datetime import timedelta
from pathlib import Path

from conformance.video.calls import MASTER_KEY, TURN
from dastak.journeys.video_kyc.rooms import RoomWatcher, Seat
from dastak.video.remote.client import Node
from dastak.video.remote.rooms import RemoteRooms, RemoteSettings
from dastak.video.remote.wire import seat_in
from dastak.video.spool.spool import Spool
from support import node_server
from support.server import free_port

PROGRAM = Path(node_server.__file__)


class RoomsOfAChild(RemoteRooms):
    """Remote rooms whose node lives as long as they do."""

    def __init__(self, watcher: RoomWatcher, spool: Spool) -> None:
        self._port = free_port()
        node = Node(f"http://127.0.0.1:{self._port}", MASTER_KEY)
        super().__init__([node], self._nobody_asked, lambda: (TURN,), RemoteSettings(beat_every=timedelta(seconds=0.2)))
        self._watcher = watcher
        self._spool = spool
        self._process: asyncio.subprocess.Process | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(PROGRAM),
            str(self._spool.folder),
            str(self._port),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(PROGRAM.parents[1])},
        )
        self._hearing = asyncio.create_task(self._hear(self._process))
        async with asyncio.timeout(20):
            await self._ready.wait()
        await super().start()

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert self._hearing is not None
        process.stdin.close()
        await self._hearing
        await process.wait()
        await super().stop()

    async def _hear(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            said = json.loads(line)
            match said.get("told"):
                case None:
                    self._ready.set()
                case "came":
                    await self._watcher.came(seat_in(said["seat"]))
                case "lost":
                    await self._watcher.lost(seat_in(said["seat"]))
                case "recorded":
                    await self._watcher.recorded(seat_in(said["seat"]), said["reference"])

    @staticmethod
    async def _nobody_asked(seat: Seat) -> None:
        raise AssertionError(f"{seat} is said to be gone")
