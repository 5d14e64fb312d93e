"""The delivery queue in SQLite. Fulfils `webhooks.ports.DeliveryQueue` and `BacklogReader`.

A claim asks each endpoint that has something due for as many rows as it has room, so an endpoint that hangs costs its
own window and no scan of its backlog; endpoints take turns at being first.
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
from dastak.webhooks.verdict import Outcome

log = structlog.get_logger("dastak.store")

NEXT_ENDPOINT = """
    SELECT endpoint_id FROM deliveries WHERE due_at IS NOT NULL AND endpoint_id > ? ORDER BY endpoint_id LIMIT 1"""
"""Walks the due index from endpoint to endpoint: one probe each, however long their backlogs are."""
EARLIEST = "SELECT min(due_at) AS at FROM deliveries WHERE due_at IS NOT NULL AND endpoint_id = ?"
DUE = """
    SELECT d.position, d.id, d.merchant_id, d.event_id, d.event_type, d.journey_id, d.sequence, d.attempts, d.failures,
        d.created_at, e.sealed_body
    FROM deliveries AS d JOIN events AS e ON e.position = d.event_position
    WHERE d.endpoint_id = ? AND d.due_at <= ? ORDER BY d.due_at, d.position LIMIT ?"""
LEASE = "UPDATE deliveries SET due_at = ?, leased = 1, attempts = attempts + 1 WHERE position = ?"
PUT_OFF = "UPDATE deliveries SET due_at = ?, last_reason = ? WHERE position = ?"
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
FINISH = """
    UPDATE deliveries SET state = ?, due_at = NULL, leased = 0, finished_at = ?, last_status = ?, last_reason = ?
    WHERE position = ? AND state = 'pending' AND attempts = ?"""
WAIT = """
    UPDATE deliveries SET not_before = ?, due_at = NULL, leased = 0, failures = failures + ?, last_status = ?,
        last_reason = ?
    WHERE position = ? AND state = 'pending' AND attempts = ?"""
RELEASE = "UPDATE deliveries SET due_at = 0, leased = 0 WHERE leased = 1"


class SqliteDeliveries:
    """The dispatcher's side of one file."""

    def __init__(self, engine: Engine, vault: Vault, endpoints: SqliteEndpoints, merchants: SqliteMerchants) -> None:
        self._engine = engine
        self._vault = vault
        self._endpoints = endpoints
        self._merchants = merchants
        self._turn = 0

    async def claim(self, now: datetime, lease_until: datetime, room: Room) -> Sequence[Claimed]:
        def work(connection: sqlite3.Connection) -> list[Claimed]:
            claimed: list[Claimed] = []
            for endpoint in self._in_turn(list(self._waiting(connection, to_us(now)))):
                limit = min(room.left(endpoint.id, endpoint.window), room.total - len(claimed))
                if limit > 0:
                    claimed += self._take(connection, endpoint, to_us(now), to_us(lease_until), limit)
            return claimed

        return await self._engine.write(work, durable=False)

    async def settle(self, settled: Sequence[Settled], now: datetime) -> None:
        def work(connection: sqlite3.Connection) -> None:
            for one in settled:
                self._settle(connection, one, now)

        await self._engine.write(work)

    async def next_due(self) -> datetime | None:
        def work(connection: sqlite3.Connection) -> int | None:
            times = [at for _, at in self._earliest(connection)]
            return min(times, default=None)

        return maybe_from_us(await self._engine.write(work, durable=False))

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
            endpoint = self._endpoints.readable(connection, last)
            if endpoint is not None and endpoint.state is EndpointState.ENABLED:
                yield endpoint, connection.execute(EARLIEST, (last,)).fetchone()["at"]

    def _in_turn(self, endpoints: list[Endpoint]) -> list[Endpoint]:
        if not endpoints:
            return endpoints
        self._turn = (self._turn + 1) % len(endpoints)
        return endpoints[self._turn :] + endpoints[: self._turn]

    def _take(
        self, connection: sqlite3.Connection, endpoint: Endpoint, now: int, lease_until: int, limit: int
    ) -> list[Claimed]:
        rows = self._readable(connection, connection.execute(DUE, (endpoint.id, now, limit)).fetchall(), now)
        connection.executemany(LEASE, [(lease_until, row["position"]) for row, _ in rows])
        merchant = self._merchants.opened(connection, endpoint.merchant_id)
        secret = merchant.signing_key().client_secret if merchant else ""
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
        position = row["position"]
        connection.execute(ADD_ATTEMPT, self._attempt_row(position, one))
        mine = (one.answer.status, one.verdict.reason, position, claimed.attempt)
        match one.verdict.outcome:
            case Outcome.DELIVERED | Outcome.GIVEN_UP:
                connection.execute(FINISH, (one.verdict.outcome.value, to_us(now), *mine))
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
