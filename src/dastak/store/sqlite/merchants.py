"""Merchants and their API keys in SQLite. Fulfils `accounts.merchant.MerchantStore`.

Merchants are read at every API call and change rarely, so opened ones are kept in memory until one is written.
"""

import sqlite3
from collections.abc import Sequence

from dastak.accounts.merchant import ApiKey, Merchant
from dastak.store.instant import from_us, maybe_from_us, maybe_us, to_us
from dastak.store.records import contacts_from, contacts_value
from dastak.store.sqlite.engine import Engine
from dastak.store.vault import Vault

ADD_MERCHANT = "INSERT INTO merchants (id, name, created_at, sealed_contacts) VALUES (?, ?, ?, ?)"
SET_CONTACTS = "UPDATE merchants SET sealed_contacts = ? WHERE id = ?"
ADD_KEY = """
    INSERT INTO api_keys (merchant_id, client_id, sealed_secret, created_at, revoked_at) VALUES (?, ?, ?, ?, ?)"""
ONE = "SELECT id, name, created_at, sealed_contacts FROM merchants WHERE id = ?"
OWNER_OF_KEY = "SELECT merchant_id FROM api_keys WHERE client_id = ?"
KEYS = """
    SELECT client_id, sealed_secret, created_at, revoked_at FROM api_keys
    WHERE merchant_id = ? ORDER BY created_at, client_id"""
ALL = "SELECT id FROM merchants ORDER BY created_at, id"


class SqliteMerchants:
    """The merchants of one file."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault
        self._known: dict[str, Merchant] = {}
        self._owners: dict[str, str] = {}
        engine.on_rollback.append(self._forget)

    async def add_merchant(self, merchant: Merchant) -> None:
        def work(connection: sqlite3.Connection) -> None:
            contacts = self._sealed_contacts(merchant.id, merchant.contacts)
            connection.execute(ADD_MERCHANT, (merchant.id, merchant.name, to_us(merchant.created_at), contacts))
            connection.executemany(ADD_KEY, [self._key_row(merchant.id, key) for key in merchant.keys])

        await self._engine.write(work)

    async def set_contacts(self, merchant_id: str, contacts: tuple[str, ...]) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            values = (self._sealed_contacts(merchant_id, contacts), merchant_id)
            return connection.execute(SET_CONTACTS, values).rowcount > 0

        changed = await self._engine.write(work)
        self._known.pop(merchant_id, None)
        return changed

    async def merchant(self, merchant_id: str) -> Merchant | None:
        known = self._known.get(merchant_id)  # one look: a rollback may empty the memory at any moment
        return known or await self._engine.read(lambda connection: self.opened(connection, merchant_id))

    async def merchant_by_client_id(self, client_id: str) -> Merchant | None:
        owner = self._owners.get(client_id)
        if owner is None:
            row = await self._engine.read(lambda connection: connection.execute(OWNER_OF_KEY, (client_id,)).fetchone())
            if row is None:
                return None
            owner = self._owners[client_id] = row["merchant_id"]
        return await self.merchant(owner)

    async def merchants(self) -> Sequence[Merchant]:
        def work(connection: sqlite3.Connection) -> list[Merchant]:
            found = (self.opened(connection, row["id"]) for row in connection.execute(ALL).fetchall())
            return [merchant for merchant in found if merchant is not None]

        return await self._engine.read(work)

    def opened(self, connection: sqlite3.Connection, merchant_id: str) -> Merchant | None:
        """The merchant, from memory or on this connection."""
        known = self._known.get(merchant_id)
        if known is not None:
            return known
        row = connection.execute(ONE, (merchant_id,)).fetchone()
        if row is None:
            return None
        keys = tuple(
            ApiKey(
                key["client_id"],
                self._vault.open(key["sealed_secret"], f"api_key/{key['client_id']}").decode(),
                from_us(key["created_at"]),
                maybe_from_us(key["revoked_at"]),
            )
            for key in connection.execute(KEYS, (merchant_id,))
        )
        contacts = self._contacts(row)
        merchant = Merchant(row["id"], row["name"], keys, from_us(row["created_at"]), contacts)
        self._known[merchant_id] = merchant
        return merchant

    def _key_row(self, merchant_id: str, key: ApiKey) -> tuple[object, ...]:
        sealed = self._vault.seal(key.client_secret.encode(), f"api_key/{key.client_id}")
        return merchant_id, key.client_id, sealed, to_us(key.created_at), maybe_us(key.revoked_at)

    def _sealed_contacts(self, merchant_id: str, contacts: tuple[str, ...]) -> bytes:
        return self._vault.seal(contacts_value(contacts), f"contacts/{merchant_id}")

    def _contacts(self, row: sqlite3.Row) -> tuple[str, ...]:
        sealed = row["sealed_contacts"]
        return () if sealed is None else contacts_from(self._vault.open(sealed, f"contacts/{row['id']}"))

    def _forget(self) -> None:
        self._known.clear()
        self._owners.clear()
