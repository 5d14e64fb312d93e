"""The audit log in SQLite. Fulfils `accounts.audit.AuditTrail`."""

import sqlite3
from collections.abc import Sequence

from dastak.accounts.audit import Entry, Head, HeadForged, Link, Narrowing, head_of, linked
from dastak.store.audit_rows import head_from, link_from, link_row, sealed_head
from dastak.store.instant import to_us
from dastak.store.sqlite.engine import Engine
from dastak.store.vault import Vault

HEAD = "SELECT sealed_head FROM audit_heads WHERE merchant_id = ?"
PUT_HEAD = """
    INSERT INTO audit_heads (merchant_id, sealed_head) VALUES (?, ?)
    ON CONFLICT (merchant_id) DO UPDATE SET sealed_head = excluded.sealed_head"""
ADD = """
    INSERT INTO audit_entries (merchant_id, sequence, at, actor, deed, subject, details, previous, hash)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""
AFTER = "SELECT * FROM audit_entries WHERE merchant_id = ? AND sequence > ? ORDER BY sequence LIMIT ?"
FIRST_SINCE = "SELECT sequence FROM audit_entries WHERE merchant_id = ? AND at >= ? ORDER BY at, sequence LIMIT 1"
LIST = "SELECT * FROM audit_entries WHERE merchant_id = ?"
WITHOUT_READING = " AND deed <> 'customer_data.read'"
"""As the index says it, which has nothing else."""


class SqliteAudit:
    """The chains of one file."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    async def note(self, entry: Entry) -> None:
        await self._engine.write(lambda connection: self.append(connection, entry))

    def append(self, connection: sqlite3.Connection, entry: Entry) -> None:
        """Append it within the caller's transaction."""
        link = linked(entry, self._head(connection, entry.merchant_id))
        if connection.execute(ADD, link_row(link)).rowcount == 0:
            raise HeadForged(entry.merchant_id)
        sealed = sealed_head(self._vault, entry.merchant_id, head_of(link))
        connection.execute(PUT_HEAD, (entry.merchant_id, sealed))

    async def head(self, merchant_id: str) -> Head:
        return await self._engine.read(lambda connection: self._head(connection, merchant_id))

    async def links(self, merchant_id: str, narrowing: Narrowing, before: int | None, limit: int) -> Sequence[Link]:
        def work(connection: sqlite3.Connection) -> list[sqlite3.Row]:
            sql, values = LIST, [merchant_id, *(one for one in (narrowing.actor, narrowing.deed) if one)]
            sql += " AND actor = ?" if narrowing.actor else ""
            sql += " AND deed = ?" if narrowing.deed else ""
            sql += WITHOUT_READING if narrowing.is_without_reading else ""
            bounds: list[int] = []
            if before is not None:
                sql, bounds = f"{sql} AND sequence < ?", [*bounds, before]
            for at, condition in ((narrowing.since, ">="), (narrowing.until, "<")):
                if at is None:
                    continue
                first = connection.execute(FIRST_SINCE, (merchant_id, to_us(at))).fetchone()
                if first is None and condition == ">=":
                    return []
                if first is not None:
                    sql, bounds = f"{sql} AND sequence {condition} ?", [*bounds, first["sequence"]]
            return connection.execute(f"{sql} ORDER BY sequence DESC LIMIT ?", [*values, *bounds, limit]).fetchall()

        return [link_from(row) for row in await self._engine.read(work)]

    async def links_after(self, merchant_id: str, sequence: int, limit: int) -> Sequence[Link]:
        values = (merchant_id, sequence, limit)
        rows = await self._engine.read(lambda connection: connection.execute(AFTER, values).fetchall())
        return [link_from(row) for row in rows]

    def _head(self, connection: sqlite3.Connection, merchant_id: str) -> Head:
        row = connection.execute(HEAD, (merchant_id,)).fetchone()
        return head_from(self._vault, merchant_id, None if row is None else row["sealed_head"])
