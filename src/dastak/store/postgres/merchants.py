"""Merchants and their API keys in PostgreSQL. Fulfils `accounts.merchant.MerchantStore`.

Merchants are read at every API call and at every claim, and change rarely: opened ones are kept in memory for a few
seconds, so that a change made by another process counts soon.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from dastak.accounts.merchant import ApiKey, Merchant
from dastak.store.done import is_there
from dastak.store.instant import to_us
from dastak.store.merchant_rows import key_from, key_row, merchant_from, sealed_contacts, shown_value
from dastak.store.postgres.deeds import Deeds
from dastak.store.postgres.engine import BEGIN_RELAXED, Connection, Engine
from dastak.store.vault import Vault

ADD_MERCHANT = """
    INSERT INTO merchants (id, name, created_at, sealed_contacts, signing_client_id, version, time_zone, shown)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""
SET_TIME_ZONE = "UPDATE merchants SET time_zone = $2 WHERE id = $1 RETURNING 1"
SET_CONTACTS = "UPDATE merchants SET sealed_contacts = $2 WHERE id = $1 RETURNING 1"
PUT_KEY = """
    INSERT INTO api_keys
        (merchant_id, client_id, sealed_secret, created_at, revoked_at, label, ends_at, successor, last_used_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (client_id) DO UPDATE SET revoked_at = excluded.revoked_at, label = excluded.label,
        ends_at = excluded.ends_at, successor = excluded.successor"""
SAVE_KEYS = """
    UPDATE merchants SET signing_client_id = $2, version = version + 1
    WHERE id = $1 AND version = $3 RETURNING 1"""
SAVE_BRAND = """
    UPDATE merchants SET name = $2, shown = $3, version = version + 1 WHERE id = $1 AND version = $4 RETURNING 1"""
DROP_KEYS = "DELETE FROM api_keys WHERE merchant_id = $1 AND client_id <> ALL($2::text[])"
NOTE_USE = "UPDATE api_keys SET last_used_at = $3 WHERE merchant_id = $1 AND client_id = $2"
OF_IDS = "SELECT * FROM merchants WHERE id = ANY($1::text[])"
KEYS = """
    SELECT * FROM api_keys WHERE merchant_id = ANY($1::text[]) ORDER BY merchant_id, created_at, client_id"""
OWNER_OF_KEY = "SELECT merchant_id FROM api_keys WHERE client_id = $1"
ALL = "SELECT id FROM merchants ORDER BY created_at, id"

FRESH_SECONDS = 5.0
"""How long a merchant is taken from memory."""


