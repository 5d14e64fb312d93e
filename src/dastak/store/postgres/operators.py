"""Operators in PostgreSQL, and who is online. Fulfils `accounts.operator`'s `OperatorStore` and `PresenceStore`."""

from collections.abc import Sequence
from datetime import datetime

from dastak.accounts.operator import MOST_OPERATORS, EmailTaken, Operator, Presence, TooManyOperators
from dastak.store.instant import maybe_us, to_us
from dastak.store.operator_rows import email_digests, operator_from, presence_from, sealed_operator
from dastak.store.postgres.deeds import Deeds
from dastak.store.postgres.engine import BEGIN_RELAXED, Connection, Engine
from dastak.store.vault import Vault

COUNT = "SELECT count(*) FROM operators WHERE merchant_id = $1"
ADD = """
    INSERT INTO operators (merchant_id, id, email_digest, active, version, sealed_state, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING 1"""
SAVE = """
    UPDATE operators SET active = $3, version = version + 1, sealed_state = $4, updated_at = $5
    WHERE merchant_id = $1 AND id = $2 AND version = $6 RETURNING 1"""
ONE = "SELECT * FROM operators WHERE merchant_id = $1 AND id = $2"
BY_EMAIL = "SELECT * FROM operators WHERE merchant_id = $1 AND email_digest = ANY($2::bytea[])"
ALL = "SELECT * FROM operators WHERE merchant_id = $1 ORDER BY created_at, id"
END_SESSIONS = "DELETE FROM operator_sessions WHERE merchant_id = $1 AND operator_id = $2"
PUT_PRESENCE = """
    INSERT INTO operator_presence
        (merchant_id, operator_id, online_since, last_heard, device_checked_at, last_act)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (merchant_id, operator_id) DO UPDATE SET online_since = excluded.online_since,
        last_heard = excluded.last_heard, device_checked_at = excluded.device_checked_at,
        last_act = excluded.last_act"""
HEARD = """
    UPDATE operator_presence SET last_heard = greatest(last_heard, $3)
    WHERE merchant_id = $1 AND operator_id = $2 RETURNING *"""
ACTED = """
    UPDATE operator_presence SET last_act = greatest(last_act, $3) WHERE merchant_id = $1 AND operator_id = $2"""
END_PRESENCE = "DELETE FROM operator_presence WHERE merchant_id = $1 AND operator_id = $2 RETURNING 1"
PRESENCE = "SELECT * FROM operator_presence WHERE merchant_id = $1 AND operator_id = $2"
PRESENCES = "SELECT * FROM operator_presence WHERE merchant_id = $1 ORDER BY online_since, operator_id"


class PostgresOperators:
    """The operators of one database."""

    def __init__(self, engine: Engine, vault: Vault, deeds: Deeds) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds

    async def add_operator(self, operator: Operator) -> None:
        digests = email_digests(self._vault, operator.merchant_id, operator.email)
        sealed = sealed_operator(self._vault, operator)
        times = (to_us(operator.created_at), to_us(operator.updated_at))
        values = (operator.merchant_id, operator.id, digests[0], operator.active, operator.version, sealed, *times)

        async def work(connection: Connection) -> None:
            if await connection.fetchrow(BY_EMAIL, operator.merchant_id, digests) is not None:
                raise EmailTaken
            if await connection.fetchval(COUNT, operator.merchant_id) >= MOST_OPERATORS:
                raise TooManyOperators
            if await connection.fetchval(ADD, *values) is None:  # somebody was faster between our statements
                raise EmailTaken

        await self._deeds.write(operator.merchant_id, work, operator.id)

    async def save_operator(self, operator: Operator) -> bool:
        sealed = sealed_operator(self._vault, operator)
        who = (operator.merchant_id, operator.id)

        async def work(connection: Connection) -> bool:
            values = (*who, operator.active, sealed, to_us(operator.updated_at), operator.version)
            if await connection.fetchval(SAVE, *values) is None:
                return False
            if not operator.active:
                await connection.execute(END_SESSIONS, *who)
                await connection.execute(END_PRESENCE, *who)
            return True

        return await self._deeds.write(operator.merchant_id, work, operator.id)

    async def operator(self, merchant_id: str, operator_id: str) -> Operator | None:
        row = await self._engine.read(lambda connection: connection.fetchrow(ONE, merchant_id, operator_id))
        return None if row is None else operator_from(self._vault, row)

    async def operator_by_email(self, merchant_id: str, email: str) -> Operator | None:
        digests = email_digests(self._vault, merchant_id, email)
        row = await self._engine.read(lambda connection: connection.fetchrow(BY_EMAIL, merchant_id, digests))
        return None if row is None else operator_from(self._vault, row)

    async def operators(self, merchant_id: str) -> Sequence[Operator]:
        rows = await self._engine.read(lambda connection: connection.fetch(ALL, merchant_id))
        return [operator_from(self._vault, row) for row in rows]

    async def put_presence(self, presence: Presence) -> None:
        values = (
            presence.merchant_id,
            presence.operator_id,
            to_us(presence.online_since),
            to_us(presence.last_heard),
            maybe_us(presence.device_checked_at),
            maybe_us(presence.last_act),
        )

        async def work(connection: Connection) -> None:
            await connection.execute(PUT_PRESENCE, *values)

        await self._deeds.write(presence.merchant_id, work, presence.operator_id)

    async def heard(self, merchant_id: str, operator_id: str, at: datetime) -> Presence | None:
        values = (merchant_id, operator_id, to_us(at))
        row = await self._engine.write(lambda connection: connection.fetchrow(HEARD, *values), begin=BEGIN_RELAXED)
        return None if row is None else presence_from(row)

    async def acted(self, merchant_id: str, operator_id: str, at: datetime) -> None:
        values = (merchant_id, operator_id, to_us(at))
        await self._engine.write(lambda connection: connection.execute(ACTED, *values), begin=BEGIN_RELAXED)

    async def end_presence(self, merchant_id: str, operator_id: str) -> None:
        values = (merchant_id, operator_id)

        async def work(connection: Connection) -> bool:
            return await connection.fetchrow(END_PRESENCE, *values) is not None

        await self._deeds.write(merchant_id, work, operator_id)

    async def presence(self, merchant_id: str, operator_id: str) -> Presence | None:
        row = await self._engine.read(lambda connection: connection.fetchrow(PRESENCE, merchant_id, operator_id))
        return None if row is None else presence_from(row)

    async def presences(self, merchant_id: str) -> Sequence[Presence]:
        rows = await self._engine.read(lambda connection: connection.fetch(PRESENCES, merchant_id))
        return [presence_from(row) for row in rows]
