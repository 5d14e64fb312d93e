"""Lets go of what was kept long enough in PostgreSQL. Fulfils `webhooks.retention.Expiring`.

Attempts go by whole days (`days`). Everything else is walked merchant by merchant in the order of positions, which is
the order of time, so that no index of age has to be kept up to date for it. Each step is one short transaction that
skips what others have locked. A row is locked first and looked at again in a later statement: so nothing that is sent
again at the same moment goes.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from itertools import takewhile

import asyncpg

from dastak.store.instant import to_us
from dastak.store.postgres.days import Days
from dastak.store.postgres.engine import BEGIN_RELAXED, Connection, Engine
from dastak.store.postgres.step import changed, count_of, fetched
from dastak.webhooks.retention import Expired, Kept

OLD_DELIVERIES = """
    SELECT m.id FROM merchants AS m CROSS JOIN LATERAL (
        SELECT created_at FROM deliveries WHERE merchant_id = m.id ORDER BY position LIMIT 1) AS first
    WHERE m.id > $1 AND first.created_at < $2 ORDER BY m.id LIMIT 1"""
NEXT_DELIVERIES = """
    SELECT position, created_at FROM deliveries WHERE merchant_id = $1 AND position > $2 ORDER BY position LIMIT $3"""
LOCK_FINISHED = """
    SELECT position FROM deliveries
    WHERE merchant_id = $1 AND position = ANY($2::bigint[]) AND coalesce(finished_at, 0) < $3
    FOR UPDATE SKIP LOCKED"""
NOT_QUEUED = """
    SELECT d.position FROM deliveries AS d
    WHERE d.merchant_id = $1 AND d.position = ANY($2::bigint[]) AND NOT EXISTS (
        SELECT 1 FROM queue AS q WHERE q.lane = d.lane AND q.position = d.position AND q.merchant_id = d.merchant_id)"""
ATTEMPTED_SINCE = """
    SELECT DISTINCT delivery_position FROM attempts
    WHERE merchant_id = $1 AND delivery_position = ANY($2::bigint[]) AND ended_at >= $3"""
"""Asked after `NOT_QUEUED`: what was settled between the two statements has its attempt by now."""
DELETE_DELIVERIES = """
    WITH gone AS (SELECT unnest($2::bigint[]) AS position), listed AS (
        DELETE FROM given_up AS g USING gone WHERE g.merchant_id = $1 AND g.position = gone.position
    ), attempted AS (
        DELETE FROM attempts_rest AS a USING gone WHERE a.merchant_id = $1 AND a.delivery_position = gone.position
    )
    DELETE FROM deliveries AS d USING gone WHERE d.merchant_id = $1 AND d.position = gone.position"""

OLD_BODIES = """
    SELECT m.id, coalesce(k.position, 0) AS mark FROM merchants AS m
    LEFT JOIN retention_marks AS k ON k.merchant_id = m.id
    CROSS JOIN LATERAL (
        SELECT occurred_at FROM events WHERE merchant_id = m.id AND position > coalesce(k.position, 0)
        ORDER BY position LIMIT 1) AS first
    WHERE m.id > $1 AND first.occurred_at < $2 ORDER BY m.id LIMIT 1"""
NEXT_EVENTS = """
    SELECT position, id, occurred_at FROM events WHERE merchant_id = $1 AND position > $2 ORDER BY position LIMIT $3"""
LOCK_EVENTS = """
    SELECT position, id FROM events WHERE merchant_id = $1 AND position = ANY($2::bigint[])
    FOR NO KEY UPDATE SKIP LOCKED"""
OWED = """
    SELECT DISTINCT d.event_position FROM deliveries AS d
    JOIN queue AS q ON q.lane = d.lane AND q.position = d.position AND q.merchant_id = d.merchant_id
    WHERE d.merchant_id = $1 AND d.event_id = ANY($2::text[])"""
BLANK_BODIES = """
    UPDATE events SET sealed_body = ''
    WHERE merchant_id = $1 AND position = ANY($2::bigint[]) AND octet_length(sealed_body) > 0"""
MARK = """
    INSERT INTO retention_marks AS k (merchant_id, position) VALUES ($1, $2)
    ON CONFLICT (merchant_id) DO UPDATE SET position = greatest(k.position, excluded.position)"""

OLD_EVENTS = """
    SELECT m.id FROM merchants AS m CROSS JOIN LATERAL (
        SELECT occurred_at FROM events WHERE merchant_id = m.id ORDER BY position LIMIT 1) AS first
    WHERE m.id > $1 AND first.occurred_at < $2 ORDER BY m.id LIMIT 1"""
STILL_LOGGED = "SELECT DISTINCT event_id FROM deliveries WHERE merchant_id = $1 AND event_id = ANY($2::text[])"
DELETE_EVENTS = "DELETE FROM events WHERE merchant_id = $1 AND position = ANY($2::bigint[])"

DELETE_NOTICES = """
    DELETE FROM notices WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM notices WHERE finished_at < $1 AND state <> 'pending'
        ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED))"""
DELETE_HOURS = """
    DELETE FROM endpoint_hours WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM endpoint_hours WHERE hour < $1 LIMIT $2 FOR UPDATE SKIP LOCKED))"""

Steps = AsyncIterator[int]
"""One short transaction each: how many rows went."""


class PostgresRetention:
    """The keeper's side of one database."""

    def __init__(self, engine: Engine, days: Days) -> None:
        self._engine = engine
        self._days = days
        self._at_most = 0
        self._under_way: dict[Kept, tuple[int, Steps | None]] = {}
        self._classes: Mapping[Kept, Callable[[int], Steps]] = {
            Kept.EXCHANGES: lambda before: days.blank(before, self._how_many),
            Kept.DELIVERIES: self._deliveries,
            Kept.BODIES: self._bodies,
            Kept.EVENTS: self._events,
            Kept.NOTICES: lambda before: self._each(DELETE_NOTICES, before),
            Kept.HOURS: lambda before: self._each(DELETE_HOURS, before),
        }

    async def prepare(self, now: datetime) -> None:
        await self._days.prepare(now)

    async def expire(self, what: Kept, before: datetime, at_most: int) -> Expired:
        self._at_most = at_most
        since, steps = self._under_way.pop(what, (0, None))
        if steps is None or since != to_us(before):
            steps = self._classes[what](to_us(before))
        async for count in steps:
            self._under_way[what] = (to_us(before), steps)
            return Expired(count, more=True)
        return Expired(0, more=False)

    def _how_many(self) -> int:
        return self._at_most

    async def _deliveries(self, before: int) -> Steps:
        merchant_id = ""
        while (row := await self._next_merchant(OLD_DELIVERIES, merchant_id, before)) is not None:
            merchant_id, after, more = row[0], 0, True
            while more:
                count, after, more = await self._finished(merchant_id, after, before)
                yield count
        async for count in self._days.drop(before, self._how_many):
            yield count

    async def _finished(self, merchant_id: str, after: int, before: int) -> tuple[int, int, bool]:
        """Let go of the next ones; how many went, the last position, whether older ones may follow."""

        async def work(connection: Connection) -> tuple[int, int, bool]:
            rows = await connection.fetch(NEXT_DELIVERIES, merchant_id, after, self._at_most)
            old = [row["position"] for row in rows if row["created_at"] < before]
            last = rows[-1]["position"] if rows else after
            if old:
                locked = _first(await connection.fetch(LOCK_FINISHED, merchant_id, old, before))
                ended = _first(await connection.fetch(NOT_QUEUED, merchant_id, locked))
                lately = set(_first(await connection.fetch(ATTEMPTED_SINCE, merchant_id, ended, before)))
                gone = [position for position in ended if position not in lately]
                await connection.execute(DELETE_DELIVERIES, merchant_id, gone)
                return len(gone), last, len(rows) == self._at_most
            return 0, last, False

        return await self._engine.write(work, begin=BEGIN_RELAXED)

    async def _bodies(self, before: int) -> Steps:
        merchant_id = ""
        while (row := await self._next_merchant(OLD_BODIES, merchant_id, before)) is not None:
            merchant_id, after, more, all_gone = row[0], row[1], True, True
            while more:
                count, after, more, all_gone = await self._blanked(merchant_id, after, before, all_gone=all_gone)
                yield count

    async def _blanked(
        self, merchant_id: str, after: int, before: int, *, all_gone: bool
    ) -> tuple[int, int, bool, bool]:
        """As `_finished`, and whether no body is left up to here."""

        async def work(connection: Connection) -> tuple[int, int, bool, bool]:
            rows = await connection.fetch(NEXT_EVENTS, merchant_id, after, self._at_most)
            old = [row["position"] for row in rows if row["occurred_at"] < before]
            if not old:
                return 0, after, False, all_gone
            locked = await connection.fetch(LOCK_EVENTS, merchant_id, old)
            owed = set(_first(await connection.fetch(OWED, merchant_id, [row["id"] for row in locked])))
            free = [row["position"] for row in locked if row["position"] not in owed]
            done = await connection.execute(BLANK_BODIES, merchant_id, free)
            gone = list(takewhile(set(free).__contains__, (row["position"] for row in rows)))
            if all_gone and gone:
                await connection.execute(MARK, merchant_id, gone[-1])
            more = len(rows) == self._at_most
            return count_of(done), rows[-1]["position"], more, all_gone and len(gone) == len(rows)

        return await self._engine.write(work, begin=BEGIN_RELAXED)

    async def _events(self, before: int) -> Steps:
        merchant_id = ""
        while (row := await self._next_merchant(OLD_EVENTS, merchant_id, before)) is not None:
            merchant_id, after, more = row[0], 0, True
            while more:
                count, after, more = await self._forgotten(merchant_id, after, before)
                yield count

    async def _forgotten(self, merchant_id: str, after: int, before: int) -> tuple[int, int, bool]:
        """As `_finished`, for events."""

        async def work(connection: Connection) -> tuple[int, int, bool]:
            rows = await connection.fetch(NEXT_EVENTS, merchant_id, after, self._at_most)
            old = [row for row in rows if row["occurred_at"] < before]
            if not old:
                return 0, after, False
            logged = set(_first(await connection.fetch(STILL_LOGGED, merchant_id, [row["id"] for row in old])))
            free = [row["position"] for row in old if row["id"] not in logged]
            await connection.execute(DELETE_EVENTS, merchant_id, free)
            return len(free), rows[-1]["position"], len(rows) == self._at_most

        return await self._engine.write(work, begin=BEGIN_RELAXED)

    async def _each(self, sql: str, before: int) -> Steps:
        """Delete what the statement finds old, so many at a time."""
        more = True
        while more:
            at_most = self._at_most
            count = await changed(self._engine, sql, before, at_most)
            more = count == at_most
            yield count

    async def _next_merchant(self, sql: str, after: str, before: int) -> tuple[str, int] | None:
        """The next merchant with something old, and where to begin."""
        rows = await fetched(self._engine, sql, after, before)
        return (rows[0][0], rows[0][1] if len(rows[0]) > 1 else 0) if rows else None


def _first(rows: "list[asyncpg.Record]") -> list[int]:
    """The first column."""
    return [row[0] for row in rows]
