"""How operators sign in and where they are, in PostgreSQL. Fulfils `accounts.operator_session.SignInStore`."""

from collections.abc import Callable, Sequence
from datetime import datetime

import asyncpg

from dastak.accounts.operator import Operator
from dastak.accounts.operator_session import IDLE, Mail, OperatorSession
from dastak.accounts.sign_in import SignIn
from dastak.store.instant import to_us
from dastak.store.operator_rows import (
    as_message,
    operator_from,
    sealed_device,
    sealed_sign_in,
    session_from,
    sign_in_from,
)
from dastak.store.postgres.engine import BEGIN_RELAXED, Connection, Engine
from dastak.store.postgres.notices import add_messages
from dastak.store.postgres.operators import ONE
from dastak.store.vault import Vault

SIGN_IN = "SELECT * FROM operator_sign_ins WHERE merchant_id = $1 AND place = $2"
ADD_SIGN_IN = """
    INSERT INTO operator_sign_ins (merchant_id, place, version, sealed_state, forget_at) VALUES ($1, $2, 1, $3, $4)
    ON CONFLICT DO NOTHING RETURNING 1"""
SAVE_SIGN_IN = """
    UPDATE operator_sign_ins SET version = version + 1, sealed_state = $3, forget_at = $4
    WHERE merchant_id = $1 AND place = $2 AND version = $5 RETURNING 1"""
FORGET = "DELETE FROM operator_sign_ins WHERE merchant_id = $1 AND forget_at <= $2"
IS_ACTIVE = "SELECT active FROM operators WHERE merchant_id = $1 AND id = $2 FOR SHARE"
"""Locked: nobody is deactivated between this look and the session."""
ADD_SESSION = """
    INSERT INTO operator_sessions (merchant_id, token_digest, id, operator_id, created_at, seen_at, sealed_device)
    VALUES ($1, $2, $3, $4, $5, $6, $7)"""
SESSION = "SELECT * FROM operator_sessions WHERE merchant_id = $1 AND token_digest = $2"
NOTE_USE = """
    UPDATE operator_sessions SET seen_at = greatest(seen_at, $3) WHERE merchant_id = $1 AND token_digest = $2"""
SESSIONS = """
    SELECT * FROM operator_sessions WHERE merchant_id = $1 AND operator_id = $2 ORDER BY created_at DESC, id DESC"""
END = "DELETE FROM operator_sessions WHERE merchant_id = $1 AND operator_id = $2 AND id = $3 RETURNING 1"
END_IDLE = "DELETE FROM operator_sessions WHERE merchant_id = $1 AND operator_id = $2 AND seen_at <= $3"


class PostgresSignIns:
    """The sign-ins of one database."""

    def __init__(self, engine: Engine, vault: Vault, committed: Callable[[], None]) -> None:
        self._engine = engine
        self._vault = vault
        self._committed = committed

    async def sign_in(self, merchant_id: str, place: str) -> SignIn | None:
        row = await self._engine.read(lambda connection: connection.fetchrow(SIGN_IN, merchant_id, place))
        return None if row is None else sign_in_from(self._vault, row)

    async def save_sign_in(self, sign_in: SignIn, mail: Mail | None, now: datetime) -> bool:
        messages = [] if mail is None else [as_message(sign_in.merchant_id, sign_in.operator_id, mail)]

        async def work(connection: Connection) -> bool:
            await connection.execute(FORGET, sign_in.merchant_id, to_us(now))
            if not await self._save(connection, sign_in):
                return False
            await add_messages(connection, self._vault, messages)
            return True

        saved = await self._engine.write(work)
        self._committed()
        return saved

    async def open_session(self, sign_in: SignIn, session: OperatorSession) -> bool:
        who = (session.merchant_id, session.operator_id)
        times = (to_us(session.created_at), to_us(session.seen_at))
        device = sealed_device(self._vault, session)
        values = (session.merchant_id, session.token_digest, session.id, session.operator_id, *times, device)

        async def work(connection: Connection) -> bool:
            if not await connection.fetchval(IS_ACTIVE, *who) or not await self._save(connection, sign_in):
                return False
            await connection.execute(END_IDLE, *who, to_us(session.created_at - IDLE))
            await connection.execute(ADD_SESSION, *values)
            return True

        return await self._engine.write(work)

    async def session(self, merchant_id: str, token_digest: str) -> tuple[OperatorSession, Operator] | None:
        async def work(connection: Connection) -> tuple[asyncpg.Record, asyncpg.Record | None] | None:
            row = await connection.fetchrow(SESSION, merchant_id, token_digest)
            return None if row is None else (row, await connection.fetchrow(ONE, merchant_id, row["operator_id"]))

        found = await self._engine.read(work)
        if found is None or found[1] is None:
            return None
        return session_from(self._vault, found[0]), operator_from(self._vault, found[1])

    async def note_use(self, session: OperatorSession, now: datetime) -> None:
        values = (session.merchant_id, session.token_digest, to_us(now))
        await self._engine.write(lambda connection: connection.execute(NOTE_USE, *values), begin=BEGIN_RELAXED)

    async def sessions(self, merchant_id: str, operator_id: str) -> Sequence[OperatorSession]:
        rows = await self._engine.read(lambda connection: connection.fetch(SESSIONS, merchant_id, operator_id))
        return [session_from(self._vault, row) for row in rows]

    async def end_session(self, merchant_id: str, operator_id: str, session_id: str) -> bool:
        values = (merchant_id, operator_id, session_id)
        return await self._engine.write(lambda connection: connection.fetchval(END, *values)) is not None

    async def _save(self, connection: Connection, sign_in: SignIn) -> bool:
        sealed, forget_at = sealed_sign_in(self._vault, sign_in), to_us(sign_in.forget_at())
        where = (sign_in.merchant_id, sign_in.place)
        if await connection.fetchval(SAVE_SIGN_IN, *where, sealed, forget_at, sign_in.version) is not None:
            return True
        if sign_in.version > 0 and await connection.fetchval(SIGN_IN, *where) is not None:
            return False
        return await connection.fetchval(ADD_SIGN_IN, *where, sealed, forget_at) is not None
