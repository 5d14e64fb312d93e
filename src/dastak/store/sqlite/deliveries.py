"""The delivery queue in SQLite. Fulfils `webhooks.ports.DeliveryQueue` and `BacklogReader`.

A claim asks each endpoint that has something due for as many rows as it has room, so an endpoint that hangs costs its
own window and no scan of its backlog. `webhooks.turns` shares the room between merchants.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime

import structlog

from dastak.store.instant import from_us, maybe_from_us, maybe_us, to_us
from dastak.store.records import exchange
from dastak.store.sqlite.endpoints import SqliteEndpoints
from dastak.store.sqlite.engine import Engine
from dastak.store.sqlite.lane import choose_head
from dastak.store.sqlite.merchants import SqliteMerchants
from dastak.store.vault import Vault, VaultLocked
from dastak.webhooks.delivery import Claimed, Settled
from dastak.webhooks.endpoint import Endpoint, EndpointState
from dastak.webhooks.ports import Room
from dastak.webhooks.turns import take_turns
from dastak.webhooks.verdict import Outcome

log = structlog.get_logger("dastak.store")

NEXT_ENDPOINT = """
    SELECT endpoint_id FROM deliveries WHERE due_at IS NOT NULL AND endpoint_id > ? ORDER BY endpoint_id LIMIT 1"""
"""Walks the due index from endpoint to endpoint: one probe each, however long their backlogs are."""
EARLIEST = "SELECT min(due_at) AS at FROM deliveries WHERE due_at IS NOT NULL AND endpoint_id = ?"
DUE = """
    SELECT d.position, d.id, d.merchant_id, d.event_id, d.event_type, d.journey_id, d.sequence, d.attempts, d.failures,
        d.created_at, e.sealed_body, e.traceparent
    FROM deliveries AS d JOIN events AS e ON e.position = d.event_position
    WHERE d.endpoint_id = ? AND d.due_at <= ? ORDER BY d.due_at, d.position LIMIT ?"""
LEASE = "UPDATE deliveries SET due_at = ?, leased = 1, attempts = attempts + 1 WHERE position = ?"
PUT_OFF = "UPDATE deliveries SET due_at = ?1, not_before = ?1, last_reason = ?2 WHERE position = ?3"
UNREADABLE_PAUSE_US = 3_600_000_000
"""An event that does not open is looked at again after an hour: its key may have come back."""
PENDING = """
    SELECT count(*) AS pending FROM (
        SELECT 1 FROM deliveries INDEXED BY deliveries_by_lane WHERE state = 'pending' LIMIT ?)"""
POSITION = "SELECT position FROM deliveries WHERE merchant_id = ? AND id = ?"
ADD_ATTEMPT = """
    INSERT INTO attempts (merchant_id, delivery_position, number, started_at, ended_at, outcome, reason, stage, status,
        address, resolved_us, connected_us, tls_us, first_byte_us, total_us, answer_truncated, sealed_exchange)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
DELIVERED = """
    UPDATE deliveries SET state = 'delivered', due_at = NULL, leased = 0, finished_at = ?, last_status = ?,
        last_reason = ?
    WHERE position = ? AND state = 'pending' AND attempts >= ?"""
"""Also after the lease ran out and the row was claimed again: it did arrive."""
GIVEN_UP = """
    UPDATE deliveries SET due_at = NULL, leased = 0, finished_at = ?, last_status = ?, last_reason = ?,
        state = CASE WHEN EXISTS (
            SELECT 1 FROM attempts WHERE delivery_position = deliveries.position AND outcome = 'delivered'
        ) THEN 'delivered' ELSE 'given_up' END
    WHERE position = ? AND state = 'pending' AND attempts = ?"""
"""A resend that fails to the end does not undo that the event was delivered before."""
WAIT = """
    UPDATE deliveries SET not_before = ?, due_at = NULL, leased = 0, failures = failures + ?, last_status = ?,
        last_reason = ?
    WHERE position = ? AND state = 'pending' AND attempts = ?"""
