"""What retention costs whoever works meanwhile, and whether it keeps a store bounded.

In: a fresh store (SQLite, or a PostgreSQL of our own), days of deliveries made as a server makes them, only faster.
Out: on paper (stdout), how long an ingest and a claim with its settlement take while the keeper lets go of all of it,
to the same without; then the rows that are left day after day, while as many come as go.

    .venv/bin/python bench/retention.py --store postgres --attempts 200000
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from backlog import owe
from dastak.accounts.merchant import ApiKey, Merchant
from dastak.app.build import Store, open_store
from dastak.app.settings import read_settings
from dastak.webhooks.delivery import Claimed, Settled
from dastak.webhooks.keeper import Keeper
from dastak.webhooks.post import Answer, Stage, Timings
from dastak.webhooks.retention import Retention
from dastak.webhooks.verdict import Outcome, Verdict
from database import STORES, database
from percentile import percentile
from report import report
from sample_endpoint import sample_endpoint

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
LEASE = timedelta(minutes=5)
MERCHANTS = [f"mer_{number}" for number in range(4)]
HEADERS = tuple((f"x-header-{number}", "a value of common length") for number in range(10))
SENT = Answer("", Stage.ANSWERED, 200, HEADERS, b'{"ok": true}', timings=Timings(1, 2, 3, 4, 5))
TABLES = ("events", "deliveries", "attempts")


@dataclass(frozen=True)
class Room:
    """For everything."""

    total: int = 400

    def left(self, endpoint_id: str, window: int, rate_per_second: float | None = None) -> int:
        del endpoint_id, window, rate_per_second
        return self.total


@dataclass
class Times:
    """How long each call took, in milliseconds."""

    ingest: list[float] = field(default_factory=list)
    claim: list[float] = field(default_factory=list)


async def made(store: Store) -> None:
    """Merchants with an endpoint each."""
    await store.open()
    for id_ in MERCHANTS:
        await store.merchants.add_merchant(Merchant(id_, "Sample", (ApiKey(f"dk_{id_}", f"dks_{id_}", START),), START))
        await store.endpoints.add_endpoint(sample_endpoint(id_, "https://merchant.example.com/hooks", 256))


def settled(one: Claimed, at: datetime) -> Settled:
    """As a dispatcher reports a success."""
    return Settled(one, HEADERS, SENT, Verdict(Outcome.DELIVERED, "answered 200", None), at, at)


async def deliver(store: Store, at: datetime) -> int:
    """Claim once and settle; how many."""
    claimed = await store.deliveries.claim(at, at + LEASE, Room())
    if claimed:
        await store.deliveries.settle([settled(one, at) for one in claimed], at)
    return len(claimed)


async def a_day(store: Store, number: int, attempts: int) -> datetime:
    """Everything that happens on a day; when."""
    at = START + number * DAY
    await store.retention.prepare(at)
    await owe(store, MERCHANTS, attempts, at=at)
    while await deliver(store, at):
        pass
    return at


async def timed(call: Callable[[], Awaitable[object]], into: list[float]) -> None:
    """Call, and note how long it took."""
    began = time.perf_counter()
    await call()
    into.append((time.perf_counter() - began) * 1000)


async def work(store: Store, at: datetime, until: Callable[[int], bool]) -> Times:
    """Ingest forty events and deliver them, again and again."""
    times, rounds = Times(), 0
    while not until(rounds):
        await timed(lambda: owe(store, MERCHANTS, 40, at=at), times.ingest)
        await timed(lambda: deliver(store, at), times.claim)
        await asyncio.sleep(0.002)
        rounds += 1
    return times


async def compare(store: Store, attempts: int, days: int) -> None:
    """The same work without and with the keeper."""
    for number in range(days):
        await a_day(store, number, attempts // days)
    at = START + (days + 9) * DAY
    await store.retention.prepare(at)
    await work(store, at, lambda rounds: rounds == 50)
    alone = await work(store, at, lambda rounds: rounds == 400)
    keeper = Keeper(store.retention, Retention(5, 6, 7, 8, 9), now=lambda: at)
    began = time.monotonic()
    sweeping = asyncio.ensure_future(keeper.sweep())
    beside = await work(store, at, lambda _: sweeping.done())
    gone, took = await sweeping, time.monotonic() - began
    report("rows that went", f"{gone:,}", f"{gone / took:,.0f} a second, {len(beside.ingest)} rounds of work beside it")
    for name, one, two in (("ingest", alone.ingest, beside.ingest), ("claim and settle", alone.claim, beside.claim)):
        before, after = percentile(one, 99), percentile(two, 99)
        report(f"{name}: p99 to p99", f"{after / before:.2f}", f"{before:.1f} ms alone, {after:.1f} ms beside")
        report(f"{name}: longest", f"{max(two) / max(one):.2f}", f"{max(one):.1f} ms alone, {max(two):.1f} ms beside")


async def flat(store: Store, attempts: int, days: int, first: int) -> None:
    """As many come as go: rows after each day."""
    for number in range(first, first + days):
        at = await a_day(store, number, attempts)
        await Keeper(store.retention, Retention(1, 2, 2, 3, 1), now=partial(_same, at), sleep=_at_once).sweep()
        counts = await rows(store)
        report(f"day {number - first + 1}", f"{sum(counts):,}", ", ".join(map("{:,} {}".format, counts, TABLES)))


async def rows(store: Store) -> list[int]:
    """How many there are in each table."""
    engine: Any = store.retention._engine  # noqa: SLF001 - counted behind the ports
    found = []
    for table in TABLES:
        sql = f"SELECT count(*) FROM {table}"
        if "postgres" in type(store).__module__:
            found.append(int(await engine.read(lambda one, sql=sql: one.fetchval(sql))))
        else:
            found.append(int(await engine.read(lambda one, sql=sql: one.execute(sql).fetchone()[0])))
    return found


def _same(at: datetime) -> datetime:
    return at


async def _at_once(span: timedelta) -> None:
    del span


async def measure(store: Store, arguments: argparse.Namespace) -> None:
    """Both."""
    await made(store)
    try:
        await compare(store, arguments.attempts, arguments.days)
        await flat(store, arguments.attempts // arguments.days, 8, arguments.days + 20)
    finally:
        await store.close()


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", choices=STORES, default="sqlite")
    parser.add_argument("--attempts", type=int, default=200_000, help="how many the keeper finds")
    parser.add_argument("--days", type=int, default=10, help="over how many days")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(arguments.store, Path(folder)) as fresh:
        uvloop.run(measure(open_store(read_settings(fresh.environment)), arguments))


if __name__ == "__main__":
    main()
