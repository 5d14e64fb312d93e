"""Counts of attempts by endpoint and hour, in SQLite. Fulfils `webhooks.ports.HourStore`."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from dastak.store.instant import from_us, to_us
from dastak.store.sqlite.engine import Engine
from dastak.webhooks.hours import EndpointHour, added

ONE = "SELECT * FROM endpoint_hours WHERE merchant_id = ? AND endpoint_id = ? AND hour = ?"
PUT = """
    INSERT OR REPLACE INTO endpoint_hours (merchant_id, endpoint_id, hour, accepted, refused, silent, bands)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
OF_ONE = "SELECT * FROM endpoint_hours WHERE merchant_id = ? AND endpoint_id = ? AND hour >= ? ORDER BY hour"
OF_ALL = """
    SELECT h.* FROM endpoints AS e CROSS JOIN endpoint_hours AS h
        ON h.merchant_id = e.merchant_id AND h.endpoint_id = e.id AND h.hour >= ?2
    WHERE e.merchant_id = ?1 AND e.state <> 'deleted' ORDER BY h.endpoint_id, h.hour"""
"""From endpoint to endpoint, so that only the hours asked for are looked at."""


class SqliteHours:
    """The counts of one file."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def add_hours(self, hours: Sequence[EndpointHour]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            for one in hours:
                row = connection.execute(ONE, (one.merchant_id, one.endpoint_id, to_us(one.hour))).fetchone()
                connection.execute(PUT, _values(one if row is None else added(_hour(row), one)))

        await self._engine.write(work, durable=False)

    async def hours(self, merchant_id: str, since: datetime, endpoint_id: str | None = None) -> Sequence[EndpointHour]:
        def work(connection: sqlite3.Connection) -> list[EndpointHour]:
            rows = (
                connection.execute(OF_ALL, (merchant_id, to_us(since)))
                if endpoint_id is None
                else connection.execute(OF_ONE, (merchant_id, endpoint_id, to_us(since)))
            )
            return [_hour(row) for row in rows]

        return await self._engine.read(work)


def _values(one: EndpointHour) -> tuple[object, ...]:
    counts = (one.accepted, one.refused, one.silent)
    return one.merchant_id, one.endpoint_id, to_us(one.hour), *counts, json.dumps(one.bands)


def _hour(row: sqlite3.Row) -> EndpointHour:
    return EndpointHour(
        row["merchant_id"],
        row["endpoint_id"],
        from_us(row["hour"]),
        row["accepted"],
        row["refused"],
        row["silent"],
        tuple(json.loads(row["bands"])),
    )
