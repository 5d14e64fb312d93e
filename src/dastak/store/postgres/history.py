"""Reading events, deliveries and attempts back from PostgreSQL, and resending. Fulfils `webhooks.log.LogReader`.

Positions grow with transactions, and a transaction that began earlier may commit later. So events are read only below
every transaction that still runs: whoever goes on from a cursor then misses nothing, ever. A reader who comes while
such a transaction is about to end waits a moment for it, so that what was acknowledged is also seen.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import asyncpg

from dastak.store.event_rows import event_from, opened
from dastak.store.instant import from_us, maybe_from_us, maybe_us, to_us
from dastak.store.postgres.deeds import Deeds
from dastak.store.postgres.engine import BEGIN_PAGING, BEGIN_PLANNED, BEGIN_READING, Connection, Engine
from dastak.store.postgres.lane import Lane, choose_heads, lock
from dastak.store.postgres.outbox import POSITION_BITS
from dastak.store.postgres.told import UNTOLD, told_from
from dastak.store.vault import Vault
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import EndpointState
from dastak.webhooks.log import AttemptRow, DeliveryFilter, DeliveryRow, EventFilter, EventPage, EventRow, Resent

T = TypeVar("T")

BELOW_ALL_THAT_RUNS = f"""
    SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + position_offset) << {POSITION_BITS}
    FROM deployment"""
EVENTS = "SELECT * FROM events WHERE merchant_id = $1 AND position > $2 AND position < $3"
HIDDEN = "SELECT 1 FROM events WHERE merchant_id = $1 AND position >= $2 LIMIT 1"
WINDOW = """
    SELECT max(position) AS last, count(*) AS size FROM (
        SELECT position FROM events WHERE merchant_id = $1 AND position > $2 AND position < $3
        ORDER BY position LIMIT $4) AS looked"""
LATEST = "SELECT max(position) FROM events WHERE merchant_id = $1 AND position < $2"
LATEST_OF = """
    SELECT asked.id, (SELECT max(position) FROM events WHERE merchant_id = asked.id AND position < $2) AS last
    FROM unnest($1::text[]) AS asked (id)"""
EVENT = "SELECT * FROM events WHERE merchant_id = $1 AND id = $2"
FINISHED_AT = "coalesce(a.ended_at, d.finished_at)"
COLUMNS = f"""
    SELECT d.position, d.id, d.event_id, d.event_type, d.journey_id, d.verification_id, d.sequence, d.endpoint_id,
        d.lane, d.created_at, q.due_at, q.leased_by,
        CASE WHEN d.state <> 'open' THEN d.state WHEN q.position IS NULL THEN 'delivered' ELSE 'pending' END AS state,
        coalesce(q.attempts, greatest(d.attempts, a.number)) AS attempts,
        CASE WHEN a.number IS NOT NULL THEN a.status ELSE d.last_status END AS last_status,
        coalesce(a.reason, d.last_reason) AS last_reason, {FINISHED_AT} AS finished_at"""
QUEUED = """
    queue AS q ON d.state = 'open' AND q.lane = d.lane AND q.position = d.position AND q.merchant_id = d.merchant_id"""
LAST_ATTEMPT = """
    LEFT JOIN LATERAL (
        SELECT number, status, reason, ended_at FROM attempts
        WHERE d.state = 'open' AND q.position IS NULL AND merchant_id = d.merchant_id
            AND delivery_position = d.position AND ended_at >= d.created_at - 3600000000
        ORDER BY number DESC, started_at DESC LIMIT 1) AS a ON true"""
"""Looked for in the partitions since the event, give or take an hour by which clocks may differ."""
DELIVERIES = f"""{COLUMNS} FROM deliveries AS d LEFT JOIN {QUEUED} {LAST_ATTEMPT}
    WHERE d.merchant_id = $1 AND d.position > $2"""
OWED = f"""{COLUMNS} FROM (SELECT * FROM queue WHERE merchant_id = $1 AND position > $2) AS q
    JOIN deliveries AS d ON d.merchant_id = q.merchant_id AND d.position = q.position {LAST_ATTEMPT} WHERE true"""
UNDELIVERED = f"""{COLUMNS} FROM given_up AS g
    JOIN deliveries AS d ON d.merchant_id = g.merchant_id AND d.position = g.position LEFT JOIN {QUEUED} {LAST_ATTEMPT}
    WHERE g.merchant_id = $1 AND g.position > $2"""
"""Each state is looked for where it is few: pending in the queue, given up in its list, the rest in the log."""
SOURCES = {DeliveryState.PENDING: OWED, DeliveryState.GIVEN_UP: UNDELIVERED}
IN_STATE = {
    DeliveryState.PENDING: "",
    DeliveryState.GIVEN_UP: "",
    DeliveryState.CANCELLED: " AND d.state = 'cancelled'",
    DeliveryState.DELIVERED: " AND d.state = 'open' AND q.position IS NULL",
}
FEW_POSITIONS: Mapping[str, str] = {
    "event_id": "SELECT position FROM deliveries WHERE merchant_id = $1 AND event_id = $2",
    "journey_id": """SELECT position FROM deliveries WHERE merchant_id = $1 AND event_id = ANY(ARRAY(
        SELECT id FROM events WHERE merchant_id = $1 AND journey_id = $2))""",
    "verification_id": """SELECT position FROM deliveries WHERE merchant_id = $1 AND event_id = ANY(ARRAY(
        SELECT id FROM events WHERE merchant_id = $1 AND verification_id = $2))""",
}
"""Where the deliveries are of what has few. The log would else be walked, in order, until they are found."""
ROW_OF = """CROSS JOIN LATERAL (
    SELECT * FROM deliveries AS l WHERE l.merchant_id = $1 AND l.position = {}.position OFFSET 0) AS d"""
"""The row of a position. OFFSET 0 keeps it a look-up of its own: a plan that was made when the tables were small, and
is kept, would else walk the whole log for each."""
FEW = f"""{COLUMNS} FROM (
    SELECT d.* FROM unnest($4::bigint[]) AS p (position) {ROW_OF.format("p")}) AS d LEFT JOIN {QUEUED} {LAST_ATTEMPT}
    WHERE d.position > $2"""
IN_STATE_OF_FEW = {
    DeliveryState.PENDING: " AND d.state = 'open' AND q.position IS NOT NULL",
    DeliveryState.GIVEN_UP: " AND d.state = 'given_up'",
}
DELIVERY = f"""{COLUMNS} FROM deliveries AS d LEFT JOIN {QUEUED} {LAST_ATTEMPT}
    WHERE d.merchant_id = $1 AND d.id = $2"""
ATTEMPTS = """
    SELECT * FROM attempts WHERE merchant_id = $1
        AND delivery_position = (SELECT position FROM deliveries WHERE merchant_id = $1 AND id = $2)
    ORDER BY number, started_at"""
"""No join: its plan depends on statistics, which are late in a log that grows."""
LOCK_JOURNEY = "SELECT 1 FROM journeys WHERE merchant_id = $1 AND id = $2 FOR UPDATE"
ENDPOINT = "SELECT state FROM endpoints WHERE merchant_id = $1 AND id = $2"
LOCK_ENDPOINT = "SELECT 1 FROM endpoints WHERE merchant_id = $1 AND id = $2 FOR UPDATE"
"""An endpoint's own events have its id for a journey."""
LOCK_DELIVERY = "SELECT 1 FROM deliveries WHERE merchant_id = $1 AND id = $2 FOR UPDATE"
LOCK_BODY = "SELECT octet_length(sealed_body) > 0 FROM events WHERE merchant_id = $1 AND id = $2 FOR SHARE"
"""From now on neither can go, until this transaction has put the delivery into the queue."""
ASK_AGAIN = """
    UPDATE queue SET failures = 0, not_before = 0 WHERE merchant_id = $1 AND lane = $2 AND position = $3"""
