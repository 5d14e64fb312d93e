"""A process that holds nothing but rooms, for `call.py` and `calls_held.py`: what it needs is what calls cost.

In: offers, over standard input. Out: answers, and how late its media loop was. It beats for the pages, which are not
there to do it themselves.
"""

import argparse
import asyncio
import contextlib
import json
import os
import resource
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import Seat
from dastak.store.vault import Vault
from dastak.video.aiortc.rooms import AiortcRooms
from dastak.video.janus.rooms import JanusRooms
from dastak.video.janus.settings import JanusSettings
from dastak.video.rooms.door import MediaRooms
from dastak.video.settings import RoomSettings
from dastak.video.spool.spool import Spool

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.janus import SECRET

MASTER_KEY = bytes(32)
TICKS = os.sysconf("SC_CLK_TCK")
BEAT_SECONDS = 2.0
"""As pages do."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Of a process."""

    cpu_seconds: float
    megabytes: int
    threads: int
    files: int
    """Open ones, sockets included."""


def usage(pid: int) -> Usage:
    """As the kernel counts it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    cpu = (int(fields[11]) + int(fields[12])) / TICKS
    files = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    return Usage(cpu, pages * resource.getpagesize() // 1_000_000, int(fields[17]), files)


def seat(call: int, party: Party) -> Seat:
    """A seat of the call with this number."""
    return Seat("mer_1", f"jrn_{call}", f"call_{call}", party)


def spool(folder: Path) -> Spool:
    """Where that process writes down what it hears."""
    return Spool(folder, Vault([MASTER_KEY]))


class Nobody:
    """A watcher whom nothing interests."""

    async def came(self, seat: Seat) -> None: ...

    async def lost(self, seat: Seat) -> None: ...

    async def recorded(self, seat: Seat, reference: str) -> None: ...


class Turns:
    """How long the media loop took from one turn to the next, at most; it means to turn five times a second."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._longest = 0.0

    def turned(self) -> None:
        """One more."""
        now = time.monotonic()
        self._longest = max(self._longest, now - self._last)
        self._last = now

    def longest(self) -> float:
        """Seconds, since this was asked last."""
        found, self._longest = self._longest, 0.0
        return found


def make_rooms(folder: Path, gateway: str, turns: Turns) -> MediaRooms:
    """Over this gateway, or in this process."""
    settings = RoomSettings(host_addresses=("127.0.0.1",))
    if gateway:
        janus = JanusSettings((gateway,), SECRET)
        return JanusRooms(
            settings, janus, Nobody(), spool(folder), clock=lambda: datetime.now(UTC), turned=turns.turned
        )
    return AiortcRooms(settings, Nobody(), spool(folder), clock=lambda: datetime.now(UTC), turned=turns.turned)


async def hold_rooms(folder: Path, gateway: str) -> None:
    """The process that is measured."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is for answers
    turns, seats = Turns(), set[Seat]()
    rooms = make_rooms(folder, gateway, turns)
    await rooms.start()
    loop = asyncio.get_running_loop()
    beating = loop.create_task(_beat(rooms, seats))
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        asked = json.loads(line)
        if "turns" in asked:
            answer: dict[str, Any] = {"longest": turns.longest()}
        else:
            sits = seat(asked["call"], Party(asked["party"]))
            seats.add(sits)
            answer = {"sdp": await rooms.join(sits, asked["sdp"])}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    beating.cancel()
    for sits in seats:
        await rooms.close(sits)
    await rooms.stop()


async def _beat(rooms: MediaRooms, seats: set[Seat]) -> None:
    while True:
        for sits in seats:
            rooms.beat(sits)
        await asyncio.sleep(BEAT_SECONDS)


class RoomsProcess:
    """Asks the process above."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.pid = process.pid
        self._process = process
        self._asking = asyncio.Lock()

    async def join(self, call: int, party: Party, offer: str) -> str:
        """The answer."""
        return str((await self._ask({"call": call, "party": party, "sdp": offer}))["sdp"])

    async def longest_turn(self) -> float:
        """Seconds between two turns of its media loop, at most, since this was asked last."""
        return float((await self._ask({"turns": True}))["longest"])

    async def stop(self) -> None:
        """Returns when every recording is closed."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()

    async def _ask(self, what: dict[str, Any]) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the rooms have no pipes")
        async with self._asking:
            stdin.write(json.dumps(what).encode() + b"\n")
            await stdin.drain()
            found: dict[str, Any] = json.loads(await stdout.readline())
        return found


@contextlib.asynccontextmanager
async def a_rooms_process(folder: Path, gateway: str) -> AsyncIterator[RoomsProcess]:
    """Started, and stopped in the end, if nobody has before."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        __file__,
        str(folder),
        *(("--gateway", gateway) if gateway else ()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    rooms = RoomsProcess(process)
    try:
        yield rooms
    finally:
        await rooms.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gateway", default="")
    chosen = parser.parse_args()
    asyncio.run(hold_rooms(chosen.folder, chosen.gateway))
