"""Merchants and their API keys in PostgreSQL. Fulfils `accounts.merchant.MerchantStore`.

Merchants are read at every API call and at every claim, and change rarely: opened ones are kept in memory for a few
seconds, so that a change made by another process counts soon.
"""

import time
from collections.abc import Callable, Sequence

import asyncpg

from dastak.accounts.merchant import ApiKey, Merchant
from dastak.store.instant import from_us, maybe_from_us, maybe_us, to_us
from dastak.store.postgres.engine import Connection, Engine
from dastak.store.records import contacts_from, contacts_value
from dastak.store.vault import Vault

ADD_MERCHANT = "INSERT INTO merchants (id, name, created_at, sealed_contacts) VALUES ($1, $2, $3, $4)"
SET_CONTACTS = "UPDATE merchants SET sealed_contacts = $2 WHERE id = $1 RETURNING 1"
ADD_KEY = """
    INSERT INTO api_keys (merchant_id, client_id, sealed_secret, created_at, revoked_at) VALUES ($1, $2, $3, $4, $5)"""
OF_IDS = "SELECT id, name, created_at, sealed_contacts FROM merchants WHERE id = ANY($1::text[])"
KEYS = """
    SELECT merchant_id, client_id, sealed_secret, created_at, revoked_at FROM api_keys
    WHERE merchant_id = ANY($1::text[]) ORDER BY merchant_id, created_at, client_id"""
OWNER_OF_KEY = "SELECT merchant_id FROM api_keys WHERE client_id = $1"
ALL = "SELECT id FROM merchants ORDER BY created_at, id"

FRESH_SECONDS = 5.0
"""How long a merchant is taken from memory."""


class PostgresMerchants:
    """The merchants of one database."""

    def __init__(self, engine: Engine, vault: Vault, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._vault = vault
        self._monotonic = monotonic
        self._known: dict[str, tuple[float, Merchant]] = {}
        self._owners: dict[str, str] = {}

    async def add_merchant(self, merchant: Merchant) -> None:
        contacts = self._sealed_contacts(merchant.id, merchant.contacts)

        async def work(connection: Connection) -> None:
            await connection.execute(ADD_MERCHANT, merchant.id, merchant.name, to_us(merchant.created_at), contacts)
            await connection.executemany(ADD_KEY, [self._key_row(merchant.id, key) for key in merchant.keys])

        await self._engine.write(work)

    async def set_contacts(self, merchant_id: str, contacts: tuple[str, ...]) -> bool:
        sealed = self._sealed_contacts(merchant_id, contacts)
        changed = await self._engine.write(lambda connection: connection.fetchval(SET_CONTACTS, merchant_id, sealed))
        self._known.pop(merchant_id, None)
        return changed is not None

    async def merchant(self, merchant_id: str) -> Merchant | None:
        known = self._fresh(merchant_id)
        if known is not None:
            return known

        async def work(connection: Connection) -> dict[str, Merchant]:
            return await self.opened(connection, [merchant_id])

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
        keys: dict[str, list[ApiKey]] = {}
        for row in await connection.fetch(KEYS, missing):
            keys.setdefault(row["merchant_id"], []).append(self._key(row))
        for row in await connection.fetch(OF_IDS, missing):
            own = tuple(keys.get(row["id"], ()))
            merchant = Merchant(row["id"], row["name"], own, from_us(row["created_at"]), self._contacts(row))
            self._known[merchant.id] = (self._monotonic() + FRESH_SECONDS, merchant)
            found[merchant.id] = merchant
        return found

    def _fresh(self, merchant_id: str) -> Merchant | None:
        until, merchant = self._known.get(merchant_id, (0.0, None))
        return merchant if self._monotonic() < until else None

    def _sealed_contacts(self, merchant_id: str, contacts: tuple[str, ...]) -> bytes:
        return self._vault.seal(contacts_value(contacts), f"contacts/{merchant_id}")

    def _contacts(self, row: asyncpg.Record) -> tuple[str, ...]:
        sealed = row["sealed_contacts"]
        return () if sealed is None else contacts_from(self._vault.open(sealed, f"contacts/{row['id']}"))

    def _key(self, row: asyncpg.Record) -> ApiKey:
        return ApiKey(
            row["client_id"],
            self._vault.open(row["sealed_secret"], f"api_key/{row['client_id']}").decode(),
            from_us(row["created_at"]),
            maybe_from_us(row["revoked_at"]),
        )

    def _key_row(self, merchant_id: str, key: ApiKey) -> tuple[object, ...]:
        sealed = self._vault.seal(key.client_secret.encode(), f"api_key/{key.client_id}")
        return merchant_id, key.client_id, sealed, to_us(key.created_at), maybe_us(key.revoked_at)
