"""What a clock that was ahead has made wait too long, in SQLite. Called by `app.clock_watch`.

A retry waits from its last attempt on. Where that attempt lies in the future, the clock has gone back since: the wait
begins now. So it needs not be known how far it went, nor when.
"""

import sqlite3
from datetime import datetime, timedelta

from dastak.store.instant import to_us
from dastak.store.sqlite.endpoints import SqliteEndpoints
from dastak.store.sqlite.engine import Engine
from dastak.store.sqlite.lane import choose_head

WAITING_TOO_LONG = """
    SELECT d.position, d.endpoint_id, d.journey_id, :now + d.not_before - a.ended_at AS at
    FROM deliveries AS d INDEXED BY deliveries_by_lane
    JOIN attempts AS a ON a.delivery_position = d.position AND a.number = d.attempts
    WHERE d.state = 'pending' AND d.leased = 0 AND d.not_before > :now AND a.ended_at > :now
        AND d.not_before >= a.ended_at"""
WAIT_FROM_NOW = "UPDATE deliveries SET not_before = ? WHERE position = ?"
LEASES = "UPDATE deliveries SET due_at = max(:now, due_at - :by) WHERE leased = 1 AND due_at > :now"
"""A lease that nobody waits for any more (its row was claimed twice as the clock jumped) ends when it would have."""
NOTICES = """
    UPDATE notices SET due_at = max(:soonest, due_at - :by) WHERE due_at > :soonest"""
BEING_SENT_US = 90_000_000
"""A notice that is being sent is not taken on again before its lease can have ended."""


class SqliteClock:
    """Times in one file."""

    def __init__(self, engine: Engine, endpoints: SqliteEndpoints) -> None:
        self._engine = engine
        self._endpoints = endpoints

    async def retries_wait_from(self, now: datetime, by: timedelta) -> int:
        """Let retries of deliveries wait from now on, if their last attempt is still to come; how many."""
        at = to_us(now)

        def work(connection: sqlite3.Connection) -> int:
            connection.execute(LEASES, {"now": at, "by": by // timedelta(microseconds=1)})
            rows = connection.execute(WAITING_TOO_LONG, {"now": at}).fetchall()
            connection.executemany(WAIT_FROM_NOW, [(row["at"], row["position"]) for row in rows])
            for endpoint_id, journey_id in {(row["endpoint_id"], row["journey_id"]) for row in rows}:
                policy = self._endpoints.by_id(connection, endpoint_id).lane_policy
                choose_head(connection, endpoint_id, journey_id, policy, at)
            return len(rows)

        return await self._engine.write(work)

    async def notices_wait_less(self, now: datetime, by: timedelta) -> int:
        """Let messages that are tried again wait as much less as the clock went back; how many."""
        values = {"soonest": to_us(now) + BEING_SENT_US, "by": by // timedelta(microseconds=1)}
        return await self._engine.write(lambda connection: connection.execute(NOTICES, values).rowcount) if by else 0
