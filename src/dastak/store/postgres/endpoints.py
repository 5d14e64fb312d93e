"""Webhook endpoints in PostgreSQL. Fulfils `webhooks.ports.EndpointStore`, and gives fan-out and queue their endpoints.

Opening an endpoint's settings costs more than everything else about it, so opened ones are kept in memory with their
version; the database is asked for the versions each time, so a change made by another process counts at once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import asyncpg
import structlog

from dastak.store.disabling import disabled_by_the_server
from dastak.store.done import is_there
from dastak.store.instant import from_us, to_us
from dastak.store.postgres.deeds import Deeds
from dastak.store.postgres.engine import BEGIN_PLANNED, Connection, Engine
from dastak.store.postgres.lane import Lane, choose_heads, lock
from dastak.store.postgres.trouble_lines import clear, mark_gone
from dastak.store.records import endpoint_from, endpoint_settings, unreadable_endpoint
from dastak.store.vault import Vault, VaultLocked
from dastak.webhooks.endpoint import MOST_ENDPOINTS, Endpoint, EndpointState, LanePolicy

log = structlog.get_logger("dastak.store")

LOCK_MERCHANT = "SELECT id FROM merchants WHERE id = $1 FOR NO KEY UPDATE"
COUNT = "SELECT count(*) FROM endpoints WHERE merchant_id = $1 AND state <> 'deleted'"
ADD = """
    INSERT INTO endpoints (merchant_id, id, state, sealed_settings, created_at, updated_at, strict)
    VALUES ($1, $2, $3, $4, $5, $5, $6)"""
SAVE = """
    UPDATE endpoints SET state = $3, sealed_settings = $4, updated_at = $5, strict = $6, version = version + 1
    WHERE merchant_id = $1 AND id = $2 AND state <> 'deleted' RETURNING 1"""
ONE = "SELECT * FROM endpoints WHERE merchant_id = $1 AND id = $2"
ONE_LOCKED = f"{ONE} FOR UPDATE"
OF_MERCHANT = "SELECT * FROM endpoints WHERE merchant_id = $1 AND state <> 'deleted' ORDER BY created_at, id"
VERSIONS_OF_MERCHANTS = """
    SELECT e.merchant_id, e.id, e.version FROM unnest($1::text[]) AS asked (id)
    JOIN endpoints AS e ON e.merchant_id = asked.id AND e.state <> 'deleted'
    ORDER BY e.merchant_id, e.created_at, e.id"""
"""A join and not `= ANY`: of a table that is cut by merchant, a join looks into the parts of these merchants only."""
MANY = """
    SELECT e.* FROM unnest($1::text[], $2::text[]) AS k (merchant_id, id)
    JOIN endpoints AS e ON e.merchant_id = k.merchant_id AND e.id = k.id"""
CANCEL = """
    WITH ended AS (
        DELETE FROM queue WHERE merchant_id = $1 AND ctid = ANY(ARRAY(
            SELECT ctid FROM queue WHERE merchant_id = $1 AND endpoint = $2
            ORDER BY lane, sequence LIMIT $4 FOR UPDATE))
        RETURNING merchant_id, position, attempts)
    UPDATE deliveries AS d SET state = 'cancelled', finished_at = $3, attempts = ended.attempts,
        last_reason = 'the endpoint was deleted'
    FROM ended WHERE d.merchant_id = ended.merchant_id AND d.position = ended.position"""
CANCELLED_AT_ONCE = 1000
LANES_WITH_A_CHOICE = """
    SELECT lane FROM queue WHERE merchant_id = $1 AND endpoint = $2
    GROUP BY lane HAVING count(*) > 1 ORDER BY lane"""
LANES_AT_ONCE = 500

Key = tuple[str, str]
"""(merchant_id, endpoint id)"""


class Known(NamedTuple):
    """An endpoint that was opened."""

    version: int
    number: int
    endpoint: Endpoint


class PostgresEndpoints:
    """The endpoints of one database."""

    def __init__(self, engine: Engine, vault: Vault, deeds: Deeds) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds
        self._opened: dict[Key, Known] = {}
        self._unreadable: set[str] = set()

    async def add_endpoint(self, endpoint: Endpoint, most: int = MOST_ENDPOINTS) -> bool:
        sealed, at = self._sealed(endpoint), to_us(endpoint.created_at)

        async def work(connection: Connection) -> bool:
            await connection.execute(LOCK_MERCHANT, endpoint.merchant_id)
            if await connection.fetchval(COUNT, endpoint.merchant_id) >= most:
                return False
            await connection.execute(
                ADD, endpoint.merchant_id, endpoint.id, endpoint.state.value, sealed, at, _is_strict(endpoint)
            )
            return True

        return await self._deeds.write(endpoint.merchant_id, work, endpoint.id)

    async def endpoint(self, merchant_id: str, endpoint_id: str) -> Endpoint | None:
        row = await self._engine.read(lambda connection: connection.fetchrow(ONE, merchant_id, endpoint_id))
        return None if row is None else self._from(row)

    async def endpoints(self, merchant_id: str) -> Sequence[Endpoint]:
        rows = await self._engine.read(lambda connection: connection.fetch(OF_MERCHANT, merchant_id))
        return [self._from(row) for row in rows]

    async def change_endpoint(
        self, merchant_id: str, endpoint_id: str, change: Callable[[Endpoint], Endpoint], now: datetime
    ) -> Endpoint | None:
        async def work(connection: Connection) -> Endpoint | None:
            row = await connection.fetchrow(ONE_LOCKED, merchant_id, endpoint_id)
            if row is None or row["state"] == EndpointState.DELETED.value:
                return None
            before = self._from(row)
            changed = replace(change(before), updated_at=now)
            if changed.state is not EndpointState.DELETED:  # what cannot be read must not be written over
                self._vault.open(row["sealed_settings"], f"endpoint/{row['id']}")
            await self.save(connection, before, changed, row["number"], now)
            return changed

        changed = await self._deeds.write(merchant_id, work, endpoint_id, done=is_there, begin=BEGIN_PLANNED)
        if changed is not None and changed.state is EndpointState.DELETED:
            await self._bury(merchant_id, endpoint_id, now)
        return changed

    async def _bury(self, merchant_id: str, endpoint_id: str, now: datetime) -> None:
        """Cancel what a deleted endpoint is still owed, in short transactions; doing it again is harmless."""
        row = await self._engine.read(lambda connection: connection.fetchrow(ONE, merchant_id, endpoint_id))
        values = (merchant_id, row["number"] if row is not None else 0, to_us(now))
        cancelled = CANCELLED_AT_ONCE
        while cancelled == CANCELLED_AT_ONCE:
            cancelled = await self._engine.write(lambda one: self.cancel(one, *values), begin=BEGIN_PLANNED)

    async def cancel(self, connection: Connection, merchant_id: str, number: int, now: int) -> int:
        """Cancel some of what a deleted endpoint is owed, within the caller's transaction; how many."""
        done = await connection.execute(CANCEL, merchant_id, number, now, CANCELLED_AT_ONCE)
        return int(done.split()[-1])

    async def disable_gone(self, connection: Connection, keys: Iterable[Key], now: datetime) -> None:
        """Disable those that are enabled and whose receiver answered 410, as the last act of the transaction."""
        disabled = []
        for key in sorted(keys):
            row = await connection.fetchrow(ONE_LOCKED, *key)
            if row is not None and row["state"] == EndpointState.ENABLED.value:
                before = self._from(row)
                gone = replace(before, state=EndpointState.DISABLED, disabled_reason="gone", updated_at=now)
                await self.save(connection, before, gone, row["number"], now)
                await mark_gone(connection, key, now)
                disabled.append(gone)
        await self.note_disabled(connection, disabled, now)

    async def note_disabled(self, connection: Connection, endpoints: Iterable[Endpoint], now: datetime) -> None:
        """Put into the audit log that the server has disabled them, as the last act of the transaction."""
        await self._deeds.of_the_server(connection, (disabled_by_the_server(one, now) for one in endpoints))

    async def locked(self, connection: Connection, key: Key) -> Known | None:
        """The endpoint as it is, which nobody else can change until the caller's transaction ends; None if deleted."""
        row = await connection.fetchrow(ONE_LOCKED, *key)
        if row is None or row["state"] == EndpointState.DELETED.value:
            return None
        return Known(row["version"], row["number"], self._from(row))

    async def of_merchants(self, connection: Connection, merchant_ids: Iterable[str]) -> dict[str, list[Known]]:
        """What these merchants' events may be owed to, oldest first."""
        rows = await connection.fetch(VERSIONS_OF_MERCHANTS, sorted(set(merchant_ids)))
        opened = await self.known(connection, {(row["merchant_id"], row["id"]): row["version"] for row in rows})
        of: dict[str, list[Known]] = {}
        for row in rows:
            of.setdefault(row["merchant_id"], []).append(opened[(row["merchant_id"], row["id"])])
        return of

    async def known(self, connection: Connection, versions: Mapping[Key, int]) -> dict[Key, Known]:
        """These endpoints in (at least) these versions, from memory if possible."""
        stale = [key for key, version in versions.items() if key not in self._opened or self._opened[key][0] < version]
        if stale:
            for row in await connection.fetch(MANY, [key[0] for key in stale], [key[1] for key in stale]):
                key = (row["merchant_id"], row["id"])
                self._opened[key] = Known(row["version"], row["number"], self._from(row))
        return {key: self._opened[key] for key in versions}

    async def save(self, connection: Connection, before: Endpoint, after: Endpoint, number: int, now: datetime) -> None:
        """Replace it within the caller's transaction, which holds its row."""
        values = (after.merchant_id, after.id, after.state.value, self._sealed(after), to_us(now), _is_strict(after))
        saved = await connection.fetchval(SAVE, *values)
        if after.state is EndpointState.ENABLED and before.state is EndpointState.DISABLED:
            await clear(connection, (after.merchant_id, after.id), now)
        if saved is None or after.state is EndpointState.DELETED or after.lane_policy is before.lane_policy:
            return
        rows = await connection.fetch(LANES_WITH_A_CHOICE, after.merchant_id, number)
        lanes = [Lane(after.merchant_id, row["lane"]) for row in rows]
        for first in range(0, len(lanes), LANES_AT_ONCE):
            some = lanes[first : first + LANES_AT_ONCE]
            await lock(connection, some)
            await choose_heads(connection, some, to_us(now))

    def _sealed(self, endpoint: Endpoint) -> bytes:
        return self._vault.seal(endpoint_settings(endpoint), f"endpoint/{endpoint.id}")

    def _from(self, row: asyncpg.Record) -> Endpoint:
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


def _is_strict(endpoint: Endpoint) -> bool:
    return endpoint.lane_policy is LanePolicy.STRICT
