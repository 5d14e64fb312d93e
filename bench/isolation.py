"""What endpoints that hang cost the others: their p99 with half of all endpoints hanging, as a ratio to none hanging.

    .venv/bin/python bench/isolation.py

In: how many endpoints (each its own merchant's), at which rate of events over all, for how long. Out: p50 and p99 from
the commit's return to the receiver, of the same half of the endpoints in both cases, and their ratio; the goal is 2.
Everything is real, as in `delivery.py`; a receiver that hangs takes the request and never answers.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from dastak.app.build import Dastak, build
from dastak.app.logs import configure_logs
from dastak.app.settings import read_settings
from dastak.journeys.kyc_link.issuing import NewLink
from dastak.journeys.kyc_link.link import KycLink
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.log import EventFilter
from delivery import happen, in_parallel
from percentile import percentile
from receiver import Sink, sink
from report import report
from sample_endpoint import sample_endpoint

ARRIVAL_PATIENCE = 30


@dataclass(frozen=True)
class Case:
    """One measurement."""

    endpoints: int
    hanging: int
    rate: int
    seconds: int
    timeout: int


async def add_endpoint(dastak: Dastak, url: str) -> Endpoint:
    """A merchant with one endpoint."""
    merchant = await dastak.accounts.create("Bench")
    endpoint = sample_endpoint(merchant.id, url)
    await dastak.store.endpoints.add_endpoint(endpoint)
    return endpoint


async def add_links(dastak: Dastak, endpoints: list[Endpoint], count: int) -> list[KycLink]:
    """Links of the merchants in turn."""

    def creation(number: int) -> Callable[[], Coroutine[Any, Any, KycLink]]:
        new = NewLink(f"bench-{number}", "Full_kyc", "9999999999", "Test", "test@example.com", None, ())
        return lambda: dastak.issuer.create(endpoints[number % len(endpoints)].merchant_id, new)

    return await in_parallel([creation(number) for number in range(count)])


async def waits(dastak: Dastak, target: Sink, case: Case) -> list[float]:
    """Milliseconds from commit to receiver of every event of the half that never hangs."""
    target.reset()
    paths = ["hang" if number < case.hanging else "hooks" for number in range(case.endpoints)]
    endpoints = [await add_endpoint(dastak, f"{target.url}/{path}") for path in paths]
    links = await add_links(dastak, endpoints, case.rate * case.seconds)
    running = asyncio.create_task(dastak.dispatcher.run())
    works, began = [], time.monotonic()
    for number, link in enumerate(links):
        await asyncio.sleep(max(0.0, began + number / case.rate - time.monotonic()))
        works.append(asyncio.create_task(happen(dastak, link)))
    committed = {(journey, sequence): at for journey, sequence, at in await asyncio.gather(*works)}
    watched = {endpoint.merchant_id for endpoint in endpoints[case.endpoints // 2 :]}
    wanted = await event_ids(dastak, watched, committed)
    arrivals = await all_arrived(target, set(wanted))
    await dastak.dispatcher.stop()
    await running
    return [(arrivals[id_] - at) / 1e6 for id_, at in wanted.items()]


async def event_ids(dastak: Dastak, merchants: set[str], committed: dict[tuple[str, int], int]) -> dict[str, int]:
    """Event id → when its commit returned, of those merchants."""
    found = {}
    for merchant_id in merchants:
        after = 0
        while rows := await dastak.store.history.events(merchant_id, EventFilter(), after, 1000):
            after = rows[-1].position
            found.update({row.id: committed[row.journey_id, row.sequence] for row in rows})
    return found


async def all_arrived(target: Sink, wanted: set[str]) -> dict[str, int]:
    """The receiver's arrivals, once all of these are among them."""
    end = time.monotonic() + ARRIVAL_PATIENCE
    while not wanted <= (arrivals := target.arrivals()).keys():
        if time.monotonic() > end:
            raise SystemExit(f"{len(wanted - arrivals.keys())} events of healthy endpoints did not arrive")
        await asyncio.sleep(0.2)
    return arrivals


async def measured(target: Sink, case: Case) -> list[float]:
    """One case on a fresh store."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "DASTAK_DATA_DIR": str(Path(folder) / "data"),
            "DASTAK_WEBHOOK_FIRST_BYTE_TIMEOUT_SECONDS": str(case.timeout),
            "DASTAK_WEBHOOK_TOTAL_TIMEOUT_SECONDS": str(case.timeout),
        }
        dastak = build(read_settings(settings))
        await dastak.store.open()
        dastak.sender.start()
        try:
            return await waits(dastak, target, case)
        finally:
            await asyncio.to_thread(dastak.sender.stop)
            await dastak.store.close()


async def run(arguments: argparse.Namespace, target: Sink) -> None:
    """Measure both cases in turn, several times, and print."""
    found: dict[int, list[float]] = {0: [], arguments.endpoints // 2: []}
    for _ in range(arguments.rounds):
        for hanging in found:
            case = Case(arguments.endpoints, hanging, arguments.rate, arguments.seconds, arguments.timeout)
            found[hanging] += await measured(target, case)
    p99 = {}
    for hanging, times in found.items():
        p99[hanging] = percentile(times, 99)
        name = f"{hanging} of {arguments.endpoints} hanging"
        report(f"{name}, p50", f"{percentile(times, 50):.1f} ms", f"{len(times)} events of the other endpoints")
        report(f"{name}, p99", f"{p99[hanging]:.1f} ms")
    report("p99 ratio", f"{p99[arguments.endpoints // 2] / p99[0]:.2f}", "goal: at most 2")


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoints", type=int, default=20, help="how many, each of its own merchant")
    parser.add_argument("--rate", type=int, default=100, help="events per second over all of them")
    parser.add_argument("--seconds", type=int, default=8, help="how long that rate is held, in each case and round")
    parser.add_argument("--rounds", type=int, default=2, help="how often each case is measured")
    parser.add_argument("--timeout", type=int, default=3, help="seconds after which an attempt is given up")
    arguments = parser.parse_args()
    configure_logs("error", "json")
    with sink() as target:
        uvloop.run(run(arguments, target))


if __name__ == "__main__":
    main()
