"""Attempts lie in a partition for each day (UTC) on which they ended, so that a day can go as a whole.

In: days. Out: partitions made ahead, exchanges removed, whole days dropped. `retention` and `store` call it.

What no partition takes lies in `attempts_rest`: it is looked through once for each cut-off, and should be small. Locks
that keep others out are waited for only a moment and held only for a moment; who does not get one tries again later.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta

import structlog
from asyncpg import exceptions as pg

from dastak.store.instant import to_us
from dastak.store.postgres.engine import Connection, Engine
from dastak.store.postgres.migration import LOCK
from dastak.store.postgres.step import changed, fetched

log = structlog.get_logger("dastak.store")

AHEAD = 3
"""Days for which partitions are made beforehand."""

REST = "attempts_rest"
LOCK_MILLISECONDS = 50
"""Whoever comes after us waits for as long as we wait."""
TRIES = 5
LESS = "exchanges removed"
"""What a partition's comment says once it holds none."""
ROWS_OF_A_BLOCK = 10
"""About: with the exchange, an attempt has some 800 bytes."""

MADE = """
    SELECT c.relname AS name, coalesce(obj_description(c.oid, 'pg_class'), '') AS comment
    FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'attempts'::regclass AND c.relname ~ '^attempts_[0-9]{8}$' ORDER BY c.relname"""
IS_MADE = """
    SELECT 1 FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'attempts'::regclass AND c.relname = $1"""
BLOCKS = "SELECT pg_relation_size(to_regclass($1::text)) / current_setting('block_size')::bigint"
MAKE = """
    CREATE TABLE {name} (LIKE attempts INCLUDING ALL);
    ALTER TABLE attempts ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO ({until})"""
"""Attaching locks out nobody but who reads the rest; making a partition in place would lock out everybody."""
BLANK = """
    UPDATE {name} SET sealed_exchange = NULL
    WHERE ctid >= $1::tid AND ctid < $2::tid AND sealed_exchange IS NOT NULL AND ended_at < $3"""
SURVIVORS = """
    SELECT DISTINCT a.merchant_id, a.delivery_position FROM (
        SELECT merchant_id, delivery_position FROM {name} WHERE ctid >= $1::tid AND ctid < $2::tid OFFSET 0) AS a
    WHERE EXISTS (
        SELECT 1 FROM deliveries AS d WHERE d.merchant_id = a.merchant_id AND d.position = a.delivery_position)"""
MOVE = """
    INSERT INTO attempts SELECT a.* FROM unnest($1::text[], $2::bigint[]) AS s (merchant_id, position)
    JOIN {name} AS a ON a.delivery_position = s.position AND a.merchant_id = s.merchant_id"""
ORPHANS = """
    DELETE FROM attempts_rest AS a WHERE ctid >= $1::tid AND ctid < $2::tid AND ended_at < $3 AND NOT EXISTS (
        SELECT 1 FROM deliveries AS d WHERE d.merchant_id = a.merchant_id AND d.position = a.delivery_position)"""

Survivor = tuple[str, int]


class _InUse(Exception):  # noqa: N818 - the name says what happened
    """Somebody holds what we want for longer than we wait."""