QUEUE_AGAIN = """
    INSERT INTO queue (merchant_id, endpoint, lane, sequence, position, delivery_id, event_position, created_at,
        attempts)
    SELECT d.merchant_id, e.number, d.lane, d.sequence, d.position, d.id, d.event_position, d.created_at, $3
    FROM deliveries AS d JOIN endpoints AS e ON e.merchant_id = d.merchant_id AND e.id = d.endpoint_id
    WHERE d.merchant_id = $1 AND d.position = $2"""
OPEN_AGAIN = "UPDATE deliveries SET state = 'open', finished_at = NULL WHERE merchant_id = $1 AND position = $2"
NO_LONGER_GIVEN_UP = "DELETE FROM given_up WHERE merchant_id = $1 AND position = $2"

DELETED = EndpointState.DELETED.value
LOOKS, LOOK_PAUSE = 60, 0.01
"""How often, and how many seconds apart, a reader looks whether a transaction that hides something has ended."""


class PostgresHistory:
    """The log of one database."""

    def __init__(self, engine: Engine, vault: Vault, deeds: Deeds) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds

    async def events(self, merchant_id: str, which: EventFilter, after: int, limit: int) -> Sequence[EventRow]:
        sql, values = _events_of(which)

        async def work(connection: Connection, below: int) -> tuple[list[asyncpg.Record], bool]:
            rows = await connection.fetch(sql, merchant_id, after, below, limit, *values)
            return rows, len(rows) < limit

        return [event_from(self._vault, row) for row in await self._patiently(merchant_id, after, work)]

    async def event_page(self, merchant_id: str, which: EventFilter, after: int, limit: int, scan: int) -> EventPage:
        sql, values = _events_of(which)
        scan = scan if values else limit

        async def window(connection: Connection, below: int) -> tuple[int, bool]:
            """How far to look, and whether that is all. Events of one journey are few, with an index of their own."""
            if _is_few(which):
                return max(await connection.fetchval(LATEST, merchant_id, below) or 0, after), True
            row = await connection.fetchrow(WINDOW, merchant_id, after, below, scan)
            return (row["last"] or after, row["size"] < scan) if row else (after, True)

        async def work(connection: Connection, below: int) -> tuple[EventPage, bool]:
            end, is_last = await window(connection, below)
            rows = await connection.fetch(sql, merchant_id, after, end + 1, limit, *values)
            if len(rows) == limit:
                end, is_last = rows[-1]["position"], False
            return EventPage([event_from(self._vault, row) for row in rows], end, is_last), is_last

        return await self._patiently(merchant_id, after, work)

    async def latest_positions(self, merchant_ids: Collection[str]) -> Mapping[str, int]:
        async def work(connection: Connection) -> list[asyncpg.Record]:
            below = int(await connection.fetchval(BELOW_ALL_THAT_RUNS))
            return await connection.fetch(LATEST_OF, list(merchant_ids), below)

        return {
            row["id"]: row["last"]
            for row in await self._engine.read(work, begin=BEGIN_PAGING)
            if row["last"] is not None
        }

    async def _patiently(
        self, merchant_id: str, after: int, work: Callable[[Connection, int], Awaitable[tuple[T, bool]]]
    ) -> T:
        """Read below all transactions that run; if that reached the end, wait a moment for what they still hide."""

        async def look(connection: Connection) -> tuple[T, bool]:
            below = int(await connection.fetchval(BELOW_ALL_THAT_RUNS))
            found, is_end = await work(connection, below)
            return found, is_end and await connection.fetchval(HIDDEN, merchant_id, max(below, after + 1)) is not None

        found, something_is_hidden = await self._engine.read(look, begin=BEGIN_PAGING)
        for _ in range(LOOKS):
            if not something_is_hidden:
                break
            await asyncio.sleep(LOOK_PAUSE)
            found, something_is_hidden = await self._engine.read(look, begin=BEGIN_PAGING)
        return found

    async def event(self, merchant_id: str, event_id: str) -> EventRow | None:
        row = await self._engine.row(EVENT, merchant_id, event_id)
        return None if row is None else event_from(self._vault, row)

    async def deliveries(
        self, merchant_id: str, which: DeliveryFilter, after: int, limit: int
    ) -> Sequence[DeliveryRow]:
        name = next((one for one in FEW_POSITIONS if getattr(which, one, None) is not None), None)

        async def work(connection: Connection) -> list[asyncpg.Record]:
            if name is None:
                sql, values = _deliveries_of(which, first=4)
                return await connection.fetch(sql, merchant_id, after, limit, *values)
            few = await connection.fetch(FEW_POSITIONS[name], merchant_id, getattr(which, name))
            sql, values = _deliveries_of(which, first=5, are_few=True)
            positions = [row["position"] for row in few]
            return await connection.fetch(sql, merchant_id, after, limit, positions, *values)

        begin = BEGIN_READING if name is None else BEGIN_PAGING
        return [delivery_from(row) for row in await self._engine.read(work, begin=begin)]

    async def delivery(self, merchant_id: str, delivery_id: str) -> DeliveryRow | None:
        row = await self._engine.row(DELIVERY, merchant_id, delivery_id)
        return None if row is None else delivery_from(row)

    async def attempts(self, merchant_id: str, delivery_id: str) -> Sequence[AttemptRow]:
        rows = await self._engine.rows(ATTEMPTS, merchant_id, delivery_id)
        return [self._attempt(row) for row in rows]

    async def resend(self, merchant_id: str, delivery_id: str, now: datetime) -> Resent:
        async def work(connection: Connection) -> Resent:
            return await self.resend_within(connection, merchant_id, delivery_id, to_us(now))

        return await self._deeds.write(
            merchant_id, work, delivery_id, done=lambda resent: resent is Resent.BEGUN, begin=BEGIN_PLANNED
        )

    async def resend_within(self, connection: Connection, merchant_id: str, delivery_id: str, now: int) -> Resent:
        """As `resend`, within the caller's transaction."""
        row = await connection.fetchrow(DELIVERY, merchant_id, delivery_id)
        if row is None or row["state"] == DeliveryState.CANCELLED.value:
            return Resent.IMPOSSIBLE
        lane = Lane(merchant_id, row["lane"])
        await connection.execute(LOCK_JOURNEY, merchant_id, row["journey_id"])
        await connection.execute(LOCK_ENDPOINT, merchant_id, row["journey_id"])
        await lock(connection, [lane])
        await connection.execute(LOCK_DELIVERY, merchant_id, delivery_id)
        row = await connection.fetchrow(DELIVERY, merchant_id, delivery_id)  # as it is now that nobody can change it
        if row is None or await connection.fetchval(ENDPOINT, merchant_id, row["endpoint_id"]) == DELETED:
            return Resent.IMPOSSIBLE  # it would wait for ever
        if row["leased_by"] is not None:
            return Resent.IN_FLIGHT
        if not await connection.fetchval(LOCK_BODY, merchant_id, row["event_id"]):
            return Resent.BODY_EXPIRED
        if row["state"] == DeliveryState.PENDING.value:
            await connection.execute(ASK_AGAIN, merchant_id, row["lane"], row["position"])
        else:
            await connection.execute(QUEUE_AGAIN, merchant_id, row["position"], row["attempts"] or 0)
            if row["state"] == DeliveryState.GIVEN_UP.value:
                await connection.execute(OPEN_AGAIN, merchant_id, row["position"])
                await connection.execute(NO_LONGER_GIVEN_UP, merchant_id, row["position"])
        await choose_heads(connection, [lane], now)
        return Resent.BEGUN

    def _attempt(self, row: asyncpg.Record) -> AttemptRow:
        box = opened(self._vault, row["sealed_exchange"], f"attempt/{row['delivery_position']}/{row['number']}")
        told = told_from(box) if box else UNTOLD
        return AttemptRow(
            number=row["number"],
            started_at=from_us(row["started_at"]),
            ended_at=from_us(row["ended_at"]),
            outcome=row["outcome"],
            reason=row["reason"],
            stage=told.stage or ("answered" if row["status"] else ""),
            status=row["status"],
            address=told.address,
            request_headers=told.request_headers,
            answer_headers=told.answer_headers,
            answer_body=told.answer_body,
            answer_truncated=told.answer_truncated,
            resolved_us=told.timings.resolved_us,
            connected_us=told.timings.connected_us,
            tls_us=told.timings.tls_us,
            first_byte_us=told.timings.first_byte_us,
            total_us=told.timings.total_us,
        )


