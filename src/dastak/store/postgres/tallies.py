"""How many journeys came how far, in PostgreSQL. Fulfils `journeys.tally.TallyReader`.

In: the steps that moves made, within their transaction. Out: sums by half hour, template and step.

Each number lies in several rows, its shards, of which a transaction takes one by chance: those that commit at the same
moment seldom wait for each other. Counting is the last thing that a transaction does, and it takes its rows in one
order: nobody holds them while waiting for something else.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dastak.journeys.tally import Kind, Tally, slot_of
from dastak.store.instant import from_us, to_us
from dastak.store.postgres.engine import Connection, Engine

SHARDS = 8
COUNT = """
    INSERT INTO journey_counts AS c (merchant_id, kind, slot, template, step, shard, number)
    SELECT s.merchant_id, s.kind, s.slot, s.template, s.step, $6::int, count(*)
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[])
        AS s (merchant_id, kind, slot, template, step)
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (merchant_id, kind, slot, template, step, shard) DO UPDATE SET number = c.number + excluded.number"""
TALLIES = """
    SELECT slot, template, step, sum(number)::bigint AS number FROM journey_counts
    WHERE merchant_id = $1 AND kind = $2 AND slot >= $3 AND slot < $4 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""


@dataclass(frozen=True, slots=True)
class Steps:
    """What one journey newly came to."""

    merchant_id: str
    kind: Kind
    begun: datetime
    template: str
    steps: Sequence[str]


class PostgresTallies:
    """The numbers of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def tallies(self, merchant_id: str, kind: Kind, since: datetime, until: datetime) -> Sequence[Tally]:
        rows = await self._engine.rows(TALLIES, merchant_id, kind.value, to_us(slot_of(since)), to_us(until))
        return [Tally(from_us(row["slot"]), row["template"], row["step"], row["number"]) for row in rows]


async def count_steps(connection: Connection, made: Sequence[Steps]) -> None:
    """Count each journey for each of its steps; the last statement of a transaction."""
    rows = [
        (one.merchant_id, one.kind.value, to_us(slot_of(one.begun)), one.template, step)
        for one in made
        for step in one.steps
    ]
    if rows:
        await connection.execute(COUNT, *map(list, zip(*rows, strict=True)), random.randrange(SHARDS))
