"""Members in SQLite. Fulfils `accounts.member.MemberStore`."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from dastak.accounts.member import MOST_MEMBERS, LastOwner, Member, MemberEmailTaken, Role, TooManyMembers
from dastak.store.instant import to_us
from dastak.store.member_rows import email_digests, member_from, sealed_member
from dastak.store.sqlite.deeds import Deeds
from dastak.store.sqlite.engine import Engine
from dastak.store.vault import Vault

COUNT = "SELECT count(*) AS n FROM members WHERE merchant_id = ?"
ADD = """
    INSERT INTO members (merchant_id, id, email_digest, role, active, version, sealed_state, created_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
SAVE = """
    UPDATE members SET role = ?, active = ?, version = version + 1, sealed_state = ?, updated_at = ?
    WHERE merchant_id = ? AND id = ? AND version = ?"""
ONE = "SELECT * FROM members WHERE merchant_id = ? AND id = ?"
BY_EMAIL = "SELECT * FROM members WHERE merchant_id = ? AND email_digest = ?"
ALL = "SELECT * FROM members WHERE merchant_id = ? ORDER BY created_at, id"
OWNERS = "SELECT id FROM members WHERE merchant_id = ? AND role = ? AND active = 1"
DROP_AUTHENTICATOR = "DELETE FROM member_authenticators WHERE merchant_id = ? AND member_id = ?"
END_SESSIONS = "DELETE FROM member_sessions WHERE merchant_id = ? AND member_id = ?"


class SqliteMembers:
    """The members of one file."""

    def __init__(self, engine: Engine, vault: Vault, deeds: Deeds) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds

    async def add_member(self, member: Member) -> None:
        await self._deeds.write(member.merchant_id, lambda connection: self.add(connection, member), member.id)

    def add(self, connection: sqlite3.Connection, member: Member) -> None:
        """Within a write. Raises `MemberEmailTaken`, `TooManyMembers`."""
        digests = email_digests(self._vault, member.merchant_id, member.email)
        if _by_email(connection, member.merchant_id, digests) is not None:
            raise MemberEmailTaken
        if connection.execute(COUNT, (member.merchant_id,)).fetchone()["n"] >= MOST_MEMBERS:
            raise TooManyMembers
        who, standing = (member.merchant_id, member.id), (member.role, member.active, member.version)
        times = (to_us(member.since), to_us(member.updated_at))
        connection.execute(ADD, (*who, digests[0], *standing, sealed_member(self._vault, member), *times))

    def found(self, connection: sqlite3.Connection, merchant_id: str, email: str) -> Member | None:
        """Within a write: whose address it is."""
        row = _by_email(connection, merchant_id, email_digests(self._vault, merchant_id, email))
        return None if row is None else member_from(self._vault, row)

    def welcome(self, connection: sqlite3.Connection, member: Member) -> Member:
        """Within a write: add the member, or let the one of that address back in. Raises as `add`."""
        before = self.found(connection, member.merchant_id, member.email)
        if before is None or before.active:
            self.add(connection, member)
            return member
        back = replace(member, id=before.id, since=before.since, version=before.version)
        values = (back.role, True, sealed_member(self._vault, back), to_us(back.updated_at))
        connection.execute(SAVE, (*values, back.merchant_id, back.id, back.version))
        return replace(back, version=back.version + 1)

    async def save_member(self, member: Member) -> bool:
        sealed = sealed_member(self._vault, member)
        who = (member.merchant_id, member.id)

        def work(connection: sqlite3.Connection) -> bool:
            if not member.owns:
                owners = connection.execute(OWNERS, (member.merchant_id, Role.OWNER)).fetchall()
                if [row["id"] for row in owners] == [member.id]:
                    raise LastOwner
            values = (member.role, member.active, sealed, to_us(member.updated_at), *who, member.version)
            if connection.execute(SAVE, values).rowcount == 0:
                return False
            if not member.active:
                connection.execute(END_SESSIONS, who)
                connection.execute(DROP_AUTHENTICATOR, who)
            return True

        return await self._deeds.write(member.merchant_id, work, member.id)

    async def member(self, merchant_id: str, member_id: str) -> Member | None:
        values = (merchant_id, member_id)
        row = await self._engine.read(lambda connection: connection.execute(ONE, values).fetchone())
        return None if row is None else member_from(self._vault, row)

    async def member_by_email(self, merchant_id: str, email: str) -> Member | None:
        digests = email_digests(self._vault, merchant_id, email)
        row = await self._engine.read(lambda connection: _by_email(connection, merchant_id, digests))
        return None if row is None else member_from(self._vault, row)

    async def members(self, merchant_id: str) -> Sequence[Member]:
        rows = await self._engine.read(lambda connection: connection.execute(ALL, (merchant_id,)).fetchall())
        return [member_from(self._vault, row) for row in rows]


def _by_email(connection: sqlite3.Connection, merchant_id: str, digests: Sequence[bytes]) -> sqlite3.Row | None:
    looks = (connection.execute(BY_EMAIL, (merchant_id, digest)).fetchone() for digest in digests)
    return next((row for row in looks if row is not None), None)