class PostgresMerchants:
    """The merchants of one database."""

    def __init__(
        self, engine: Engine, vault: Vault, deeds: Deeds, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds
        self._monotonic = monotonic
        self._known: dict[str, tuple[float, Merchant]] = {}
        self._owners: dict[str, str] = {}

    async def add_merchant(self, merchant: Merchant) -> None:
        contacts = sealed_contacts(self._vault, merchant.id, merchant.contacts)
        values = (merchant.id, merchant.name, to_us(merchant.created_at), contacts)
        chosen = (merchant.signing_client_id, merchant.version, merchant.time_zone, shown_value(merchant))
        keys = [key_row(self._vault, merchant.id, key) for key in merchant.keys]

        async def work(connection: Connection) -> None:
            await connection.execute(ADD_MERCHANT, *values, *chosen)
            await connection.executemany(PUT_KEY, keys)

        await self._deeds.write(merchant.id, work, merchant.id)

    async def set_contacts(self, merchant_id: str, contacts: tuple[str, ...]) -> bool:
        sealed = sealed_contacts(self._vault, merchant_id, contacts)
        changed = await self._deeds.write(
            merchant_id,
            lambda connection: connection.fetchval(SET_CONTACTS, merchant_id, sealed),
            merchant_id,
            done=is_there,
        )
        self._known.pop(merchant_id, None)
        return changed is not None

    async def set_time_zone(self, merchant_id: str, time_zone: str) -> bool:
        changed = await self._deeds.write(
            merchant_id,
            lambda connection: connection.fetchval(SET_TIME_ZONE, merchant_id, time_zone),
            merchant_id,
            done=is_there,
        )
        self._known.pop(merchant_id, None)
        return changed is not None

    async def save_keys(self, merchant: Merchant) -> bool:
        keys = [key_row(self._vault, merchant.id, key) for key in merchant.keys]
        chosen = (merchant.id, merchant.signing_client_id, merchant.version)

        async def work(connection: Connection) -> bool:
            if await connection.fetchval(SAVE_KEYS, *chosen) is None:
                return False
            await connection.execute(DROP_KEYS, merchant.id, [key.client_id for key in merchant.keys])
            await connection.executemany(PUT_KEY, keys)
            return True

        saved = await self._deeds.write(merchant.id, work, merchant.id)
        self._known.pop(merchant.id, None)
        return saved

    async def save_brand(self, merchant: Merchant) -> bool:
        values = (merchant.id, merchant.name, shown_value(merchant), merchant.version)
        saved = await self._deeds.write(
            merchant.id,
            lambda connection: connection.fetchval(SAVE_BRAND, *values),
            merchant.id,
            done=is_there,
        )
        self._known.pop(merchant.id, None)
        return saved is not None

    async def note_use(self, merchant_id: str, client_id: str, at: datetime) -> None:
        values = (merchant_id, client_id, to_us(at))
        await self._engine.write(lambda connection: connection.execute(NOTE_USE, *values), begin=BEGIN_RELAXED)

    async def merchant(self, merchant_id: str) -> Merchant | None:
        known = self._fresh(merchant_id)
        return await self.merchant_now(merchant_id) if known is None else known

    async def merchant_now(self, merchant_id: str) -> Merchant | None:
        async def work(connection: Connection) -> dict[str, Merchant]:
            return await self._read(connection, [merchant_id])

        return (await self._engine.read(work)).get(merchant_id)

    async def merchant_by_client_id(self, client_id: str) -> Merchant | None:
        owner = self._owners.get(client_id)
        if owner is None:
            found = await self._engine.read(lambda connection: connection.fetchval(OWNER_OF_KEY, client_id))
            if found is None:
                return None
            owner = self._owners[client_id] = str(found)
        return await self.merchant(owner)

    async def merchants(self) -> Sequence[Merchant]:
        async def work(connection: Connection) -> list[Merchant]:
            ids = [str(row["id"]) for row in await connection.fetch(ALL)]
            found = await self.opened(connection, ids)
            return [found[id_] for id_ in ids]

        return await self._engine.read(work)

    async def opened(self, connection: Connection, merchant_ids: Sequence[str]) -> dict[str, Merchant]:
        """These merchants, from memory or on this connection; those that do not exist are left out."""
        found = {id_: known for id_ in merchant_ids if (known := self._fresh(id_)) is not None}
        missing = sorted({id_ for id_ in merchant_ids if id_ not in found})
        if not missing:
            return found
        return found | await self._read(connection, missing)

    async def _read(self, connection: Connection, merchant_ids: Sequence[str]) -> dict[str, Merchant]:
        """As they are kept, and remembered for a while."""
        keys: dict[str, list[ApiKey]] = {}
        for row in await connection.fetch(KEYS, merchant_ids):
            keys.setdefault(row["merchant_id"], []).append(key_from(self._vault, row))
        found = {}
        for row in await connection.fetch(OF_IDS, merchant_ids):
            merchant = merchant_from(self._vault, row, keys.get(row["id"], ()))
            self._known[merchant.id] = (self._monotonic() + FRESH_SECONDS, merchant)
            found[merchant.id] = merchant
        return found

    def _fresh(self, merchant_id: str) -> Merchant | None:
        until, merchant = self._known.get(merchant_id, (0.0, None))
        return merchant if self._monotonic() < until else None
