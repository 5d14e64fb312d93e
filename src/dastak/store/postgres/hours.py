"""Counts of attempts by endpoint and hour, in PostgreSQL. Fulfils `webhooks.ports.HourStore`.

Processes add to the same rows at the same time: each takes their locks in the order of the key.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from dastak.store.instant import from_us, to_us
from dastak.store.postgres.engine import BEGIN_RELAXED, Connection, Engine
from dastak.webhooks.hours import EndpointHour

ADD = """
    INSERT INTO endpoint_hours AS h (merchant_id, endpoint_id, hour, accepted, refused, silent, bands)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (merchant_id, endpoint_id, hour) DO UPDATE SET accepted = h.accepted + excluded.accepted,
        refused = h.refused + excluded.refused, silent = h.silent + excluded.silent,
        bands = ARRAY(SELECT one + other FROM unnest(h.bands, excluded.bands) WITH ORDINALITY AS b (one, other, place)
            ORDER BY place)"""
OF_ONE = "SELECT * FROM endpoint_hours WHERE merchant_id = $1 AND hour >= $2 AND endpoint_id = $3 ORDER BY hour"
OF_ALL = """
    SELECT h.* FROM endpoints AS e CROSS JOIN LATERAL (
        SELECT * FROM endpoint_hours WHERE merchant_id = e.merchant_id AND endpoint_id = e.id AND hour >= $2) AS h
    WHERE e.merchant_id = $1 AND e.state <> 'deleted' ORDER BY h.endpoint_id, h.hour"""
"""From endpoint to endpoint, so that only the hours asked for are looked at."""


class PostgresHours:
    """The counts of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def add_hours(self, hours: Sequence[EndpointHour]) -> None:
        rows = [_values(one) for one in hours]

        async def work(connection: Connection) -> None:
            await connection.executemany(ADD, rows)

        await self._engine.write(work, begin=BEGIN_RELAXED)

    async def hours(self, merchant_id: str, since: datetime, endpoint_id: str | None = None) -> Sequence[EndpointHour]:
        if endpoint_id is None:
            rows = await self._engine.rows(OF_ALL, merchant_id, to_us(since))
        else:
            rows = await self._engine.rows(OF_ONE, merchant_id, to_us(since), endpoint_id)
        return [_hour(row) for row in rows]


def _values(one: EndpointHour) -> tuple[object, ...]:
    counts = (one.accepted, one.refused, one.silent)
    return one.merchant_id, one.endpoint_id, to_us(one.hour), *counts, list(one.bands)


def _hour(row: asyncpg.Record) -> EndpointHour:
    return EndpointHour(
        row["merchant_id"],
        row["endpoint_id"],
        from_us(row["hour"]),
        row["accepted"],
        row["refused"],
        row["silent"],
        tuple(row["bands"]),
    )
