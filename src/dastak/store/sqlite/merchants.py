"""Merchants and their API keys in SQLite. Fulfils `accounts.merchant.MerchantStore`.

Merchants are read at every API call and change rarely, so opened ones are kept in memory until one is written.
"""

import sqlite3
import threading
from collections.abc import Sequence
from datetime import datetime

from dastak.accounts.merchant import Merchant
from dastak.store.instant import to_us
from dastak.store.merchant_rows import key_from, key_row, merchant_from, sealed_contacts, shown_value
from dastak.store.sqlite.deeds import Deeds
from dastak.store.sqlite.engine import Engine
from dastak.store.vault import Vault

ADD_MERCHANT = """
    INSERT INTO merchants (id, name, created_at, sealed_contacts, signing_client_id, version, time_zone, shown)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
SET_TIME_ZONE = "UPDATE merchants SET time_zone = ? WHERE id = ?"
SET_CONTACTS = "UPDATE merchants SET sealed_contacts = ? WHERE id = ?"
PUT_KEY = """
    INSERT INTO api_keys
        (merchant_id, client_id, sealed_secret, created_at, revoked_at, label, ends_at, successor, last_used_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (client_id) DO UPDATE SET revoked_at = excluded.revoked_at, label = excluded.label,
        ends_at = excluded.ends_at, successor = excluded.successor"""
SAVE_KEYS = """
    UPDATE merchants SET signing_client_id = ?, version = version + 1 WHERE id = ? AND version = ?"""
SAVE_BRAND = "UPDATE merchants SET name = ?, shown = ?, version = version + 1 WHERE id = ? AND version = ?"
CLIENT_IDS = "SELECT client_id FROM api_keys WHERE merchant_id = ?"
DROP_KEY = "DELETE FROM api_keys WHERE merchant_id = ? AND client_id = ?"
NOTE_USE = "UPDATE api_keys SET last_used_at = ? WHERE merchant_id = ? AND client_id = ?"
ONE = "SELECT * FROM merchants WHERE id = ?"
OWNER_OF_KEY = "SELECT merchant_id FROM api_keys WHERE client_id = ?"
KEYS = "SELECT * FROM api_keys WHERE merchant_id = ? ORDER BY created_at, client_id"
ALL = "SELECT id FROM merchants ORDER BY created_at, id"


class SqliteMerchants:
    """The merchants of one file."""

    def __init__(self, engine: Engine, vault: Vault, deeds: Deeds) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds
        self._lock = threading.Lock()
        self._known: dict[str, Merchant] = {}
        self._owners: dict[str, str] = {}
        self._writes = 0
        """Since the start: what was read before one and comes back after it is not remembered."""
        engine.on_rollback.append(self._forget)

    async def add_merchant(self, merchant: Merchant) -> None:
        keys = [key_row(self._vault, merchant.id, key) for key in merchant.keys]
        contacts = sealed_contacts(self._vault, merchant.id, merchant.contacts)
        chosen = (merchant.signing_client_id, merchant.version, merchant.time_zone, shown_value(merchant))

        def work(connection: sqlite3.Connection) -> None:
            values = (merchant.id, merchant.name, to_us(merchant.created_at), contacts, *chosen)
            connection.execute(ADD_MERCHANT, values)
            connection.executemany(PUT_KEY, keys)

        await self._deeds.write(merchant.id, work, merchant.id)

    async def set_contacts(self, merchant_id: str, contacts: tuple[str, ...]) -> bool:
        values = (sealed_contacts(self._vault, merchant_id, contacts), merchant_id)
        changed = await self._deeds.write(
            merchant_id, lambda connection: connection.execute(SET_CONTACTS, values).rowcount > 0, merchant_id
        )
        self._written(merchant_id)
        return changed

    async def set_time_zone(self, merchant_id: str, time_zone: str) -> bool:
        values = (time_zone, merchant_id)
        changed = await self._deeds.write(
            merchant_id, lambda connection: connection.execute(SET_TIME_ZONE, values).rowcount > 0, merchant_id
        )
        self._written(merchant_id)
        return changed

    async def save_keys(self, merchant: Merchant) -> bool:
        keys = [key_row(self._vault, merchant.id, key) for key in merchant.keys]
        chosen = (merchant.signing_client_id, merchant.id, merchant.version)

        def work(connection: sqlite3.Connection) -> bool:
            if connection.execute(SAVE_KEYS, chosen).rowcount == 0:
                return False
            before = {row["client_id"] for row in connection.execute(CLIENT_IDS, (merchant.id,))}
            gone = before - {key.client_id for key in merchant.keys}
            connection.executemany(DROP_KEY, [(merchant.id, client_id) for client_id in gone])
            connection.executemany(PUT_KEY, keys)
            return True

        saved = await self._deeds.write(merchant.id, work, merchant.id)
        self._written(merchant.id)
        return saved

    async def save_brand(self, merchant: Merchant) -> bool:
        values = (merchant.name, shown_value(merchant), merchant.id, merchant.version)
        saved = await self._deeds.write(
            merchant.id, lambda connection: connection.execute(SAVE_BRAND, values).rowcount > 0, merchant.id
        )
        self._written(merchant.id)
        return saved

    async def note_use(self, merchant_id: str, client_id: str, at: datetime) -> None:
        values = (to_us(at), merchant_id, client_id)
        await self._engine.write(lambda connection: connection.execute(NOTE_USE, values), durable=False)
        self._written(merchant_id)

    async def merchant(self, merchant_id: str) -> Merchant | None:
        known = self._known.get(merchant_id)  # one look: a rollback may empty the memory at any moment
        return known or await self.merchant_now(merchant_id)

    async def merchant_now(self, merchant_id: str) -> Merchant | None:
        seen = self._writes
        merchant = await self._engine.read(lambda connection: self._read(connection, merchant_id))
        self._remember(merchant, seen)
        return merchant

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
            found = (self._read(connection, row["id"]) for row in connection.execute(ALL).fetchall())
            return [merchant for merchant in found if merchant is not None]

        return await self._engine.read(work)

    def opened(self, connection: sqlite3.Connection, merchant_id: str) -> Merchant | None:
        """The merchant, from memory or on this connection, which is the writer's."""
        known = self._known.get(merchant_id)
        if known is not None:
            return known
        seen = self._writes
        merchant = self._read(connection, merchant_id)
        self._remember(merchant, seen)
        return merchant

    def _read(self, connection: sqlite3.Connection, merchant_id: str) -> Merchant | None:
        row = connection.execute(ONE, (merchant_id,)).fetchone()
        if row is None:
            return None
        keys = (key_from(self._vault, key) for key in connection.execute(KEYS, (merchant_id,)))
        return merchant_from(self._vault, row, keys)

    def _remember(self, merchant: Merchant | None, seen: int) -> None:
        with self._lock:
            if merchant is not None and seen == self._writes:
                self._known[merchant.id] = merchant

    def _written(self, merchant_id: str) -> None:
        with self._lock:
            self._writes += 1
            self._known.pop(merchant_id, None)

    def _forget(self) -> None:
        with self._lock:
            self._writes += 1
            self._known.clear()
            self._owners.clear()
