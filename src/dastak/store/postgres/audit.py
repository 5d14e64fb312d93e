"""The audit log in PostgreSQL. Fulfils `accounts.audit.AuditTrail`.

Notes that come at the same moment share a transaction (`batching`), else each would wait for the disk alone: whoever
appends to a chain holds its head until the commit.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

import asyncpg

from dastak.accounts.audit import Entry, Head, HeadForged, Link, Narrowing, head_of, linked
from dastak.store.audit_rows import head_from, link_from, link_row, sealed_head
from dastak.store.instant import to_us
from dastak.store.postgres.batching import Batcher
from dastak.store.postgres.engine import BEGIN_PAGING, Connection, Engine
from dastak.store.vault import Vault

BEGIN_HEAD = "INSERT INTO audit_heads (merchant_id) VALUES ($1) ON CONFLICT DO NOTHING"
LOCK_HEAD = "SELECT sealed_head FROM audit_heads WHERE merchant_id = $1 FOR UPDATE"
"""Whoever holds it appends; the others wait, and then follow."""
HEAD = "SELECT sealed_head FROM audit_heads WHERE merchant_id = $1"
PUT_HEAD = "UPDATE audit_heads SET sealed_head = $2 WHERE merchant_id = $1"
ADD = """
    INSERT INTO audit_entries (merchant_id, sequence, at, actor, deed, subject, details, previous, hash)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::bytea[], $9::bytea[])
    ON CONFLICT DO NOTHING RETURNING 1"""
AFTER = "SELECT * FROM audit_entries WHERE merchant_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3"
FIRST_SINCE = "SELECT sequence FROM audit_entries WHERE merchant_id = $1 AND at >= $2 ORDER BY at, sequence LIMIT 1"
LIST = "SELECT * FROM audit_entries WHERE merchant_id = $1"
WITHOUT_READING = " AND deed <> 'customer_data.read'"
"""As the index says it, which has nothing else."""


class PostgresAudit:
    """The chains of one database."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault
        self._noting: Batcher[Entry, None] = Batcher(self._note, key=id)

    async def note(self, entry: Entry) -> None:
        await self._noting.submit(entry)

    async def append(self, connection: Connection, entries: Iterable[Entry]) -> None:
        """Append them within the caller's transaction, which locks nothing more: whoever appends next waits for it."""
        in_order = sorted(entries, key=lambda entry: entry.merchant_id)  # so that two such never wait for each other
        for merchant_id, of_merchant in groupby(in_order, key=lambda entry: entry.merchant_id):
            await self._append(connection, merchant_id, of_merchant)

    async def _append(self, connection: Connection, merchant_id: str, entries: Iterable[Entry]) -> None:
        await connection.execute(BEGIN_HEAD, merchant_id)
        head = head_from(self._vault, merchant_id, await connection.fetchval(LOCK_HEAD, merchant_id))
        rows = []
        for entry in entries:
            link = linked(entry, head)
            rows.append(link_row(link))
            head = head_of(link)
        if len(await connection.fetch(ADD, *map(list, zip(*rows, strict=True)))) < len(rows):
            raise HeadForged(merchant_id)
        await connection.execute(PUT_HEAD, merchant_id, sealed_head(self._vault, merchant_id, head))

    async def _note(self, entries: Sequence[Entry]) -> list[None]:
        await self._engine.write(lambda connection: self.append(connection, entries), writes=len(entries))
        return [None] * len(entries)

    async def head(self, merchant_id: str) -> Head:
        sealed = await self._engine.read(lambda connection: connection.fetchval(HEAD, merchant_id))
        return head_from(self._vault, merchant_id, sealed)

    async def links(self, merchant_id: str, narrowing: Narrowing, before: int | None, limit: int) -> Sequence[Link]:
        async def work(connection: Connection) -> list[asyncpg.Record]:
            given: list[tuple[str, object]] = [
                (condition, value)
                for condition, value in (("actor =", narrowing.actor), ("deed =", narrowing.deed))
                if value
            ]
            if before is not None:
                given.append(("sequence <", before))
            for at, condition in ((narrowing.since, "sequence >="), (narrowing.until, "sequence <")):
                if at is None:
                    continue
                first = await connection.fetchval(FIRST_SINCE, merchant_id, to_us(at))
                if first is None and condition == "sequence >=":
                    return []
                if first is not None:
                    given.append((condition, first))
            sql = LIST + "".join(f" AND {condition} ${number}" for number, (condition, _) in enumerate(given, 2))
            sql += WITHOUT_READING if narrowing.is_without_reading else ""
            sql += f" ORDER BY sequence DESC LIMIT ${len(given) + 2}"
            return await connection.fetch(sql, merchant_id, *(value for _, value in given), limit)

        return [link_from(row) for row in await self._engine.read(work, begin=BEGIN_PAGING)]

    async def links_after(self, merchant_id: str, sequence: int, limit: int) -> Sequence[Link]:
        rows = await self._engine.read(lambda connection: connection.fetch(AFTER, merchant_id, sequence, limit))
        return [link_from(row) for row in rows]
