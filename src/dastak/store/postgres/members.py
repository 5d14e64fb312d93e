"""Members in PostgreSQL. Fulfils `accounts.member.MemberStore`."""

from collections.abc import Sequence
from dataclasses import replace

from dastak.accounts.member import MOST_MEMBERS, LastOwner, Member, MemberEmailTaken, Role, TooManyMembers
from dastak.store.instant import to_us
from dastak.store.member_rows import email_digests, member_from, sealed_member
from dastak.store.postgres.deeds import Deeds
from dastak.store.postgres.engine import Connection, Engine
from dastak.store.vault import Vault

COUNT = "SELECT count(*) FROM members WHERE merchant_id = $1"
ADD = """
    INSERT INTO members (merchant_id, id, email_digest, role, active, version, sealed_state, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING 1"""
SAVE = """
    UPDATE members SET role = $3, active = $4, version = version + 1, sealed_state = $5, updated_at = $6
    WHERE merchant_id = $1 AND id = $2 AND version = $7 RETURNING 1"""
ONE = "SELECT * FROM members WHERE merchant_id = $1 AND id = $2"
BY_EMAIL = "SELECT * FROM members WHERE merchant_id = $1 AND email_digest = ANY($2::bytea[])"
ALL = "SELECT * FROM members WHERE merchant_id = $1 ORDER BY created_at, id"
OWNERS = "SELECT id FROM members WHERE merchant_id = $1 AND role = $2 AND active ORDER BY id FOR UPDATE"
"""Locked: of two owners who are demoted at once, the second one sees that the first is none any more."""
DROP_AUTHENTICATOR = "DELETE FROM member_authenticators WHERE merchant_id = $1 AND member_id = $2"
END_SESSIONS = "DELETE FROM member_sessions WHERE merchant_id = $1 AND member_id = $2"


class PostgresMembers:
    """The members of one database."""

    def __init__(self, engine: Engine, vault: Vault, deeds: Deeds) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds

    async def add_member(self, member: Member) -> None:
        await self._deeds.write(member.merchant_id, lambda connection: self.add(connection, member), member.id)

    async def add(self, connection: Connection, member: Member) -> None:
        """Within a write. Raises `MemberEmailTaken`, `TooManyMembers`."""
        digests = email_digests(self._vault, member.merchant_id, member.email)
        if await connection.fetchrow(BY_EMAIL, member.merchant_id, digests) is not None:
            raise MemberEmailTaken
        if await connection.fetchval(COUNT, member.merchant_id) >= MOST_MEMBERS:
            raise TooManyMembers
        who, standing = (member.merchant_id, member.id), (member.role.value, member.active, member.version)
        times = (to_us(member.since), to_us(member.updated_at))
        values = (*who, digests[0], *standing, sealed_member(self._vault, member), *times)
        if await connection.fetchval(ADD, *values) is None:  # somebody was faster between our statements
            raise MemberEmailTaken

    async def found(self, connection: Connection, merchant_id: str, email: str) -> Member | None:
        """Within a write: whose address it is."""
        row = await connection.fetchrow(BY_EMAIL, merchant_id, email_digests(self._vault, merchant_id, email))
        return None if row is None else member_from(self._vault, row)

    async def welcome(self, connection: Connection, member: Member) -> Member:
        """Within a write: add the member, or let the one of that address back in. Raises as `add`."""
        before = await self.found(connection, member.merchant_id, member.email)
        if before is None or before.active:
            await self.add(connection, member)
            return member
        back = replace(member, id=before.id, since=before.since, version=before.version)
        values = (back.role.value, True, sealed_member(self._vault, back), to_us(back.updated_at), back.version)
        await connection.fetchval(SAVE, back.merchant_id, back.id, *values)
        return replace(back, version=back.version + 1)

    async def save_member(self, member: Member) -> bool:
        sealed = sealed_member(self._vault, member)
        who = (member.merchant_id, member.id)

        async def work(connection: Connection) -> bool:
            if not member.owns:
                owners = await connection.fetch(OWNERS, member.merchant_id, Role.OWNER.value)
                if [row["id"] for row in owners] == [member.id]:
                    raise LastOwner
            values = (*who, member.role.value, member.active, sealed, to_us(member.updated_at), member.version)
            if await connection.fetchval(SAVE, *values) is None:
                return False
            if not member.active:
                await connection.execute(END_SESSIONS, *who)
                await connection.execute(DROP_AUTHENTICATOR, *who)
            return True

        return await self._deeds.write(member.merchant_id, work, member.id)

    async def member(self, merchant_id: str, member_id: str) -> Member | None:
        row = await self._engine.read(lambda connection: connection.fetchrow(ONE, merchant_id, member_id))
        return None if row is None else member_from(self._vault, row)

    async def member_by_email(self, merchant_id: str, email: str) -> Member | None:
        digests = email_digests(self._vault, merchant_id, email)
        row = await self._engine.read(lambda connection: connection.fetchrow(BY_EMAIL, merchant_id, digests))
        return None if row is None else member_from(self._vault, row)

    async def members(self, merchant_id: str) -> Sequence[Member]:
        rows = await self._engine.read(lambda connection: connection.fetch(ALL, merchant_id))
        return [member_from(self._vault, row) for row in rows]
