"""How many journeys came how far, in SQLite. Fulfils `journeys.tally.TallyReader`.

In: the steps that a move made, within its transaction. Out: sums by half hour, template and step.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from dastak.journeys.tally import Kind, Tally, slot_of
from dastak.store.instant import from_us, to_us
from dastak.store.sqlite.engine import Engine

COUNT = """
    INSERT INTO journey_counts (merchant_id, kind, slot, template, step, number) VALUES (?, ?, ?, ?, ?, 1)
    ON CONFLICT (merchant_id, kind, slot, template, step) DO UPDATE SET number = number + 1"""
TALLIES = """
    SELECT slot, template, step, number FROM journey_counts
    WHERE merchant_id = ? AND kind = ? AND slot >= ? AND slot < ? ORDER BY slot, template, step"""


class SqliteTallies:
    """The numbers of one file."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def tallies(self, merchant_id: str, kind: Kind, since: datetime, until: datetime) -> Sequence[Tally]:
        values = (merchant_id, kind.value, to_us(slot_of(since)), to_us(until))
        rows = await self._engine.read(lambda connection: connection.execute(TALLIES, values).fetchall())
        return [Tally(from_us(row["slot"]), row["template"], row["step"], row["number"]) for row in rows]


def count_steps(
    connection: sqlite3.Connection,
    merchant_id: str,
    kind: Kind,
    begun: datetime,
    template: str,
    steps: Sequence[str],
) -> None:
    """Count one journey for each of these steps."""
    slot = to_us(slot_of(begun))
    connection.executemany(COUNT, [(merchant_id, kind.value, slot, template, step) for step in steps])
