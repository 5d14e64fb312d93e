"""Operators in SQLite, and who of them is online. Fulfils `accounts.operator`'s `OperatorStore` and `PresenceStore`."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from dastak.accounts.operator import MOST_OPERATORS, EmailTaken, Operator, Presence, TooManyOperators
from dastak.store.instant import maybe_us, to_us
from dastak.store.operator_rows import email_digests, operator_from, presence_from, sealed_operator
from dastak.store.sqlite.deeds import Deeds
from dastak.store.sqlite.engine import Engine
from dastak.store.vault import Vault

COUNT = "SELECT count(*) AS n FROM operators WHERE merchant_id = ?"
ADD = """
    INSERT INTO operators (merchant_id, id, email_digest, active, version, sealed_state, created_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
SAVE = """
    UPDATE operators SET active = ?, version = version + 1, sealed_state = ?, updated_at = ?
    WHERE merchant_id = ? AND id = ? AND version = ?"""
ONE = "SELECT * FROM operators WHERE merchant_id = ? AND id = ?"
BY_EMAIL = "SELECT * FROM operators WHERE merchant_id = ? AND email_digest = ?"
ALL = "SELECT * FROM operators WHERE merchant_id = ? ORDER BY created_at, id"
END_SESSIONS = "DELETE FROM operator_sessions WHERE merchant_id = ? AND operator_id = ?"
PUT_PRESENCE = """
    INSERT OR REPLACE INTO operator_presence
        (merchant_id, operator_id, online_since, last_heard, device_checked_at, last_act)
    VALUES (?, ?, ?, ?, ?, ?)"""
HEARD = """
    UPDATE operator_presence SET last_heard = max(last_heard, ?) WHERE merchant_id = ? AND operator_id = ?"""
ACTED = """
    UPDATE operator_presence SET last_act = max(coalesce(last_act, 0), ?) WHERE merchant_id = ? AND operator_id = ?"""
END_PRESENCE = "DELETE FROM operator_presence WHERE merchant_id = ? AND operator_id = ?"
PRESENCE = "SELECT * FROM operator_presence WHERE merchant_id = ? AND operator_id = ?"
PRESENCES = "SELECT * FROM operator_presence WHERE merchant_id = ? ORDER BY online_since, operator_id"


class SqliteOperators:
    """The operators of one file."""

    def __init__(self, engine: Engine, vault: Vault, deeds: Deeds) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds

    async def add_operator(self, operator: Operator) -> None:
        digests = email_digests(self._vault, operator.merchant_id, operator.email)
        sealed = sealed_operator(self._vault, operator)

        def work(connection: sqlite3.Connection) -> None:
            if _by_email(connection, operator.merchant_id, digests) is not None:
                raise EmailTaken
            if connection.execute(COUNT, (operator.merchant_id,)).fetchone()["n"] >= MOST_OPERATORS:
                raise TooManyOperators
            times = (to_us(operator.created_at), to_us(operator.updated_at))
            values = (operator.merchant_id, operator.id, digests[0], operator.active, operator.version, sealed, *times)
            connection.execute(ADD, values)

        await self._deeds.write(operator.merchant_id, work, operator.id)

    async def save_operator(self, operator: Operator) -> bool:
        sealed = sealed_operator(self._vault, operator)
        who = (operator.merchant_id, operator.id)

        def work(connection: sqlite3.Connection) -> bool:
            values = (operator.active, sealed, to_us(operator.updated_at), *who, operator.version)
            if connection.execute(SAVE, values).rowcount == 0:
                return False
            if not operator.active:
                connection.execute(END_SESSIONS, who)
                connection.execute(END_PRESENCE, who)
            return True

        return await self._deeds.write(operator.merchant_id, work, operator.id)

    async def operator(self, merchant_id: str, operator_id: str) -> Operator | None:
        values = (merchant_id, operator_id)
        row = await self._engine.read(lambda connection: connection.execute(ONE, values).fetchone())
        return None if row is None else operator_from(self._vault, row)

    async def operator_by_email(self, merchant_id: str, email: str) -> Operator | None:
        digests = email_digests(self._vault, merchant_id, email)
        row = await self._engine.read(lambda connection: _by_email(connection, merchant_id, digests))
        return None if row is None else operator_from(self._vault, row)

    async def operators(self, merchant_id: str) -> Sequence[Operator]:
        rows = await self._engine.read(lambda connection: connection.execute(ALL, (merchant_id,)).fetchall())
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

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(PUT_PRESENCE, values)

        await self._deeds.write(presence.merchant_id, work, presence.operator_id)

    async def heard(self, merchant_id: str, operator_id: str, at: datetime) -> Presence | None:
        values = (merchant_id, operator_id)

        def work(connection: sqlite3.Connection) -> sqlite3.Row | None:
            connection.execute(HEARD, (to_us(at), *values))
            row: sqlite3.Row | None = connection.execute(PRESENCE, values).fetchone()
            return row

        row = await self._engine.write(work, durable=False)
        return None if row is None else presence_from(row)

    async def acted(self, merchant_id: str, operator_id: str, at: datetime) -> None:
        values = (to_us(at), merchant_id, operator_id)
        await self._engine.write(lambda connection: connection.execute(ACTED, values), durable=False)

    async def end_presence(self, merchant_id: str, operator_id: str) -> None:
        values = (merchant_id, operator_id)

        def work(connection: sqlite3.Connection) -> bool:
            return connection.execute(END_PRESENCE, values).rowcount > 0

        await self._deeds.write(merchant_id, work, operator_id)

    async def presence(self, merchant_id: str, operator_id: str) -> Presence | None:
        values = (merchant_id, operator_id)
        row = await self._engine.read(lambda connection: connection.execute(PRESENCE, values).fetchone())
        return None if row is None else presence_from(row)

    async def presences(self, merchant_id: str) -> Sequence[Presence]:
        rows = await self._engine.read(lambda connection: connection.execute(PRESENCES, (merchant_id,)).fetchall())
        return [presence_from(row) for row in rows]


def _by_email(connection: sqlite3.Connection, merchant_id: str, digests: Sequence[bytes]) -> sqlite3.Row | None:
    looks = (connection.execute(BY_EMAIL, (merchant_id, digest)).fetchone() for digest in digests)
    return next((row for row in looks if row is not None), None)
