"""How fast events are accepted and delivered, as ratios to the fastest plain HTTP client of the same run.

    .venv/bin/python bench/delivery.py --store sqlite --events 20000

In: a store's name. Out: events accepted per second, logged deliveries per second, commit-to-receiver p50 and p99 at a
fixed rate, CPU per delivery, peak memory, and the bound. Everything is real: the store with its syncs, the guard,
lanes, windows, signatures, attempt log, sockets on loopback. Only ratios and CPU times mean much on a shared machine.
"""

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import uvloop

import bound
from dastak.app.build import Dastak, build
from dastak.app.garbage import look_rarely
from dastak.app.logs import configure_logs
from dastak.app.settings import read_settings
from dastak.journeys.kyc_link.issuing import NewLink
from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.kyc_link.signal import CheckFailed
from dastak.store.postgres.store import PostgresStore
from dastak.webhooks.log import EventFilter
from dastak_sdk import CheckType
from database import STORES, Database, database
from percentile import percentile
from receiver import Sink, sink
from report import report
from sample_endpoint import sample_endpoint

T = TypeVar("T")

CONCURRENT_WRITES = 256
WINDOW = 128
EVENTS_PER_JOURNEY = 4


def plan(server: Database) -> Dastak:
    """A process on a fresh store."""
    return build(read_settings({**server.environment, "DASTAK_WEBHOOK_IN_FLIGHT": str(WINDOW)}))


