"""How operators, or members, sign in and where they are, in PostgreSQL. Fulfils `accounts.session.SignInStore`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Self, TypeVar

import asyncpg

from dastak.accounts.person import Person
from dastak.accounts.session import IDLE, Mail, Session
from dastak.accounts.sign_in import SignIn
from dastak.store.instant import to_us
from dastak.store.postgres.deeds import Deeds
from dastak.store.postgres.engine import BEGIN_RELAXED, Connection, Engine
from dastak.store.postgres.notices import add_messages
from dastak.store.sign_in_rows import Kind, as_message, sealed_device, sealed_sign_in, session_from, sign_in_from
from dastak.store.vault import Vault

P = TypeVar("P", bound=Person)


@dataclass(frozen=True, slots=True)
class Statements:
    """The SQL of one kind of person's pair of tables; `of` fills in their names, from constants of ours."""

    sign_in: str
    add_sign_in: str
    save_sign_in: str
    forget: str
    is_active: str
    """Locked: nobody is deactivated between this look and the session."""
    add_session: str
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
            sign_in=f"SELECT * FROM {kind}_sign_ins WHERE merchant_id = $1 AND place = $2",
            add_sign_in=f"""
                INSERT INTO {kind}_sign_ins (merchant_id, place, version, sealed_state, forget_at)
                VALUES ($1, $2, 1, $3, $4)
                ON CONFLICT DO NOTHING RETURNING 1""",
            save_sign_in=f"""
                UPDATE {kind}_sign_ins SET version = version + 1, sealed_state = $3, forget_at = $4
                WHERE merchant_id = $1 AND place = $2 AND version = $5 RETURNING 1""",
            forget=f"DELETE FROM {kind}_sign_ins WHERE merchant_id = $1 AND forget_at <= $2",
            is_active=f"SELECT active FROM {kind}s WHERE merchant_id = $1 AND id = $2 FOR SHARE",
            add_session=f"""
                INSERT INTO {kind}_sessions
                    (merchant_id, token_digest, id, {kind}_id, created_at, seen_at, sealed_device, halfway)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
            session=f"SELECT * FROM {kind}_sessions WHERE merchant_id = $1 AND token_digest = $2",
            complete=f"""
                UPDATE {kind}_sessions SET halfway = false WHERE merchant_id = $1 AND token_digest = $2 RETURNING 1""",
            note_use=f"""
                UPDATE {kind}_sessions SET seen_at = greatest(seen_at, $3)
                WHERE merchant_id = $1 AND token_digest = $2""",
            sessions=f"""
                SELECT * FROM {kind}_sessions WHERE merchant_id = $1 AND {kind}_id = $2
                ORDER BY created_at DESC, id DESC""",
            end=f"DELETE FROM {kind}_sessions WHERE merchant_id = $1 AND {kind}_id = $2 AND id = $3 RETURNING 1",
            end_idle=f"DELETE FROM {kind}_sessions WHERE merchant_id = $1 AND {kind}_id = $2 AND seen_at <= $3",
            person=f"SELECT * FROM {kind}s WHERE merchant_id = $1 AND id = $2",
        )


class PostgresSignIns(Generic[P]):
    """The sign-ins of one kind of person in one database."""

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
        row = await self._engine.read(lambda connection: connection.fetchrow(self._sql.sign_in, merchant_id, place))
        return None if row is None else sign_in_from(self._vault, self._kind.name, row)

    async def save_sign_in(self, sign_in: SignIn, mail: Mail | None, now: datetime) -> bool:
        messages = [] if mail is None else [as_message(sign_in.merchant_id, sign_in.person_id, mail)]

        async def work(connection: Connection) -> bool:
            await connection.execute(self._sql.forget, sign_in.merchant_id, to_us(now))
            if not await self._save(connection, sign_in):
                return False
            await add_messages(connection, self._vault, messages)
            return True

        saved = await self._engine.write(work)
        self._committed()
        return saved

    async def open_session(self, sign_in: SignIn, session: Session) -> bool:
        who = (session.merchant_id, session.person_id)
        times = (to_us(session.created_at), to_us(session.seen_at))
        device = sealed_device(self._vault, self._kind.name, session)
        values = (
            session.merchant_id,
            session.token_digest,
            session.id,
            session.person_id,
            *times,
            device,
            session.halfway,
        )

        async def work(connection: Connection) -> bool:
            if not await connection.fetchval(self._sql.is_active, *who) or not await self._save(connection, sign_in):
                return False
            await connection.execute(self._sql.end_idle, *who, to_us(session.created_at - IDLE))
            await connection.execute(self._sql.add_session, *values)
            return True

        return await self._engine.write(work)

    async def session(self, merchant_id: str, token_digest: str) -> tuple[Session, P] | None:
        async def work(connection: Connection) -> tuple[asyncpg.Record, asyncpg.Record | None] | None:
            row = await connection.fetchrow(self._sql.session, merchant_id, token_digest)
            return (
                None
                if row is None
                else (row, await connection.fetchrow(self._sql.person, merchant_id, row[f"{self._kind.name}_id"]))
            )

        found = await self._engine.read(work)
        if found is None or found[1] is None:
            return None
        return session_from(self._vault, self._kind.name, found[0]), self._kind.person_from(self._vault, found[1])

    async def complete_session(self, session: Session) -> bool:
        values = (session.merchant_id, session.token_digest)
        return await self._engine.write(lambda connection: connection.fetchval(self._sql.complete, *values)) is not None

    async def note_use(self, session: Session, now: datetime) -> None:
        values = (session.merchant_id, session.token_digest, to_us(now))
        await self._engine.write(
            lambda connection: connection.execute(self._sql.note_use, *values), begin=BEGIN_RELAXED
        )

    async def sessions(self, merchant_id: str, person_id: str) -> Sequence[Session]:
        rows = await self._engine.read(lambda connection: connection.fetch(self._sql.sessions, merchant_id, person_id))
        return [session_from(self._vault, self._kind.name, row) for row in rows]

    async def end_session(self, merchant_id: str, person_id: str, session_id: str) -> bool:
        values = (merchant_id, person_id, session_id)

        async def work(connection: Connection) -> bool:
            return await connection.fetchval(self._sql.end, *values) is not None

        return await self._deeds.write(merchant_id, work, session_id)

    async def _save(self, connection: Connection, sign_in: SignIn) -> bool:
        sealed, forget_at = sealed_sign_in(self._vault, self._kind.name, sign_in), to_us(sign_in.forget_at())
        where = (sign_in.merchant_id, sign_in.place)
        if await connection.fetchval(self._sql.save_sign_in, *where, sealed, forget_at, sign_in.version) is not None:
            return True
        if sign_in.version > 0 and await connection.fetchval(self._sql.sign_in, *where) is not None:
            return False
        return await connection.fetchval(self._sql.add_sign_in, *where, sealed, forget_at) is not None