GIVE_BACK = """
    UPDATE deliveries SET due_at = NULL, leased = 0, attempts = attempts - 1
    WHERE merchant_id = ? AND id = ? AND state = 'pending' AND leased = 1 AND attempts = ?"""
CLOCK_WENT_BACK = """
    UPDATE deliveries SET due_at = :now, not_before = min(not_before, :now)
    WHERE due_at > :now AND leased = 0 AND (not_before <= :now OR not_before > :furthest)"""
"""What the clock of before made wait for a time that it no longer is: due at once, but for retries still to come."""
FURTHEST_RETRY_US = 8 * 24 * 3_600_000_000
"""No interval and no Retry-After is longer than seven days."""
BACKWARDS_US = 1_000_000
RELEASE = "UPDATE deliveries SET due_at = 0, leased = 0 WHERE leased = 1"


class SqliteDeliveries:
    """The dispatcher's side of one file."""

    def __init__(self, engine: Engine, vault: Vault, endpoints: SqliteEndpoints, merchants: SqliteMerchants) -> None:
        self._engine = engine
        self._vault = vault
        self._endpoints = endpoints
        self._merchants = merchants
        self._turn = 0
        self._latest: int | None = None

    async def claim(self, now: datetime, lease_until: datetime, room: Room) -> Sequence[Claimed]:
        def work(connection: sqlite3.Connection) -> list[Claimed]:
            self._heed_the_clock(connection, to_us(now))
            self._turn += 1
            waiting = {endpoint.id: endpoint for endpoint in self._waiting(connection, to_us(now))}
            rooms: dict[str, dict[str, int]] = {}
            for one in waiting.values():
                rooms.setdefault(one.merchant_id, {})[one.id] = _left(room, one)
            claimed: list[Claimed] = []
            for endpoint_id, limit in take_turns(rooms, room.total, self._turn):
                claimed += self._take(connection, waiting[endpoint_id], to_us(now), to_us(lease_until), limit)
            return claimed

        return await self._engine.write(work, durable=False)

    async def settle(self, settled: Sequence[Settled], now: datetime) -> None:
        def work(connection: sqlite3.Connection) -> None:
            for one in settled:
                self._settle(connection, one, now)

        await self._engine.write(work)

    async def release(self, claimed: Sequence[Claimed]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            for one in claimed:
                endpoint = one.endpoint
                if connection.execute(GIVE_BACK, (endpoint.merchant_id, one.id, one.attempt)).rowcount:
                    policy = self._endpoints.by_id(connection, endpoint.id).lane_policy
                    choose_head(connection, endpoint.id, one.journey_id, policy, self._latest or 0)

        await self._engine.write(work, durable=False)

    async def next_due(self, room: Room | None = None) -> datetime | None:
        def work(connection: sqlite3.Connection) -> int | None:
            times = (at for endpoint, at in self._earliest(connection) if room is None or _left(room, endpoint) > 0)
            return min(times, default=None)

        return maybe_from_us(await self._engine.write(work, durable=False))

    def _heed_the_clock(self, connection: sqlite3.Connection, now: int) -> None:
        """At the first claim, and whenever the wall clock has gone back."""
        if self._latest is None or now < self._latest - BACKWARDS_US:
            connection.execute(CLOCK_WENT_BACK, {"now": now, "furthest": now + FURTHEST_RETRY_US})
            self._latest = now
        self._latest = max(self._latest, now)

    async def pending(self, at_most: int) -> int:
        row = await self._engine.read(lambda connection: connection.execute(PENDING, (at_most,)).fetchone())
        return int(row["pending"])

    def _waiting(self, connection: sqlite3.Connection, now: int) -> Iterator[Endpoint]:
        return (endpoint for endpoint, at in self._earliest(connection) if at <= now)

    def _earliest(self, connection: sqlite3.Connection) -> Iterator[tuple[Endpoint, int]]:
        """Enabled endpoints with pending heads, each with its earliest time."""
        last = ""
        while row := connection.execute(NEXT_ENDPOINT, (last,)).fetchone():
            last = row["endpoint_id"]
            endpoint = self._endpoints.by_id(connection, last)
            if endpoint.state is EndpointState.ENABLED:
                yield endpoint, connection.execute(EARLIEST, (last,)).fetchone()["at"]

    def _take(
        self, connection: sqlite3.Connection, endpoint: Endpoint, now: int, lease_until: int, limit: int
    ) -> list[Claimed]:
        rows = self._readable(connection, connection.execute(DUE, (endpoint.id, now, limit)).fetchall(), now)
        connection.executemany(LEASE, [(lease_until, row["position"]) for row, _ in rows])
        merchant = self._merchants.opened(connection, endpoint.merchant_id)
        secret = merchant.signing_key(from_us(now)).client_secret if merchant else ""
        return [
            Claimed(
                id=row["id"],
                endpoint=endpoint,
                event_id=row["event_id"],
                event_type=row["event_type"],
                journey_id=row["journey_id"],
                sequence=row["sequence"],
                body=body,
                client_secret=secret,
                attempt=row["attempts"] + 1,
                failures=row["failures"],
                created_at=from_us(row["created_at"]),
                trace=row["traceparent"],
            )
            for row, body in rows
        ]

    def _readable(
        self, connection: sqlite3.Connection, rows: list[sqlite3.Row], now: int
    ) -> list[tuple[sqlite3.Row, bytes]]:
        """Each row with its event's bytes; one that does not open is put off, and holds up nobody else."""
        readable = []
        for row in rows:
            try:
                readable.append((row, self._vault.open(row["sealed_body"], f"event/{row['event_id']}")))
            except VaultLocked as error:
                log.error("event_unreadable", event_id=row["event_id"], delivery_id=row["id"], error=str(error))  # noqa: TRY400
                connection.execute(PUT_OFF, (now + UNREADABLE_PAUSE_US, str(error), row["position"]))
        return readable

    def _settle(self, connection: sqlite3.Connection, one: Settled, now: datetime) -> None:
        claimed = one.claimed
        row = connection.execute(POSITION, (claimed.endpoint.merchant_id, claimed.id)).fetchone()
        if row is None:  # it had succeeded, and was old enough to go, while this attempt was under way
            return
        position = row["position"]
        connection.execute(ADD_ATTEMPT, self._attempt_row(position, one))
        mine = (one.answer.status, one.verdict.reason, position, claimed.attempt)
        match one.verdict.outcome:
            case Outcome.DELIVERED:
                connection.execute(DELIVERED, (to_us(now), *mine))
            case Outcome.GIVEN_UP:
                connection.execute(GIVEN_UP, (to_us(now), *mine))
            case Outcome.RETRY:
                connection.execute(WAIT, (maybe_us(one.verdict.retry_at), 1, *mine))
            case Outcome.GONE:
                connection.execute(WAIT, (0, 0, *mine))
                self._endpoints.disable_gone(connection, claimed.endpoint.id, now)
        policy = self._endpoints.by_id(connection, claimed.endpoint.id).lane_policy
        choose_head(connection, claimed.endpoint.id, claimed.journey_id, policy, to_us(now))

    def _attempt_row(self, position: int, one: Settled) -> tuple[object, ...]:
        answer, timings = one.answer, one.answer.timings
        sealed = self._vault.seal(
            exchange(one.request_headers, answer.headers, answer.body), f"attempt/{position}/{one.claimed.attempt}"
        )
        return (
            one.claimed.endpoint.merchant_id,
            position,
            one.claimed.attempt,
            to_us(one.started_at),
            to_us(one.ended_at),
            one.verdict.outcome.value,
            one.verdict.reason,
            answer.stage.value,
            answer.status,
            answer.address,
            timings.resolved_us,
            timings.connected_us,
            timings.tls_us,
            timings.first_byte_us,
            timings.total_us,
            int(answer.body_truncated),
            sealed,
        )


def _left(room: Room, endpoint: Endpoint) -> int:
    return room.left(endpoint.id, endpoint.window, endpoint.rate_per_second)