async def in_parallel(works: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """Run all, some at a time; results in order."""
    gate = asyncio.Semaphore(CONCURRENT_WRITES)

    async def one(work: Callable[[], Awaitable[T]]) -> T:
        async with gate:
            return await work()

    return await asyncio.gather(*(one(work) for work in works))


async def populate(dastak: Dastak, target: Sink, journeys: int) -> list[KycLink]:
    """A merchant with one endpoint at the sink, and links to hang events on."""
    merchant = await dastak.accounts.create("Bench")
    endpoint = sample_endpoint(merchant.id, f"{target.url}/hooks", WINDOW)
    await dastak.store.endpoints.add_endpoint(endpoint)

    def creation(number: int) -> Callable[[], Awaitable[KycLink]]:
        new = NewLink(f"bench-{number}", "Full_kyc", "9999999999", "Test", "test@example.com", None, ())
        return lambda: dastak.issuer.create(merchant.id, new)

    links = await in_parallel([creation(number) for number in range(journeys)])
    await as_after_a_minute(dastak)
    return links


async def as_after_a_minute(dastak: Dastak) -> None:
    """Statistics of a database that was just filled, which a server takes by itself within a minute."""
    if isinstance(dastak.store, PostgresStore):
        await dastak.store.links._engine.write(lambda connection: connection.execute("ANALYZE"))  # noqa: SLF001


async def happen(dastak: Dastak, link: KycLink) -> tuple[str, int, int]:
    """One event: (journey, sequence, when its commit returned). A failed PAN check, through the real move and store."""

    async def find() -> KycLink:
        found = await dastak.store.links.link_by_code(link.code)
        if found is None:
            raise LookupError(link.id)
        return found

    signal = CheckFailed(CheckType.PAN, await dastak.store.links.next_reference_id(), "bench")
    after = await dastak.mover.signal(find, signal)
    return link.id, after.sequence, time.monotonic_ns()


async def accept(dastak: Dastak, links: Sequence[KycLink]) -> float:
    """Events accepted per second, nobody delivering: journey, event and delivery in one durable transaction each."""
    began = time.monotonic()
    for _ in range(EVENTS_PER_JOURNEY):
        await in_parallel([lambda link=link: happen(dastak, link) for link in links])  # type: ignore[misc]
    return len(links) * EVENTS_PER_JOURNEY / (time.monotonic() - began)


async def drained(dastak: Dastak) -> None:
    """Wait until nothing is owed."""
    while await dastak.store.deliveries.next_due() is not None:  # noqa: ASYNC110 - the store is what is watched
        await asyncio.sleep(0.02)


async def drain(dastak: Dastak, events: int) -> tuple[float, float]:
    """Deliver the backlog: (logged deliveries per second, CPU microseconds of this process per delivery)."""
    cpu, began = time.process_time(), time.monotonic()
    running = asyncio.create_task(dastak.dispatcher.run())
    await drained(dastak)
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    await dastak.dispatcher.stop()
    await running
    return events / took, cpu / events * 1e6


async def latency(dastak: Dastak, target: Sink, links: Sequence[KycLink], rate: int) -> list[float]:
    """Milliseconds from the commit's return to the receiver, at a fixed rate of events."""
    target.reset()
    merchant_id = links[0].merchant_id
    running = asyncio.create_task(dastak.dispatcher.run())
    works, began = [], time.monotonic()
    for number, link in enumerate(links):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        works.append(asyncio.create_task(happen(dastak, link)))
    committed = {(journey, sequence): at for journey, sequence, at in await asyncio.gather(*works)}
    await drained(dastak)
    await dastak.dispatcher.stop()
    await running
    arrivals, found, after = target.arrivals(), [], 0
    while rows := await dastak.store.history.events(merchant_id, EventFilter(), after, 1000):
        after = rows[-1].position
        for row in rows:
            at = committed.get((row.journey_id, row.sequence))
            if at is not None:
                found.append((arrivals[row.id] - at) / 1e6)
    return found


async def run(arguments: argparse.Namespace, target: Sink, folder: Path) -> None:
    """Measure and print."""
    client, bound_rate, bound_cpu = bound.measure(f"{target.url}/hooks", b"x" * 900)
    report(f"bound: {client}", f"{bound_rate:,.0f}/s", f"{bound_cpu:.1f} us of CPU each, same sink")
    with database(arguments.store, folder / "drain") as server:
        dastak = plan(server)
        await dastak.store.open()
        dastak.sender.start()
        links = await populate(dastak, target, arguments.events // EVENTS_PER_JOURNEY)
        accepted = await accept(dastak, links)
        report("events accepted", f"{accepted:,.0f}/s", "each durable before it returns; commits are shared")
        rate, cpu = await drain(dastak, len(links) * EVENTS_PER_JOURNEY)
        report("logged deliveries", f"{rate:,.0f}/s", f"ratio to the bound {rate / bound_rate:.3f}")
        report("CPU per delivery", f"{cpu:,.0f} us", f"ratio to the bound {cpu / bound_cpu:.1f}")
        await asyncio.to_thread(dastak.sender.stop)
        await dastak.store.close()
    with database(arguments.store, folder / "latency") as server:
        dastak = plan(server)
        await dastak.store.open()
        dastak.sender.start()
        links = await populate(dastak, target, arguments.rate * arguments.seconds)
        waits = await latency(dastak, target, links, arguments.rate)
        at = f"at {arguments.rate}/s for {arguments.seconds} s, {len(waits)} events"
        report("commit to receiver, p50", f"{percentile(waits, 50):.1f} ms", at)
        report("commit to receiver, p99", f"{percentile(waits, 99):.1f} ms", at)
        await asyncio.to_thread(dastak.sender.stop)
        await dastak.store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report("peak memory", f"{peak:,.0f} MiB", "of the process that accepts, delivers and measures")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", default="sqlite", choices=STORES, help="which store")
    parser.add_argument("--events", type=int, default=20_000, help="backlog to accept and drain")
    parser.add_argument("--rate", type=int, default=200, help="events per second for the latency figure")
    parser.add_argument("--seconds", type=int, default=10, help="how long that rate is held")
    arguments = parser.parse_args()
    configure_logs("error", "json")
    look_rarely()
    with tempfile.TemporaryDirectory() as folder, sink() as target:
        uvloop.run(run(arguments, target, Path(folder)))


if __name__ == "__main__":
    main()
