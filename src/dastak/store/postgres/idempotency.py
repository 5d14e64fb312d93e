"""What was asked under a key, and what was answered, in PostgreSQL. Fulfils `accounts.idempotency.IdempotencyStore`."""

from datetime import datetime, timedelta

import asyncpg

from dastak.accounts.idempotency import KEPT_FOR, Asked, Begun, Kept, KeptAnswer, Standing, Ticket, judge
from dastak.store.instant import from_us, to_us
from dastak.store.postgres.engine import Connection, Engine
from dastak.store.records import kept_answer, kept_answer_from
from dastak.store.vault import Vault

LOOK = "SELECT * FROM idempotency_keys WHERE merchant_id = $1 AND key_digest = ANY($2::bytea[]) FOR UPDATE"
TAKE = """
    INSERT INTO idempotency_keys (merchant_id, key_digest, request_digest, ticket, leased_until, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING 1"""
TAKE_OVER = """
    UPDATE idempotency_keys SET request_digest = $3, ticket = $4, leased_until = $5, expires_at = $6,
        sealed_answer = NULL
    WHERE merchant_id = $1 AND key_digest = $2 RETURNING 1"""
FINISH = """
    UPDATE idempotency_keys SET sealed_answer = $4, expires_at = $5
    WHERE merchant_id = $1 AND key_digest = $2 AND ticket = $3 RETURNING 1"""
REMOVE = "DELETE FROM idempotency_keys WHERE merchant_id = $1 AND key_digest = $2 AND ticket = $3"
FORGET = """
    DELETE FROM idempotency_keys WHERE (merchant_id, key_digest) IN (
        SELECT merchant_id, key_digest FROM idempotency_keys WHERE expires_at <= $1
        ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING 1"""


class PostgresIdempotency:
    """The keys of one database. Keys and requests lie there as keyed digests: a key can be a name or a phone number."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    async def begin(self, asked: Asked, ticket_id: str, now: datetime, lease: timedelta) -> Begun:
        places = self._vault.digests(f"idempotency/{asked.key}")
        requests = self._vault.digests(asked.request)
        times = (to_us(now + lease), to_us(now + KEPT_FOR))

        async def work(connection: Connection) -> Begun:
            while True:
                row = await connection.fetchrow(LOOK, asked.merchant_id, places)
                standing = judge(_kept(row, requests), now)
                if standing is Standing.ANSWERED and row is not None:
                    return Begun(standing, answer=self._answer(row))
                if standing is not Standing.NEW:
                    return Begun(standing)
                ticket = Ticket(asked.merchant_id, places[0] if row is None else row["key_digest"], ticket_id)
                take = TAKE if row is None else TAKE_OVER
                values = (asked.merchant_id, ticket.place, requests[0], ticket_id, *times)
                if await connection.fetchval(take, *values) is not None:
                    return Begun(standing, ticket)
                # somebody else was faster between our two statements: look at what they left

        return await self._engine.write(work)

    async def finish(self, ticket: Ticket, answer: KeptAnswer, now: datetime) -> bool:
        sealed = self._vault.seal(kept_answer(answer), _belongs_to(ticket.merchant_id, ticket.place))
        values = (ticket.merchant_id, ticket.place, ticket.id, sealed, to_us(now + KEPT_FOR))
        return await self._engine.write(lambda connection: connection.fetchval(FINISH, *values)) is not None

    async def release(self, ticket: Ticket) -> None:
        values = (ticket.merchant_id, ticket.place, ticket.id)
        await self._engine.write(lambda connection: connection.execute(REMOVE, *values))

    async def forget(self, now: datetime, most: int) -> int:
        return len(await self._engine.write(lambda connection: connection.fetch(FORGET, to_us(now), most)))

    def _answer(self, row: asyncpg.Record) -> KeptAnswer:
        belongs_to = _belongs_to(row["merchant_id"], row["key_digest"])
        return kept_answer_from(self._vault.open(row["sealed_answer"], belongs_to))


def _kept(row: asyncpg.Record | None, requests: list[bytes]) -> Kept | None:
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
