"""Webhook endpoints in SQLite. Fulfils `webhooks.ports.EndpointStore`, and gives the queue its endpoints.

Fan-out and claims need a merchant's endpoints at every turn, so opened ones are kept in memory. Only the writer thread
touches that memory, inside the transaction in which it is used.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from dastak.store.disabling import disabled_by_the_server
from dastak.store.done import is_there
from dastak.store.instant import from_us, to_us
from dastak.store.records import endpoint_from, endpoint_settings, unreadable_endpoint
from dastak.store.sqlite.deeds import Deeds
from dastak.store.sqlite.engine import Engine
from dastak.store.sqlite.lane import choose_head
from dastak.store.sqlite.trouble_lines import clear, mark_gone
from dastak.store.vault import Vault, VaultLocked
from dastak.webhooks.endpoint import MOST_ENDPOINTS, Endpoint, EndpointState

log = structlog.get_logger("dastak.store")

ADD = """
    INSERT INTO endpoints (merchant_id, id, state, sealed_settings, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)"""
COUNT = "SELECT count(*) AS number FROM endpoints WHERE merchant_id = ? AND state != 'deleted'"
SAVE = """
    UPDATE endpoints SET state = ?, sealed_settings = ?, updated_at = ?
    WHERE merchant_id = ? AND id = ? AND state != 'deleted'"""
ONE = "SELECT * FROM endpoints WHERE id = ?"
OF_MERCHANT = """
    SELECT * FROM endpoints WHERE merchant_id = ? AND state != 'deleted' ORDER BY created_at, id"""
CANCEL_PENDING = """
    UPDATE deliveries SET state = 'cancelled', due_at = NULL, leased = 0, finished_at = ?,
        last_reason = 'the endpoint was deleted'
    WHERE endpoint_id = ? AND state = 'pending'"""
LANES_WITH_A_CHOICE = """
    SELECT journey_id FROM deliveries WHERE endpoint_id = ? AND state = 'pending'
    GROUP BY journey_id HAVING count(*) > 1"""


class SqliteEndpoints:
    """The endpoints of one file."""

    def __init__(self, engine: Engine, vault: Vault, deeds: Deeds) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds
        self._one: dict[str, Endpoint] = {}
        self._of_merchant: dict[str, tuple[Endpoint, ...]] = {}
        self._unreadable: set[str] = set()
        engine.on_rollback.append(self._forget)

    async def add_endpoint(self, endpoint: Endpoint, most: int = MOST_ENDPOINTS) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            if connection.execute(COUNT, (endpoint.merchant_id,)).fetchone()["number"] >= most:
                return False
            at = to_us(endpoint.created_at)
            connection.execute(
                ADD, (endpoint.merchant_id, endpoint.id, endpoint.state.value, self._sealed(endpoint), at, at)
            )
            self._forget()
            return True

        return await self._deeds.write(endpoint.merchant_id, work, endpoint.id)

    async def endpoint(self, merchant_id: str, endpoint_id: str) -> Endpoint | None:
        def work(connection: sqlite3.Connection) -> Endpoint | None:
            row = connection.execute(ONE, (endpoint_id,)).fetchone()
            return self._from(row) if row is not None and row["merchant_id"] == merchant_id else None

        return await self._engine.read(work)

    async def endpoints(self, merchant_id: str) -> Sequence[Endpoint]:
        return await self._engine.read(
            lambda connection: [self._from(row) for row in connection.execute(OF_MERCHANT, (merchant_id,))]
        )

    async def change_endpoint(
        self, merchant_id: str, endpoint_id: str, change: Callable[[Endpoint], Endpoint], now: datetime
    ) -> Endpoint | None:
        def work(connection: sqlite3.Connection) -> Endpoint | None:
            row = connection.execute(ONE, (endpoint_id,)).fetchone()
            if row is None or row["merchant_id"] != merchant_id or row["state"] == EndpointState.DELETED.value:
                return None
            changed = replace(change(self._from(row)), updated_at=now)
            if changed.state is not EndpointState.DELETED:  # what cannot be read must not be written over
                self._vault.open(row["sealed_settings"], f"endpoint/{row['id']}")
            self.save(connection, changed, now)
            return changed

        return await self._deeds.write(merchant_id, work, endpoint_id, done=is_there)

    def save(self, connection: sqlite3.Connection, endpoint: Endpoint, now: datetime) -> None:
        """Replace it within the caller's transaction; a deleted one stays as it is."""
        before = self.by_id(connection, endpoint.id)
        saved = connection.execute(
            SAVE,
            (endpoint.state.value, self._sealed(endpoint), to_us(now), endpoint.merchant_id, endpoint.id),
        )
        if saved.rowcount and endpoint.state is EndpointState.DELETED:
            connection.execute(CANCEL_PENDING, (to_us(now), endpoint.id))
        if endpoint.state is EndpointState.ENABLED and before.state is EndpointState.DISABLED:
            clear(connection, endpoint.merchant_id, endpoint.id, now)
        if endpoint.lane_policy is not before.lane_policy:
            for lane in connection.execute(LANES_WITH_A_CHOICE, (endpoint.id,)).fetchall():
                choose_head(connection, endpoint.id, lane["journey_id"], endpoint.lane_policy, to_us(now))
        self._forget()

    def disable_gone(self, connection: sqlite3.Connection, endpoint_id: str, now: datetime) -> None:
        """Disable an enabled endpoint whose receiver answered 410."""
        endpoint = self.by_id(connection, endpoint_id)
        if endpoint.state is EndpointState.ENABLED:
            gone = replace(endpoint, state=EndpointState.DISABLED, disabled_reason="gone", updated_at=now)
            self.save(connection, gone, now)
            mark_gone(connection, endpoint.merchant_id, endpoint.id, now)
            self.note_disabled(connection, gone, now)

    def note_disabled(self, connection: sqlite3.Connection, endpoint: Endpoint, now: datetime) -> None:
        """Put into the audit log that the server has disabled it, within the caller's transaction."""
        self._deeds.of_the_server(connection, disabled_by_the_server(endpoint, now))

    def by_id(self, connection: sqlite3.Connection, endpoint_id: str) -> Endpoint:
        """An endpoint that exists, from memory if possible. On the writer thread only."""
        if endpoint_id not in self._one:
            self._one[endpoint_id] = self._from(connection.execute(ONE, (endpoint_id,)).fetchone())
        return self._one[endpoint_id]

    def of_merchant(self, connection: sqlite3.Connection, merchant_id: str) -> tuple[Endpoint, ...]:
        """The merchant's endpoints, from memory if possible. On the writer thread only."""
        if merchant_id not in self._of_merchant:
            rows = connection.execute(OF_MERCHANT, (merchant_id,)).fetchall()
            self._of_merchant[merchant_id] = tuple(self._from(row) for row in rows)
        return self._of_merchant[merchant_id]

    def _sealed(self, endpoint: Endpoint) -> bytes:
        return self._vault.seal(endpoint_settings(endpoint), f"endpoint/{endpoint.id}")

    def _from(self, row: sqlite3.Row) -> Endpoint:
        """The endpoint; one that the vault does not open is shown as disabled, so that it holds up nobody else.

        Events go on being owed to it, all of them: which it wanted cannot be known, and its key may come back.
        """
        try:
            opened = self._vault.open(row["sealed_settings"], f"endpoint/{row['id']}")
        except VaultLocked as error:
            if row["id"] not in self._unreadable:
                log.error("endpoint_unreadable", endpoint_id=row["id"], error=str(error))  # noqa: TRY400
                self._unreadable.add(row["id"])
            return unreadable_endpoint(dict(row), from_us(row["created_at"]), from_us(row["updated_at"]))
        return endpoint_from(dict(row), opened, from_us(row["created_at"]), from_us(row["updated_at"]))

    def _forget(self) -> None:
        self._one.clear()
        self._of_merchant.clear()
