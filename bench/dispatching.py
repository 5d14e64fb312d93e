"""A dispatcher in a process of its own, for benchmarks with several: the real one, wired as a server wires it.

    python bench/dispatching.py        (settings from the environment, as `dastak` takes them)

It says `ready` when the store is open, begins when it reads a line, ends when its standard input ends, and says then
how many CPU seconds it used in between and how much memory at most.
"""

import asyncio
import os
import resource
import sys
import time

import uvloop

from dastak.app.build import build
from dastak.app.garbage import look_rarely
from dastak.app.logs import configure_logs
from dastak.app.settings import read_settings


async def main() -> None:
    """Deliver until standard input ends."""
    environment = {name: value for name, value in os.environ.items() if name.startswith("DASTAK_")}
    settings = read_settings(environment)
    configure_logs(settings.log_level, settings.log_format)
    look_rarely()
    dastak = build(settings)
    await dastak.store.open()
    dastak.sender.start()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    began = time.process_time()
    running = asyncio.create_task(dastak.dispatcher.run())
    await asyncio.to_thread(sys.stdin.readline)
    used = time.process_time() - began
    await dastak.dispatcher.stop()
    await running
    dastak.sender.stop()
    await dastak.store.close()
    print(used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, flush=True)


if __name__ == "__main__":
    uvloop.run(main())
