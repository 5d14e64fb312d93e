"""How operators sign in and where they are, in SQLite. Fulfils `accounts.operator_session.SignInStore`."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime

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
from dastak.store.sqlite.engine import Engine
from dastak.store.sqlite.notices import add_messages
from dastak.store.sqlite.operators import ONE
from dastak.store.vault import Vault

SIGN_IN = "SELECT * FROM operator_sign_ins WHERE merchant_id = ? AND place = ?"
ADD_SIGN_IN = """
    INSERT INTO operator_sign_ins (merchant_id, place, version, sealed_state, forget_at) VALUES (?, ?, 1, ?, ?)
    ON CONFLICT DO NOTHING"""
SAVE_SIGN_IN = """
    UPDATE operator_sign_ins SET version = version + 1, sealed_state = ?, forget_at = ?
    WHERE merchant_id = ? AND place = ? AND version = ?"""
FORGET = "DELETE FROM operator_sign_ins WHERE merchant_id = ? AND forget_at <= ?"
ADD_SESSION = """
    INSERT INTO operator_sessions (merchant_id, token_digest, id, operator_id, created_at, seen_at, sealed_device)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
IS_ACTIVE = "SELECT active FROM operators WHERE merchant_id = ? AND id = ?"
SESSION = "SELECT * FROM operator_sessions WHERE merchant_id = ? AND token_digest = ?"
NOTE_USE = """
    UPDATE operator_sessions SET seen_at = max(seen_at, ?) WHERE merchant_id = ? AND token_digest = ?"""
SESSIONS = """
    SELECT * FROM operator_sessions WHERE merchant_id = ? AND operator_id = ? ORDER BY created_at DESC, id DESC"""
END = "DELETE FROM operator_sessions WHERE merchant_id = ? AND operator_id = ? AND id = ?"
END_IDLE = "DELETE FROM operator_sessions WHERE merchant_id = ? AND operator_id = ? AND seen_at <= ?"


class SqliteSignIns:
    """The sign-ins of one file."""

    def __init__(self, engine: Engine, vault: Vault, committed: Callable[[], None]) -> None:
        self._engine = engine
        self._vault = vault
        self._committed = committed

    async def sign_in(self, merchant_id: str, place: str) -> SignIn | None:
        values = (merchant_id, place)
        row = await self._engine.read(lambda connection: connection.execute(SIGN_IN, values).fetchone())
        return None if row is None else sign_in_from(self._vault, row)

    async def save_sign_in(self, sign_in: SignIn, mail: Mail | None, now: datetime) -> bool:
        messages = [] if mail is None else [as_message(sign_in.merchant_id, sign_in.operator_id, mail)]

        def work(connection: sqlite3.Connection) -> bool:
            connection.execute(FORGET, (sign_in.merchant_id, to_us(now)))
            if not self._save(connection, sign_in):
                return False
            add_messages(connection, self._vault, messages)
            return True

        saved = await self._engine.write(work)
        self._committed()
        return saved

    async def open_session(self, sign_in: SignIn, session: OperatorSession) -> bool:
        device = sealed_device(self._vault, session)
        who = (session.merchant_id, session.operator_id)

        def work(connection: sqlite3.Connection) -> bool:
            operator = connection.execute(IS_ACTIVE, who).fetchone()
            if operator is None or not operator["active"] or not self._save(connection, sign_in):
                return False
            connection.execute(END_IDLE, (*who, to_us(session.created_at - IDLE)))
            times = (to_us(session.created_at), to_us(session.seen_at))
            values = (session.merchant_id, session.token_digest, session.id, session.operator_id, *times, device)
            connection.execute(ADD_SESSION, values)
            return True

        return await self._engine.write(work)

    async def session(self, merchant_id: str, token_digest: str) -> tuple[OperatorSession, Operator] | None:
        def work(connection: sqlite3.Connection) -> tuple[sqlite3.Row, sqlite3.Row] | None:
            row = connection.execute(SESSION, (merchant_id, token_digest)).fetchone()
            return None if row is None else (row, connection.execute(ONE, (merchant_id, row["operator_id"])).fetchone())

        found = await self._engine.read(work)
        return None if found is None else (session_from(self._vault, found[0]), operator_from(self._vault, found[1]))

    async def note_use(self, session: OperatorSession, now: datetime) -> None:
        values = (to_us(now), session.merchant_id, session.token_digest)
        await self._engine.write(lambda connection: connection.execute(NOTE_USE, values), durable=False)

    async def sessions(self, merchant_id: str, operator_id: str) -> Sequence[OperatorSession]:
        values = (merchant_id, operator_id)
        rows = await self._engine.read(lambda connection: connection.execute(SESSIONS, values).fetchall())
        return [session_from(self._vault, row) for row in rows]

    async def end_session(self, merchant_id: str, operator_id: str, session_id: str) -> bool:
        values = (merchant_id, operator_id, session_id)
        return await self._engine.write(lambda connection: connection.execute(END, values).rowcount > 0)

    def _save(self, connection: sqlite3.Connection, sign_in: SignIn) -> bool:
        sealed, forget_at = sealed_sign_in(self._vault, sign_in), to_us(sign_in.forget_at())
        where = (sign_in.merchant_id, sign_in.place)
        if connection.execute(SAVE_SIGN_IN, (sealed, forget_at, *where, sign_in.version)).rowcount > 0:
            return True
        if sign_in.version > 0 and connection.execute(SIGN_IN, where).fetchone() is not None:
            return False
        return connection.execute(ADD_SIGN_IN, (*where, sealed, forget_at)).rowcount > 0
