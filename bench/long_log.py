"""Makes a log of deliveries long: rows as a server leaves them behind, by plain SQL, a hundred thousand a second.

In: an open store, a merchant with endpoints, how many deliveries there shall be. Out: the rows, ten for each journey:
`jrn_000000007` has `v-000000007`, and those of even numbers are KYC Links. One in a hundred was given up, one in a
thousand cancelled, the newest few hundred are pending; times lie a second apart. Bodies and exchanges are empty: what
reads one delivery does not get slower by others.
"""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dastak.app.build import Store
from dastak.store.instant import to_us
from dastak.store.postgres.lane import lane_name
from dastak.store.postgres.outbox import FIRST_POSITION
from dastak.store.postgres.store import PostgresStore

AT_ONCE = 50_000
PENDING = 400
SECOND = 1_000_000
PER_JOURNEY = 10
TYPES = (
    (*("KYC_LINK_ACTION_PERFORMED",) * (PER_JOURNEY - 1), "KYC_LINK_SUCCESS"),
    (*("VKYC_USER_PRECHECK_FAILED",) * (PER_JOURNEY - 1), "VKYC_AUDITOR_REVIEW_COMPLETED"),
)
"""Of a KYC Link's events, and of a Video KYC's."""
RARE = "KYC_LINK_EXPIRED"
"""Of none."""

SQLITE_EVENTS = """
    INSERT INTO events (merchant_id, id, journey_id, verification_id, type, sequence, occurred_at, sealed_body)
    VALUES (?, ?, ?, ?, ?, ?, ?, x'')"""
SQLITE_DELIVERIES = """
    INSERT INTO deliveries (merchant_id, id, event_position, event_id, event_type, endpoint_id, journey_id,
        verification_id, sequence, state, attempts, last_status, last_reason, created_at, finished_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?)"""
SQLITE_ATTEMPTS = """
    INSERT INTO attempts (merchant_id, delivery_position, number, started_at, ended_at, outcome, reason, stage, status,
        address, resolved_us, connected_us, tls_us, first_byte_us, total_us, answer_truncated, sealed_exchange)
    SELECT merchant_id, position, 1, created_at, created_at, 'delivered', 'answered 200', 'answered', 200, '', 1, 2, 3,
        4, 5, 0, x''
    FROM deliveries WHERE merchant_id = ? AND position > ?"""
POSTGRES_EVENTS = """
    INSERT INTO events (merchant_id, position, id, journey_id, verification_id, type, sequence, occurred_at,
        sealed_body)
    SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[],
        $8::bigint[], $9::bytea[])"""
POSTGRES_DELIVERIES = """
    INSERT INTO deliveries (merchant_id, position, id, event_position, event_id, event_type, endpoint_id, journey_id,
        verification_id, sequence, lane, state, attempts, created_at)
    SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::integer[], $11::bigint[], $12::text[], $13::integer[], $14::bigint[])"""
POSTGRES_GIVEN_UP = "INSERT INTO given_up (merchant_id, position) SELECT $1, unnest($2::bigint[])"
POSTGRES_QUEUE = """
    INSERT INTO queue (merchant_id, endpoint, lane, sequence, position, event_position, due_at, created_at, attempts,
        failures, delivery_id)
    SELECT $1, e.number, a.lane, a.sequence, a.position, a.event_position, a.created_at, a.created_at, 1, 1, a.id
    FROM unnest($2::text[], $3::bigint[], $4::integer[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[])
        AS a (endpoint_id, lane, sequence, position, event_position, created_at, id)
    JOIN endpoints AS e ON e.merchant_id = $1 AND e.id = a.endpoint_id"""
POSTGRES_ATTEMPTS = """
    INSERT INTO attempts (merchant_id, delivery_position, number, started_at, ended_at, status, outcome, reason,
        sealed_exchange)
    SELECT $1, a.position, 1, a.at, a.at, 200, 'delivered', 'answered 200', NULL
    FROM unnest($2::bigint[], $3::bigint[]) AS a (position, at)"""


async def lengthen(store: Store, merchant_id: str, endpoint_ids: Sequence[str], count: int, until: datetime) -> None:
    """Append so many deliveries, the newest a second before `until`."""
    ends = to_us(until)
    engine: Any = store.links._engine  # noqa: SLF001 - a short cut for benchmarks, past journeys and their checks
    for begin in range(0, count, AT_ONCE):
        rows = [
            _row(number, endpoint_ids, ends - (count - number) * SECOND, is_pending=number >= count - PENDING)
            for number in range(begin, min(count, begin + AT_ONCE))
        ]
        if isinstance(store, PostgresStore):
            await engine.write(lambda one, rows=rows: _postgres(one, merchant_id, rows))
        else:
            await engine.write(lambda one, rows=rows: _sqlite(one, merchant_id, rows))


