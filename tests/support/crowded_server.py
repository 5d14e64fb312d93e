"""A real server in whose process a crowd lives: `dastak serve` with its customers and operators, and a clock that leaps.

In: the environment of a server; `CROWD_FOLDER` for the clock and for words from outside, `CROWD_SEED`. Out: a process
like any other `dastak serve`, to be asked by HTTP, killed and started again. The crowd begins once the file `ready` is
there, and ends some time after the file `over` is; then time runs on until nothing is due, and `crowd_settled` is in the
log. Run as a program; what stands on its command line is what it takes the place of.
"""

import asyncio
import os
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

import structlog

from dastak.app import build as wiring
from dastak.app.build import Dastak, build
from dastak.app.logs import configure_logs
from dastak.app.server import serve
from dastak.app.settings import read_settings
from support.video_kyc_crowd import Crowd, LeapingClock

READY = "ready"
"""A file: the operators are there."""
OVER = "over"
"""A file: nobody acts any more."""
CLOCK = "clock"

log = structlog.get_logger("crowd")


async def run(dastak: Dastak, clock: LeapingClock, folder: Path, seed: str) -> None:
    """Serve, and let the crowd live meanwhile; a defect of either ends both."""
    is_started = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        living = tasks.create_task(_live(dastak, clock, folder, random.Random(seed), is_started))
        await serve(dastak, started=is_started.set)
        living.cancel()


async def _live(
    dastak: Dastak, clock: LeapingClock, folder: Path, chance: random.Random, is_started: asyncio.Event
) -> None:
    await is_started.wait()
    while not (folder / READY).exists():  # noqa: ASYNC110 - the word comes from another process
        await asyncio.sleep(0.05)
    merchant, *_ = await dastak.store.merchants.merchants()
    crowd = Crowd(
        dastak.video_kyc, dastak.store.video_kycs, dastak.store.operators, merchant.id, clock, _waking(dastak), chance
    )
    await crowd.live((folder / OVER).exists)
    await crowd.wind_up()
    log.info("crowd_settled")


def _waking(dastak: Dastak) -> Callable[[], None]:
    def wake() -> None:
        dastak.dispatcher.wake()
        dastak.notifier.wake()

    return wake


def main() -> None:
    """One life of the process."""
    folder = Path(os.environ["CROWD_FOLDER"])
    settings = read_settings(os.environ)
    configure_logs(settings.log_level, settings.log_format)
    clock = LeapingClock(folder / CLOCK, lambda: datetime.now(UTC))
    with mock.patch.object(wiring, "utc_now", clock):
        dastak = build(settings)
    asyncio.run(run(dastak, clock, folder, os.environ["CROWD_SEED"]))


if __name__ == "__main__":
    main()
