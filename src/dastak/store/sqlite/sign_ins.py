"""How operators, or members, sign in and where they are, in SQLite. Fulfils `accounts.session.SignInStore`."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Self, TypeVar

from dastak.accounts.person import Person
from dastak.accounts.session import IDLE, Mail, Session
from dastak.accounts.sign_in import SignIn
from dastak.store.instant import to_us
from dastak.store.sign_in_rows import Kind, as_message, sealed_device, sealed_sign_in, session_from, sign_in_from
from dastak.store.sqlite.deeds import Deeds
from dastak.store.sqlite.engine import Engine
from dastak.store.sqlite.notices import add_messages
from dastak.store.vault import Vault

P = TypeVar("P", bound=Person)


@dataclass(frozen=True, slots=True)
class Statements:
    """The SQL of one kind of person's pair of tables; `of` fills in their names, from constants of ours."""

    sign_in: str
    add_sign_in: str
    save_sign_in: str
    forget: str
    add_session: str
    is_active: str
    session: str
    complete: str
    note_use: str
    sessions: str
    end: str
    end_idle: str
    person: str

    @classmethod
    def of(cls, kind: str) -> Self:
        """For `operator` or `member`."""
        return cls(
            sign_in=f"SELECT * FROM {kind}_sign_ins WHERE merchant_id = ? AND place = ?",
            add_sign_in=f"""
                INSERT INTO {kind}_sign_ins (merchant_id, place, version, sealed_state, forget_at)
                VALUES (?, ?, 1, ?, ?)
                ON CONFLICT DO NOTHING""",
            save_sign_in=f"""
                UPDATE {kind}_sign_ins SET version = version + 1, sealed_state = ?, forget_at = ?
                WHERE merchant_id = ? AND place = ? AND version = ?""",
            forget=f"DELETE FROM {kind}_sign_ins WHERE merchant_id = ? AND forget_at <= ?",
            add_session=f"""
                INSERT INTO {kind}_sessions
                    (merchant_id, token_digest, id, {kind}_id, created_at, seen_at, sealed_device, halfway)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            is_active=f"SELECT active FROM {kind}s WHERE merchant_id = ? AND id = ?",
            session=f"SELECT * FROM {kind}_sessions WHERE merchant_id = ? AND token_digest = ?",
            complete=f"UPDATE {kind}_sessions SET halfway = 0 WHERE merchant_id = ? AND token_digest = ?",
            note_use=f"""
                UPDATE {kind}_sessions SET seen_at = max(seen_at, ?) WHERE merchant_id = ? AND token_digest = ?""",
            sessions=f"""
                SELECT * FROM {kind}_sessions WHERE merchant_id = ? AND {kind}_id = ?
                ORDER BY created_at DESC, id DESC""",
            end=f"DELETE FROM {kind}_sessions WHERE merchant_id = ? AND {kind}_id = ? AND id = ?",
            end_idle=f"DELETE FROM {kind}_sessions WHERE merchant_id = ? AND {kind}_id = ? AND seen_at <= ?",
            person=f"SELECT * FROM {kind}s WHERE merchant_id = ? AND id = ?",
        )


class SqliteSignIns(Generic[P]):
    """The sign-ins of one kind of person in one file."""

    def __init__(
        self, engine: Engine, vault: Vault, deeds: Deeds, kind: Kind[P], committed: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds
        self._committed = committed
        self._kind = kind
        self._sql = Statements.of(kind.name)

    async def sign_in(self, merchant_id: str, place: str) -> SignIn | None:
        values = (merchant_id, place)
        row = await self._engine.read(lambda connection: connection.execute(self._sql.sign_in, values).fetchone())
        return None if row is None else sign_in_from(self._vault, self._kind.name, row)

    async def save_sign_in(self, sign_in: SignIn, mail: Mail | None, now: datetime) -> bool:
        messages = [] if mail is None else [as_message(sign_in.merchant_id, sign_in.person_id, mail)]

        def work(connection: sqlite3.Connection) -> bool:
            connection.execute(self._sql.forget, (sign_in.merchant_id, to_us(now)))
            if not self._save(connection, sign_in):
                return False
            add_messages(connection, self._vault, messages)
            return True

        saved = await self._engine.write(work)
        self._committed()
        return saved

    async def open_session(self, sign_in: SignIn, session: Session) -> bool:
        device = sealed_device(self._vault, self._kind.name, session)
        who = (session.merchant_id, session.person_id)

        def work(connection: sqlite3.Connection) -> bool:
            person = connection.execute(self._sql.is_active, who).fetchone()
            if person is None or not person["active"] or not self._save(connection, sign_in):
                return False
            connection.execute(self._sql.end_idle, (*who, to_us(session.created_at - IDLE)))
            times = (to_us(session.created_at), to_us(session.seen_at))
            values = (
                session.merchant_id,
                session.token_digest,
                session.id,
                session.person_id,
                *times,
                device,
                session.halfway,
            )
            connection.execute(self._sql.add_session, values)
            return True

        return await self._engine.write(work)

    async def session(self, merchant_id: str, token_digest: str) -> tuple[Session, P] | None:
        def work(connection: sqlite3.Connection) -> tuple[sqlite3.Row, sqlite3.Row] | None:
            row = connection.execute(self._sql.session, (merchant_id, token_digest)).fetchone()
            return (
                None
                if row is None
                else (row, connection.execute(self._sql.person, (merchant_id, row[f"{self._kind.name}_id"])).fetchone())
            )

        found = await self._engine.read(work)
        return (
            None
            if found is None
            else (session_from(self._vault, self._kind.name, found[0]), self._kind.person_from(self._vault, found[1]))
        )

    async def complete_session(self, session: Session) -> bool:
        values = (session.merchant_id, session.token_digest)
        return await self._engine.write(lambda connection: connection.execute(self._sql.complete, values).rowcount > 0)

    async def note_use(self, session: Session, now: datetime) -> None:
        values = (to_us(now), session.merchant_id, session.token_digest)
        await self._engine.write(lambda connection: connection.execute(self._sql.note_use, values), durable=False)

    async def sessions(self, merchant_id: str, person_id: str) -> Sequence[Session]:
        values = (merchant_id, person_id)
        rows = await self._engine.read(lambda connection: connection.execute(self._sql.sessions, values).fetchall())
        return [session_from(self._vault, self._kind.name, row) for row in rows]

    async def end_session(self, merchant_id: str, person_id: str, session_id: str) -> bool:
        values = (merchant_id, person_id, session_id)
        return await self._deeds.write(
            merchant_id, lambda connection: connection.execute(self._sql.end, values).rowcount > 0, session_id
        )

    def _save(self, connection: sqlite3.Connection, sign_in: SignIn) -> bool:
        sealed, forget_at = sealed_sign_in(self._vault, self._kind.name, sign_in), to_us(sign_in.forget_at())
        where = (sign_in.merchant_id, sign_in.place)
        if connection.execute(self._sql.save_sign_in, (sealed, forget_at, *where, sign_in.version)).rowcount > 0:
            return True
        if sign_in.version > 0 and connection.execute(self._sql.sign_in, where).fetchone() is not None:
            return False
        return connection.execute(self._sql.add_sign_in, (*where, sealed, forget_at)).rowcount > 0
