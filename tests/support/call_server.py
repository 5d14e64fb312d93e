"""Rooms as a program of its own, to be killed: joins whoever offers, over standard input and output.

In: a folder, perhaps a gateway's URL; then one JSON object per line, `{"party", "sdp"}`. Out: the answers, one per line.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).parents[1]))

from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import Seat
from dastak.store.vault import Vault
from dastak.video.aiortc.rooms import AiortcRooms
from dastak.video.janus.rooms import JanusRooms
from dastak.video.janus.settings import JanusSettings
from dastak.video.rooms.door import MediaRooms
from dastak.video.settings import RoomSettings
from dastak.video.spool.spool import Spool
from support.janus import SECRET

MASTER_KEY = bytes(32)


class Nobody:
    """A watcher whom nothing interests."""

    async def came(self, seat: Seat) -> None: ...

    async def lost(self, seat: Seat) -> None: ...

    async def recorded(self, seat: Seat, reference: str) -> None: ...


def now() -> datetime:
    return datetime.now(UTC)


async def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is for answers
    spool = Spool(Path(sys.argv[1]), Vault([MASTER_KEY]))
    settings = RoomSettings(host_addresses=("127.0.0.1",))
    rooms: MediaRooms
    if len(sys.argv) > 2:
        rooms = JanusRooms(settings, JanusSettings((sys.argv[2],), SECRET), Nobody(), spool, clock=now)
    else:
        rooms = AiortcRooms(settings, Nobody(), spool, clock=now)
    await rooms.start()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        asked = json.loads(line)
        answer = await rooms.join(Seat("mer_1", "jrn_1", "call_1", Party(asked["party"])), asked["sdp"])
        sys.stdout.write(json.dumps({"sdp": answer}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
