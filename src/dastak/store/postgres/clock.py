"""What a clock that was ahead has made wait too long, in PostgreSQL. Called by `app.clock_watch`.

A retry waits from its last attempt on. Where that attempt lies in the future, the clock has gone back since: the wait
begins now. So it needs not be known how far it went, nor when, and any number of processes may ask.
"""

from datetime import datetime, timedelta

from dastak.store.instant import to_us
from dastak.store.postgres.engine import Connection, Engine
from dastak.store.postgres.lane import Lane, choose_heads, lock

TOO_LONG = """
    FROM queue AS q CROSS JOIN LATERAL (
        SELECT a.ended_at FROM attempts AS a
        WHERE a.merchant_id = q.merchant_id AND a.delivery_position = q.position AND a.number = q.attempts
            AND a.ended_at > $1 AND a.ended_at <= q.not_before
        LIMIT 1
    ) AS last
    WHERE q.not_before > $1 AND q.leased_by IS NULL"""
WAITING_TOO_LONG = f"SELECT DISTINCT q.merchant_id, q.lane {TOO_LONG}"
WAIT_FROM_NOW = f"""
    UPDATE queue SET not_before = late.at
    FROM (SELECT q.merchant_id, q.lane, q.position, $1 + q.not_before - last.ended_at AS at {TOO_LONG}) AS late
    WHERE queue.merchant_id = late.merchant_id AND queue.lane = late.lane AND queue.position = late.position"""
LEASES = """
    UPDATE queue SET lease_until = greatest($1, lease_until - $2::bigint)
    FROM (
        SELECT merchant_id, lane, position FROM queue WHERE leased_by IS NOT NULL AND lease_until > $1
        ORDER BY lane, sequence FOR UPDATE SKIP LOCKED
    ) AS held
    WHERE queue.merchant_id = held.merchant_id AND queue.lane = held.lane AND queue.position = held.position"""
"""A lease that nobody waits for any more (its row was claimed twice as the clock jumped) ends when it would have."""
NOTICES = """
    UPDATE notices SET due_at = greatest($1::bigint, due_at - $2::bigint) WHERE due_at > $1::bigint"""
BEING_SENT_US = 90_000_000
"""A notice that is being sent is not taken on again before its lease can have ended."""


class PostgresClock:
    """Times in one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def retries_wait_from(self, now: datetime, by: timedelta) -> int:
        """Let retries of deliveries wait from now on, if their last attempt is still to come; how many."""
        at = to_us(now)

        async def work(connection: Connection) -> int:
            if by:
                await connection.execute(LEASES, at, by // timedelta(microseconds=1))
            found = [Lane(*row) for row in await connection.fetch(WAITING_TOO_LONG, at)]
            lanes = list(await lock(connection, found))
            moved = await connection.execute(WAIT_FROM_NOW, at) if lanes else "UPDATE 0"
            await choose_heads(connection, lanes, at)
            return int(moved.split()[-1])

        return await self._engine.write(work)

    async def notices_wait_less(self, now: datetime, by: timedelta) -> int:
        """Let messages that are tried again wait as much less as the clock went back; how many."""
        if not by:
            return 0
        values = (to_us(now) + BEING_SENT_US, by // timedelta(microseconds=1))
        moved = await self._engine.write(lambda connection: connection.execute(NOTICES, *values))
        return int(moved.split()[-1])
