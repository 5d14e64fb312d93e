"""A node of rooms as a program of its own, with no database: what it tells of seats is written to standard output.

In: a spool's folder, a port, the settings of rooms as `Calls` wants them. Out: JSON lines, `{"told", "seat"}` or
`{"reference"}`; `{"ready": true}` first. Standard input closed: it stops in order.
"""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from starlette.applications import Starlette

from conformance.video.calls import MASTER_KEY, QUICK
from dastak.journeys.video_kyc.rooms import Seat
from dastak.store.vault import Vault
from dastak.video.aiortc.rooms import AiortcRooms
from dastak.video.remote.node import NodeDoor
from dastak.video.remote.sealed import Reader
from dastak.video.remote.wire import seat_out
from dastak.video.spool.spool import Spool


def say(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


class Teller:
    """A watcher that writes down what it is told."""

    async def came(self, seat: Seat) -> None:
        say(told="came", seat=seat_out(seat))

    async def lost(self, seat: Seat) -> None:
        say(told="lost", seat=seat_out(seat))

    async def recorded(self, seat: Seat, reference: str) -> None:
        say(told="recorded", seat=seat_out(seat), reference=reference)


async def anything(seat: Seat) -> None:
    """Takes every call: there is no other node."""


async def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    spool = Spool(Path(sys.argv[1]), Vault([MASTER_KEY]))
    rooms = AiortcRooms(QUICK, Teller(), spool, clock=lambda: datetime.now(UTC))
    door = NodeDoor(rooms, anything, Reader([MASTER_KEY], time.time))
    config = uvicorn.Config(
        Starlette(routes=door.routes()), port=int(sys.argv[2]), log_config=None, lifespan="off", access_log=False
    )
    server = uvicorn.Server(config)
    await rooms.start()
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.01)
    say(ready=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await rooms.stop()
    server.should_exit = True
    await serving


if __name__ == "__main__":
    asyncio.run(main())
