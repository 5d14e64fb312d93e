"""Reading events, deliveries and attempts back from SQLite, and resending. Fulfils `webhooks.log.LogReader`."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from dastak.store.event_rows import event_from, opened
from dastak.store.instant import from_us, maybe_from_us, maybe_us, to_us
from dastak.store.records import exchange_from
from dastak.store.sqlite.deeds import Deeds
from dastak.store.sqlite.endpoints import SqliteEndpoints
from dastak.store.sqlite.engine import Engine
from dastak.store.sqlite.lane import choose_head
from dastak.store.vault import Vault
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import EndpointState
from dastak.webhooks.log import AttemptRow, DeliveryFilter, DeliveryRow, EventFilter, EventPage, EventRow, Resent

EVENTS = "SELECT * FROM events INDEXED BY {} WHERE merchant_id = ? AND position > ?"
"""The planner has no statistics, and would look for one journey in a whole history."""
WINDOW = """
    SELECT max(position) AS last, count(*) AS size FROM (
        SELECT position FROM events WHERE merchant_id = ? AND position > ? ORDER BY position LIMIT ?)"""
LATEST = "SELECT max(position) AS last FROM events WHERE merchant_id = ?"
LATEST_OF = """
    SELECT value AS merchant_id, (SELECT max(position) FROM events WHERE merchant_id = value) AS last
    FROM json_each(?)"""
EVENT = "SELECT * FROM events WHERE merchant_id = ? AND id = ?"
DELIVERIES = "SELECT * FROM deliveries WHERE merchant_id = ? AND position > ?"
DELIVERY = "SELECT * FROM deliveries WHERE merchant_id = ? AND id = ?"
ATTEMPTS = "SELECT * FROM attempts WHERE delivery_position = ? ORDER BY number, rowid"
HAS_BODY = "SELECT 1 FROM events WHERE position = ? AND sealed_body <> x''"
RESEND = """
    UPDATE deliveries SET state = 'pending', failures = 0, not_before = 0, finished_at = NULL
    WHERE position = ?"""


class SqliteHistory:
    """The log of one file."""

    def __init__(self, engine: Engine, vault: Vault, deeds: Deeds, endpoints: SqliteEndpoints) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds
        self._endpoints = endpoints

    async def events(self, merchant_id: str, which: EventFilter, after: int, limit: int) -> Sequence[EventRow]:
        sql, values = _filtered(EVENTS.format(_index(which)), _wanted(which))
        rows = await self._rows(sql, (merchant_id, after, *values, limit))
        return [event_from(self._vault, row) for row in rows]

    async def event_page(self, merchant_id: str, which: EventFilter, after: int, limit: int, scan: int) -> EventPage:
        wanted = _wanted(which)
        is_few = which.journey_id is not None or which.verification_id is not None
        scan = scan if any(value is not None for value in wanted.values()) else limit

        def window(connection: sqlite3.Connection) -> tuple[int, bool]:
            """How far to look, and whether that is all. Events of one journey are few, with an index of their own."""
            if is_few:
                last = connection.execute(LATEST, (merchant_id,)).fetchone()["last"]
                return max(last or 0, after), True
            row = connection.execute(WINDOW, (merchant_id, after, scan)).fetchone()
            return row["last"] or after, row["size"] < scan

        def work(connection: sqlite3.Connection) -> EventPage:
            end, is_last = window(connection)
            sql, values = _filtered(EVENTS.format(_index(which)), {**wanted, "position <= ?": end})
            rows = connection.execute(sql, (merchant_id, after, *values, limit)).fetchall()
            if len(rows) == limit:
                end, is_last = rows[-1]["position"], False
            return EventPage([event_from(self._vault, row) for row in rows], end, is_last)

        return await self._engine.read(work)

    async def latest_positions(self, merchant_ids: Collection[str]) -> Mapping[str, int]:
        rows = await self._rows(LATEST_OF, (json.dumps(list(merchant_ids)),))
        return {row["merchant_id"]: row["last"] for row in rows if row["last"] is not None}

    async def event(self, merchant_id: str, event_id: str) -> EventRow | None:
        rows = await self._rows(EVENT, (merchant_id, event_id))
        return event_from(self._vault, rows[0]) if rows else None

    async def deliveries(
        self, merchant_id: str, which: DeliveryFilter, after: int, limit: int
    ) -> Sequence[DeliveryRow]:
        wanted = {
            "event_id = ?": which.event_id,
            "endpoint_id = ?": which.endpoint_id,
            "state = ?": which.state.value if which.state else None,
            "verification_id = ?": which.verification_id,
            "finished_at >= ?": maybe_us(which.since),
            "finished_at < ?": maybe_us(which.until),
        }
        sql, values = _filtered(DELIVERIES, wanted)
        rows = await self._rows(sql, (merchant_id, after, *values, limit))
        return [delivery_from(row) for row in rows]

    async def delivery(self, merchant_id: str, delivery_id: str) -> DeliveryRow | None:
        rows = await self._rows(DELIVERY, (merchant_id, delivery_id))
        return delivery_from(rows[0]) if rows else None

    async def attempts(self, merchant_id: str, delivery_id: str) -> Sequence[AttemptRow]:
        def work(connection: sqlite3.Connection) -> list[AttemptRow]:
            row = connection.execute(DELIVERY, (merchant_id, delivery_id)).fetchone()
            if row is None:
                return []
            return [self._attempt(attempt) for attempt in connection.execute(ATTEMPTS, (row["position"],))]

        return await self._engine.read(work)

    async def resend(self, merchant_id: str, delivery_id: str, now: datetime) -> Resent:
        def work(connection: sqlite3.Connection) -> Resent:
            row = connection.execute(DELIVERY, (merchant_id, delivery_id)).fetchone()
            if row is None or row["state"] == DeliveryState.CANCELLED.value:
                return Resent.IMPOSSIBLE
            endpoint = self._endpoints.by_id(connection, row["endpoint_id"])
            if endpoint.state is EndpointState.DELETED:  # it would wait for ever
                return Resent.IMPOSSIBLE
            if row["leased"]:
                return Resent.IN_FLIGHT
            if connection.execute(HAS_BODY, (row["event_position"],)).fetchone() is None:
                return Resent.BODY_EXPIRED
            connection.execute(RESEND, (row["position"],))
            choose_head(connection, endpoint.id, row["journey_id"], endpoint.lane_policy, to_us(now))
            return Resent.BEGUN

        return await self._deeds.write(merchant_id, work, delivery_id, done=lambda resent: resent is Resent.BEGUN)

    async def _rows(self, sql: str, values: tuple[object, ...]) -> list[sqlite3.Row]:
        return await self._engine.read(lambda connection: connection.execute(sql, values).fetchall())

    def _attempt(self, row: sqlite3.Row) -> AttemptRow:
        box = opened(self._vault, row["sealed_exchange"], f"attempt/{row['delivery_position']}/{row['number']}")
        request_headers, answer_headers, answer_body = exchange_from(box) if box else ((), (), b"")
        return AttemptRow(
            number=row["number"],
            started_at=from_us(row["started_at"]),
            ended_at=from_us(row["ended_at"]),
            outcome=row["outcome"],
            reason=row["reason"],
            stage=row["stage"],
            status=row["status"],
            address=row["address"],
            request_headers=request_headers,
            answer_headers=answer_headers,
            answer_body=answer_body,
            answer_truncated=bool(row["answer_truncated"]),
            resolved_us=row["resolved_us"],
            connected_us=row["connected_us"],
            tls_us=row["tls_us"],
            first_byte_us=row["first_byte_us"],
            total_us=row["total_us"],
        )


def _index(which: EventFilter) -> str:
    if which.journey_id is not None:
        return "events_by_journey"
    return "events_in_order" if which.verification_id is None else "events_by_verification_id"


def _wanted(which: EventFilter) -> dict[str, object]:
    return {
        "verification_id = ?": which.verification_id,
        "journey_id = ?": which.journey_id,
        "type = ?": which.type,
        "occurred_at >= ?": to_us(which.since) if which.since else None,
        "occurred_at < ?": to_us(which.until) if which.until else None,
        "sequence >= ?": which.sequence_from,
        "sequence <= ?": which.sequence_to,
    }


def _filtered(sql: str, wanted: Mapping[str, object]) -> tuple[str, list[object]]:
    """Add the conditions that have a value; the conditions are constants of this module."""
    given = {condition: value for condition, value in wanted.items() if value is not None}
    conditions = "".join(f" AND {condition}" for condition in given)
    return f"{sql}{conditions} ORDER BY position LIMIT ?", list(given.values())


def delivery_from(row: sqlite3.Row) -> DeliveryRow:
    """One delivery, of a row with the columns that this module reads."""
    return DeliveryRow(
        position=row["position"],
        id=row["id"],
        event_id=row["event_id"],
        event_type=row["event_type"],
        journey_id=row["journey_id"],
        verification_id=row["verification_id"],
        sequence=row["sequence"],
        endpoint_id=row["endpoint_id"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        next_attempt_at=None if row["leased"] else maybe_from_us(row["due_at"]),
        last_status=row["last_status"],
        last_reason=row["last_reason"],
        created_at=from_us(row["created_at"]),
        finished_at=maybe_from_us(row["finished_at"]),
    )
