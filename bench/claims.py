"""What a claim and a settlement cost beside a long backlog and a long history, as ratios to a short one.

    .venv/bin/python bench/claims.py --backlogs 10000 1000000 --history 10000000

In: backlogs to compare, attempts in the log beforehand (PostgreSQL). Out: milliseconds of a claim of 250 deliveries and
of their settlement (the median of many), and the ratio of each backlog to the first; the goal for a hundred times the
backlog is at most 1.2. Each has a database of its own, all in one server, filled and vacuumed, and they are asked in
turn. No receiver and no socket: only the store works.
"""

import argparse
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop

from backlog import owe
from dastak.app.build import Dastak, build
from dastak.app.logs import configure_logs
from dastak.app.settings import read_settings
from dastak.store.postgres.store import PostgresStore
from dastak.webhooks.delivery import Claimed, Settled
from dastak.webhooks.ports import DeliveryQueue
from dastak.webhooks.post import Answer, Stage
from dastak.webhooks.signing import attempt_headers
from dastak.webhooks.verdict import Outcome, Verdict
from database import STORES, Database, databases
from report import report
from sample_endpoint import sample_endpoint

LEASE = timedelta(seconds=60)
AT_ONCE = 250
WARM_UP = 8
HISTORY = """
    INSERT INTO attempts (merchant_id, delivery_position, number, started_at, ended_at, status, outcome, reason,
        sealed_exchange)
    SELECT 'mer_history', n, 1, $1::bigint, $1::bigint, 200, 'delivered', 'answered 200',
        decode(repeat('5a', 120), 'hex')
    FROM generate_series($2::bigint, $3::bigint) AS n"""
HISTORY_AT_ONCE = 500_000


@dataclass
class Room:
    """Room for so many, wherever they go."""

    total: int
    taken: Counter[str] = field(default_factory=Counter)

    def left(self, endpoint_id: str, window: int, rate_per_second: float | None = None) -> int:  # noqa: ARG002 - the port
        return self.total


async def fill_history(store: PostgresStore, attempts: int) -> None:
    """Attempts that were made long ago."""
    engine: Any = store.links._engine  # noqa: SLF001
    ended = int((datetime.now(UTC) - timedelta(days=3)).timestamp() * 1e6)
    for first in range(0, attempts, HISTORY_AT_ONCE):
        last = min(first + HISTORY_AT_ONCE, attempts)
        await engine.write(lambda one, a=first, b=last: one.execute(HISTORY, ended, a + 1, b, timeout=300))


async def measure(queue: DeliveryQueue) -> tuple[float, float]:
    """Milliseconds of one claim, and of settling it."""
    now = datetime.now(UTC)
    began = time.perf_counter()
    claimed = await queue.claim(now, now + LEASE, Room(AT_ONCE))
    claim = time.perf_counter() - began
    settled = [_delivered(one, now) for one in claimed]
    began = time.perf_counter()
    if len(claimed) != AT_ONCE:
        raise SystemExit(f"a claim brought {len(claimed)} of {AT_ONCE}")
    await queue.settle(settled, now)
    return claim * 1e3, (time.perf_counter() - began) * 1e3


def _delivered(one: Claimed, now: datetime) -> Settled:
    headers = attempt_headers(
        event_id=one.event_id,
        body=one.body,
        client_secret=one.client_secret,
        endpoint_secrets=one.endpoint.signing_secrets(now),
        attempt=one.attempt,
        now=now,
        sequence=one.sequence,
        journey_id=one.journey_id,
    )
    answer = Answer(one.id, Stage.ANSWERED, 200, (("content-length", "2"),), b"ok", address="127.0.0.1")
    return Settled(one, headers, answer, Verdict(Outcome.DELIVERED, "answered 200"), now, now)


@dataclass(frozen=True)
class Stock:
    """A database with so much in it, kept at that."""

    name: str
    dastak: Dastak
    merchant_id: str
    backlog: int

    async def top_up(self) -> None:
        """Owe what is missing to the backlog."""
        missing = self.backlog - await self.dastak.store.deliveries.pending(self.backlog)
        await owe(self.dastak.store, [self.merchant_id], missing, per_journey=1)


async def stock(server: Database, backlog: int, history: int) -> Stock:
    """Fill a database, and let it come to rest as one that has grown over days has."""
    dastak = build(read_settings(dict(server.environment)))
    await dastak.store.open()
    merchant = await dastak.accounts.create("Bench")
    await dastak.store.endpoints.add_endpoint(sample_endpoint(merchant.id, "http://127.0.0.1:9/hooks", 256))
    if isinstance(dastak.store, PostgresStore):
        await fill_history(dastak.store, history)
    name = f"backlog {backlog:,}" + (f", history {history:,}" if history else "")
    one = Stock(name, dastak, merchant.id, backlog)
    await one.top_up()
    await server.rest()
    return one


async def compare(stocks: Sequence[Stock], rounds: int) -> None:
    """Ask each in turn, round after round, and print: whatever else the machine does meets them all alike."""
    taken: dict[str, list[tuple[float, float]]] = {one.name: [] for one in stocks}
    for number in range(WARM_UP + rounds):
        for one in stocks:
            await one.top_up()
        for one in stocks if number % 2 else reversed(stocks):
            milliseconds = await measure(one.dastak.store.deliveries)
            if number >= WARM_UP:
                taken[one.name].append(milliseconds)
    for one in stocks:
        for at, what in enumerate(("a claim of", "to settle")):
            here = statistics.median(pair[at] for pair in taken[one.name])
            ratio = here / statistics.median(pair[at] for pair in taken[stocks[0].name])
            report("" if at else one.name, f"{here:.1f} ms", f"{what} {AT_ONCE}; ratio {ratio:.2f}")


async def run(arguments: argparse.Namespace, folder: Path) -> None:
    """Fill every store, then compare them."""
    sizes = [(backlog, 0) for backlog in arguments.backlogs]
    if arguments.history:
        sizes.append((arguments.backlogs[-1], arguments.history))
    async with AsyncExitStack() as opened:
        servers = databases(arguments.store, folder, len(sizes))
        stocks = [await stock(server, *size) for server, size in zip(opened.enter_context(servers), sizes, strict=True)]
        for one in stocks:
            opened.push_async_callback(one.dastak.store.close)
        await compare(stocks, arguments.rounds)


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", default="postgres", choices=STORES)
    parser.add_argument("--backlogs", type=int, nargs="+", default=[10_000, 1_000_000], help="shortest first")
    parser.add_argument("--history", type=int, default=0, help="attempts in the log before the last measurement")
    parser.add_argument("--rounds", type=int, default=60)
    arguments = parser.parse_args()
    configure_logs("error", "json")
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(run(arguments, Path(folder)))


if __name__ == "__main__":
    main()
