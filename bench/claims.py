"""What a claim and a settlement cost beside a long backlog and a long history, as ratios to a short one.

    .venv/bin/python bench/claims.py --backlogs 10000 1000000 --history 10000000

In: backlogs to compare, attempts in the log beforehand (PostgreSQL). Out: milliseconds of a claim of 250 deliveries and
of their settlement (the median of many), and the ratio of each backlog to the first; the goal for a hundred times the
backlog is at most 1.2. No receiver and no socket: only the store works.
"""

import argparse
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
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
from dastak.webhooks.post import Answer, Stage
from dastak.webhooks.signing import attempt_headers
from dastak.webhooks.verdict import Outcome, Verdict
from database import STORES, database
from report import report
from sample_endpoint import sample_endpoint

LEASE = timedelta(seconds=60)
AT_ONCE = 250
ROUNDS = 25
WARM_UP = 5
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


async def measure(dastak: Dastak, rounds: int) -> tuple[float, float]:
    """Milliseconds of a claim, and of settling it: medians."""
    queue, claims, settlements = dastak.store.deliveries, [], []
    for _ in range(rounds):
        now = datetime.now(UTC)
        began = time.perf_counter()
        claimed = await queue.claim(now, now + LEASE, Room(AT_ONCE))
        claims.append(time.perf_counter() - began)
        settled = [_delivered(one, now) for one in claimed]
        began = time.perf_counter()
        if len(claimed) != AT_ONCE:
            raise SystemExit(f"a claim brought {len(claimed)} of {AT_ONCE}")
        await queue.settle(settled, now)
        settlements.append(time.perf_counter() - began)
    return statistics.median(claims) * 1e3, statistics.median(settlements) * 1e3


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


async def run(arguments: argparse.Namespace, backlogs: Sequence[int], folder: Path) -> None:
    """Measure each backlog on one store that grows, and print."""
    with database(arguments.store, folder) as server:
        dastak = build(read_settings(dict(server.environment)))
        await dastak.store.open()
        merchant = await dastak.accounts.create("Bench")
        await dastak.store.endpoints.add_endpoint(sample_endpoint(merchant.id, "http://127.0.0.1:9/hooks", 256))
        cases = [(backlog, 0) for backlog in backlogs]
        if arguments.history and isinstance(dastak.store, PostgresStore):
            cases.append((backlogs[-1], arguments.history))
        first: tuple[float, float] | None = None
        for backlog, history in cases:
            if history and isinstance(dastak.store, PostgresStore):
                await fill_history(dastak.store, history)
            missing = backlog - await dastak.store.deliveries.pending(backlog)
            await owe(dastak.store, [merchant.id], max(0, missing), per_journey=1)
            await measure(dastak, WARM_UP)
            claim, settle = await measure(dastak, ROUNDS)
            first = first or (claim, settle)
            name = f"backlog {backlog:,}" + (f", history {history:,}" if history else "")
            report(name, f"{claim:.1f} ms", f"a claim of {AT_ONCE}; ratio {claim / first[0]:.2f}")
            report("", f"{settle:.1f} ms", f"to settle it; ratio {settle / first[1]:.2f}")
        await dastak.store.close()


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", default="postgres", choices=STORES)
    parser.add_argument("--backlogs", type=int, nargs="+", default=[10_000, 1_000_000], help="shortest first")
    parser.add_argument("--history", type=int, default=0, help="attempts in the log before the last measurement")
    arguments = parser.parse_args()
    configure_logs("error", "json")
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(run(arguments, arguments.backlogs, Path(folder)))


if __name__ == "__main__":
    main()
