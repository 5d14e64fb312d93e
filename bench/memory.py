"""What an idle endpoint and a pending delivery cost in memory: a real server on SQLite, once for each number.

    .venv/bin/python bench/memory.py --endpoints 1 1000 10000 --pending 10 10000

In: how many of each; the first is the base. Out: resident memory of the server, and bytes for each one more than the
base. An idle endpoint has been sent one event, so that everything that is remembered of it is there; pending deliveries
wait for a receiver that is away, behind an open breaker.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from backlog import owe
from dastak.app.build import open_store
from dastak.app.settings import read_settings
from sample_endpoint import sample_endpoint
from support.receiver import HookReceiver
from support.server import RunningServer

AWAY = "http://127.0.0.1:9/hooks"
PATIENCE_SECONDS = 600
Measure = Callable[[int], int]


def resident(pid: int) -> int:
    """Bytes, from /proc."""
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0]) * 1024


async def prepare(server: RunningServer, urls: Sequence[str], events: int) -> None:
    """Endpoints of the server's merchant, and events that are owed to each, before it starts."""
    store = open_store(read_settings(server.env))
    await store.open()
    try:
        for url in urls:
            await store.endpoints.add_endpoint(sample_endpoint(server.merchant.id, url), len(urls))
        await owe(store, [server.merchant.id], events, per_journey=1)
    finally:
        await store.close()


def idle(endpoints: int) -> int:
    """Resident memory with so many endpoints that were sent an event each, and have nothing to do."""
    with tempfile.TemporaryDirectory() as folder, HookReceiver() as receiver:
        server = RunningServer(Path(folder), merchants=())
        server.make_merchant("Bench")
        asyncio.run(prepare(server, [receiver.url()] * endpoints, 1))
        with server:
            server.wait_for_log(endpoints, PATIENCE_SECONDS, event="attempt", outcome="delivered")
            return resident(server.pid)


def pending(deliveries: int) -> int:
    """Resident memory with so many deliveries owed to a receiver that is away."""
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder), merchants=())
        server.make_merchant("Bench")
        asyncio.run(prepare(server, [AWAY], deliveries))
        with server:
            server.wait_for_log(1, PATIENCE_SECONDS, event="breaker_opened")
            return resident(server.pid)


def show(what: str, counts: Sequence[int], measure: Measure) -> None:
    """A line for each count."""
    base = 0
    for number, count in enumerate(counts):
        held = measure(count)
        each = f"{(held - base) / (count - counts[0]):8.0f} bytes each" if number else "base"
        base = base if number else held
        print(f"{what:20} {count:8d}  {held / 1048576:7.1f} MiB  {each}", flush=True)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoints", type=int, nargs="+", default=[1, 1000, 10_000])
    parser.add_argument("--pending", type=int, nargs="+", default=[20, 10_000])
    wanted = parser.parse_args()
    show("idle endpoints", wanted.endpoints, idle)
    show("pending deliveries", wanted.pending, pending)


if __name__ == "__main__":
    main()
