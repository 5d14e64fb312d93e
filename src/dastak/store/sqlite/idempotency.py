"""What was asked under a key, and what was answered, in SQLite. Fulfils `accounts.idempotency.IdempotencyStore`."""

import sqlite3
from datetime import datetime, timedelta

from dastak.accounts.idempotency import KEPT_FOR, Asked, Begun, Kept, KeptAnswer, Standing, Ticket, judge
from dastak.store.instant import from_us, to_us
from dastak.store.records import kept_answer, kept_answer_from
from dastak.store.sqlite.engine import Engine
from dastak.store.vault import Vault

LOOK = "SELECT * FROM idempotency_keys WHERE merchant_id = ? AND key_digest = ?"
TAKE = """
    INSERT INTO idempotency_keys (merchant_id, key_digest, request_digest, ticket, leased_until, expires_at)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (merchant_id, key_digest) DO UPDATE SET request_digest = excluded.request_digest,
        ticket = excluded.ticket, leased_until = excluded.leased_until, expires_at = excluded.expires_at,
        sealed_answer = NULL"""
FINISH = """
    UPDATE idempotency_keys SET sealed_answer = ?, expires_at = ?
    WHERE merchant_id = ? AND key_digest = ? AND ticket = ?"""
REMOVE = "DELETE FROM idempotency_keys WHERE merchant_id = ? AND key_digest = ? AND ticket = ?"
FORGET = """
    DELETE FROM idempotency_keys WHERE rowid IN (
        SELECT rowid FROM idempotency_keys WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)"""
RELEASE = "UPDATE idempotency_keys SET leased_until = 0 WHERE sealed_answer IS NULL"
"""At the start of a process: whoever was at work is dead."""


class SqliteIdempotency:
    """The keys of one file. Keys and requests lie there as keyed digests: a key can be a name or a phone number."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    async def begin(self, asked: Asked, ticket_id: str, now: datetime, lease: timedelta) -> Begun:
        places = self._vault.digests(f"idempotency/{asked.key}")
        requests = self._vault.digests(asked.request)

        def work(connection: sqlite3.Connection) -> Begun:
            looks = (connection.execute(LOOK, (asked.merchant_id, place)).fetchone() for place in places)
            row = next((found for found in looks if found is not None), None)
            standing = judge(_kept(row, requests), now)
            if standing is Standing.ANSWERED and row is not None:
                return Begun(standing, answer=self._answer(row))
            if standing is not Standing.NEW:
                return Begun(standing)
            ticket = Ticket(asked.merchant_id, places[0] if row is None else row["key_digest"], ticket_id)
            times = (to_us(now + lease), to_us(now + KEPT_FOR))
            connection.execute(TAKE, (asked.merchant_id, ticket.place, requests[0], ticket_id, *times))
            return Begun(standing, ticket)

        return await self._engine.write(work)

    async def finish(self, ticket: Ticket, answer: KeptAnswer, now: datetime) -> bool:
        sealed = self._vault.seal(kept_answer(answer), _belongs_to(ticket.merchant_id, ticket.place))
        values = (sealed, to_us(now + KEPT_FOR), ticket.merchant_id, ticket.place, ticket.id)
        return await self._engine.write(lambda connection: connection.execute(FINISH, values).rowcount > 0)

    async def release(self, ticket: Ticket) -> None:
        values = (ticket.merchant_id, ticket.place, ticket.id)
        await self._engine.write(lambda connection: connection.execute(REMOVE, values))

    async def forget(self, now: datetime, most: int) -> int:
        return await self._engine.write(lambda connection: connection.execute(FORGET, (to_us(now), most)).rowcount)

    def _answer(self, row: sqlite3.Row) -> KeptAnswer:
        belongs_to = _belongs_to(row["merchant_id"], row["key_digest"])
        return kept_answer_from(self._vault.open(row["sealed_answer"], belongs_to))


def _kept(row: sqlite3.Row | None, requests: list[bytes]) -> Kept | None:
    if row is None:
        return None
    return Kept(
        is_same=row["request_digest"] in requests,
        is_answered=row["sealed_answer"] is not None,
        leased_until=from_us(row["leased_until"]),
        expires_at=from_us(row["expires_at"]),
    )


def _belongs_to(merchant_id: str, place: bytes) -> str:
    return f"idempotency/{merchant_id}/{place.hex()}"