class Days:
    """The partitions of one database."""

    def __init__(self, engine: Engine, direct: Engine) -> None:
        """`direct` may change the schema; `engine` is what everybody uses."""
        self._engine = engine
        self._direct = direct
        self._rest_blank_before = 0

    async def prepare(self, now: datetime) -> None:
        """Make today's partition and those of the next days. A day that has begun in the rest stays there."""
        today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
        for ahead in range(AHEAD + 1):
            await self._make(today + timedelta(days=ahead))

    async def blank(self, before: int, at_most: Callable[[], int]) -> AsyncIterator[int]:
        """Remove exchanges older than this, step by step; how many in each."""
        for name, comment in await self._old(before):
            if comment == LESS:
                continue
            with suppress(pg.UndefinedTableError):  # another keeper dropped it
                async for count in self._walk(name, BLANK, before, at_most):
                    yield count
                await self._say(name, LESS)
        if self._rest_blank_before != before:
            async for count in self._walk(REST, BLANK, before, at_most):
                yield count
            self._rest_blank_before = before

    async def drop(self, before: int, at_most: Callable[[], int]) -> AsyncIterator[int]:
        """Drop the days that ended before this, once what survives of them is known, and clear the rest."""
        for name, _ in await self._old(before):
            survivors: set[Survivor] = set()
            with suppress(pg.UndefinedTableError):  # another keeper was first, as `_dropped` will find
                async for found in self._survivors(name, at_most):
                    survivors |= found
                    yield 0
            for _ in range(TRIES):
                if await self._dropped(name, survivors):
                    break
                yield 0
            else:
                log.warning("day_in_use", name=name)
        async for count in self._walk(REST, ORPHANS, before, at_most):
            yield count

    async def _make(self, day: datetime) -> None:
        name = name_of(day)
        sql = MAKE.format(name=name, first=to_us(day), until=to_us(day + timedelta(days=1)))

        async def work(connection: Connection) -> None:
            if await connection.fetchval(IS_MADE, name) is None:
                await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
                if await connection.fetchval(IS_MADE, name) is None:
                    await _briefly(connection, sql)

        try:
            await self._direct.write(work)
        except pg.CheckViolationError:  # the rest has rows of that day
            log.info("day_has_begun", name=name)
        except _InUse:
            log.info("day_not_made", name=name)

    async def _say(self, name: str, comment: str) -> None:
        sql = f"COMMENT ON TABLE {name} IS '{comment}'"
        await self._direct.write(lambda connection: connection.execute(sql))

    async def _old(self, before: int) -> list[tuple[str, str]]:
        """Names and comments of the days that ended before this."""
        rows = await self._engine.read(lambda connection: connection.fetch(MADE))
        return [(row["name"], row["comment"]) for row in rows if _end_of(row["name"]) <= before]

    async def _walk(self, name: str, sql: str, before: int, at_most: Callable[[], int]) -> AsyncIterator[int]:
        """Change a table from block to block, as it is now; how many rows in each step."""
        async for first, until in self._ranges(name, at_most):
            yield await changed(self._engine, sql.format(name=name), (first, 0), (until, 0), before)

    async def _survivors(self, name: str, at_most: Callable[[], int]) -> AsyncIterator[set[Survivor]]:
        """Deliveries that are kept and have attempts of that day, block by block."""
        async for first, until in self._ranges(name, at_most):
            rows = await fetched(self._engine, SURVIVORS.format(name=name), (first, 0), (until, 0))
            yield {(row[0], row[1]) for row in rows}

    async def _ranges(self, name: str, at_most: Callable[[], int]) -> AsyncIterator[tuple[int, int]]:
        blocks = await self._engine.read(lambda connection: connection.fetchval(BLOCKS, name)) or 0
        first = 0
        while first < blocks:
            until = first + max(1, at_most() // ROWS_OF_A_BLOCK)
            yield first, until
            first = until

    async def _dropped(self, name: str, survivors: set[Survivor]) -> bool:
        """Drop it, and put what survives into the rest; False if somebody is in the way."""
        in_order = sorted(survivors)
        kept = ([merchant_id for merchant_id, _ in in_order], [position for _, position in in_order])

        async def work(connection: Connection) -> None:
            await _briefly(connection, f"ALTER TABLE attempts DETACH PARTITION {name}")
            if survivors:
                await connection.execute(MOVE.format(name=name), *kept)
            await connection.execute(f"DROP TABLE {name}")

        try:
            await self._direct.write(work)
        except _InUse:
            return False
        except pg.UndefinedTableError:  # another process was first
            return True
        return True


async def _briefly(connection: Connection, sql: str) -> None:
    """Run what needs a lock on a whole table, without making others wait long for us to get it. Raises `_InUse`."""
    await connection.execute(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}")
    try:
        await connection.execute(sql)
    except pg.LockNotAvailableError:
        raise _InUse from None
    await connection.execute("SET LOCAL lock_timeout = 0")


def name_of(day: datetime) -> str:
    """The name of a day's partition."""
    return f"attempts_{day:%Y%m%d}"


def _end_of(name: str) -> int:
    day = datetime.strptime(name.rpartition("_")[2], "%Y%m%d").replace(tzinfo=UTC)
    return to_us(day + timedelta(days=1))