def _deliveries_of(which: DeliveryFilter, first: int, *, are_few: bool = False) -> tuple[str, list[object]]:
    """A query for merchant, after, limit, for positions if they are few, and for values that follow them."""
    wanted = {
        "d.event_id = {}": which.event_id,
        "d.endpoint_id = {}": which.endpoint_id,
        "d.verification_id = {}": which.verification_id,
        f"{FINISHED_AT} >= {{}}": maybe_us(which.since),
        f"{FINISHED_AT} < {{}}": maybe_us(which.until),
    }
    conditions, values = _filtered(wanted, first)
    state = (IN_STATE | IN_STATE_OF_FEW if are_few else IN_STATE)[which.state] if which.state else ""
    source = FEW if are_few else SOURCES.get(which.state, DELIVERIES) if which.state else DELIVERIES
    return f"{source}{state}{conditions} ORDER BY d.position LIMIT $3", values


def _is_few(which: EventFilter) -> bool:
    return which.journey_id is not None or which.verification_id is not None


def _events_of(which: EventFilter) -> tuple[str, list[object]]:
    """A query for merchant, after, before, limit, and values that follow them.

    Few are sorted after they are found: the planner would rather look for one journey in a whole history, in order.
    """
    wanted = {
        "verification_id = {}": which.verification_id,
        "journey_id = {}": which.journey_id,
        "type = {}": which.type,
        "occurred_at >= {}": to_us(which.since) if which.since else None,
        "occurred_at < {}": to_us(which.until) if which.until else None,
        "sequence >= {}": which.sequence_from,
        "sequence <= {}": which.sequence_to,
    }
    conditions, values = _filtered(wanted, first=5)
    order = "position + 0" if _is_few(which) else "position"
    return f"{EVENTS}{conditions} ORDER BY {order} LIMIT $4", values


def _filtered(wanted: Mapping[str, object], first: int) -> tuple[str, list[object]]:
    """Conditions that have a value, with numbered places from `first`; they are constants of this module."""
    given = [(condition, value) for condition, value in wanted.items() if value is not None]
    conditions = [f" AND {condition.format(f'${first + at}')}" for at, (condition, _) in enumerate(given)]
    return "".join(conditions), [value for _, value in given]


def delivery_from(row: asyncpg.Record) -> DeliveryRow:
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
        attempts=row["attempts"] or 0,
        next_attempt_at=None if row["leased_by"] is not None else maybe_from_us(row["due_at"]),
        last_status=row["last_status"],
        last_reason=row["last_reason"],
        created_at=from_us(row["created_at"]),
        finished_at=maybe_from_us(row["finished_at"]),
    )