class _Row:
    """One delivery, and its event."""

    __slots__ = ("at", "endpoint_id", "event_id", "id", "journey", "sequence", "state", "type")

    def __init__(self, number: int, endpoint_id: str, at: int, state: str) -> None:
        self.id, self.event_id, self.journey = f"dlv_{number:09d}", f"evt_{number:09d}", f"{number // PER_JOURNEY:09d}"
        self.endpoint_id, self.at, self.state = endpoint_id, at, state
        self.sequence = number % PER_JOURNEY + 1
        self.type = TYPES[number // PER_JOURNEY % 2][number % PER_JOURNEY]


def _row(number: int, endpoint_ids: Sequence[str], at: int, *, is_pending: bool) -> _Row:
    state = "given_up" if number % 100 == 7 else "cancelled" if number % 1000 == 13 else "delivered"
    endpoint_id = endpoint_ids[number // PER_JOURNEY % len(endpoint_ids)]
    return _Row(number, endpoint_id, at, "pending" if is_pending else state)


def _sqlite(connection: sqlite3.Connection, merchant_id: str, rows: Sequence[_Row]) -> None:
    last = connection.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()[0]
    delivered = connection.execute("SELECT coalesce(max(position), 0) FROM deliveries").fetchone()[0]
    connection.executemany(
        SQLITE_EVENTS,
        (
            (merchant_id, row.event_id, f"jrn_{row.journey}", f"v-{row.journey}", row.type, row.sequence, row.at)
            for row in rows
        ),
    )
    connection.executemany(
        SQLITE_DELIVERIES,
        (
            (
                *(merchant_id, row.id, last + 1 + at, row.event_id, row.type, row.endpoint_id, f"jrn_{row.journey}"),
                *(f"v-{row.journey}", row.sequence, row.state, 200, "answered 200", row.at),
                None if row.state == "pending" else row.at,
            )
            for at, row in enumerate(rows)
        ),
    )
    connection.execute(SQLITE_ATTEMPTS, (merchant_id, delivered))


async def _postgres(connection: Any, merchant_id: str, rows: Sequence[_Row]) -> None:
    first = int(await connection.fetchval(FIRST_POSITION))
    places = {row.id: first + len(rows) + at for at, row in enumerate(rows)}
    lanes = {row.id: lane_name(row.endpoint_id, f"jrn_{row.journey}") for row in rows}
    events = list(range(first, first + len(rows)))
    journeys, verifications = [f"jrn_{row.journey}" for row in rows], [f"v-{row.journey}" for row in rows]
    types, sequences, times = [row.type for row in rows], [row.sequence for row in rows], [row.at for row in rows]
    ids = [row.event_id for row in rows]
    await connection.execute(
        POSTGRES_EVENTS, merchant_id, events, ids, journeys, verifications, types, sequences, times, [b""] * len(rows)
    )
    states = ["open" if row.state in ("delivered", "pending") else row.state for row in rows]
    await connection.execute(
        POSTGRES_DELIVERIES,
        *(merchant_id, list(places.values()), [row.id for row in rows], events, ids, types),
        *([row.endpoint_id for row in rows], journeys, verifications, sequences, list(lanes.values()), states),
        *([1] * len(rows), times),
    )
    of = {state: [row for row in rows if row.state == state] for state in ("given_up", "pending", "delivered")}
    await connection.execute(POSTGRES_GIVEN_UP, merchant_id, [places[row.id] for row in of["given_up"]])
    await connection.execute(
        POSTGRES_QUEUE,
        *(merchant_id, [row.endpoint_id for row in of["pending"]], [lanes[row.id] for row in of["pending"]]),
        *([row.sequence for row in of["pending"]], [places[row.id] for row in of["pending"]]),
        *([places[row.id] - len(rows) for row in of["pending"]], [row.at for row in of["pending"]]),
        [row.id for row in of["pending"]],
    )
    delivered = of["delivered"]
    await connection.execute(
        POSTGRES_ATTEMPTS, merchant_id, [places[row.id] for row in delivered], [row.at for row in delivered]
    )
