"""Invitations to the dashboard in SQLite. Fulfils `accounts.invitation.InvitationStore`."""

import sqlite3
from collections.abc import Callable, Sequence

from dastak.accounts.invitation import MOST_INVITATIONS, Invitation, TooManyInvitations
from dastak.accounts.member import Member, MemberEmailTaken
from dastak.accounts.session import Mail
from dastak.store.done import is_there
from dastak.store.instant import to_us
from dastak.store.member_rows import email_digests, invitation_from, sealed_invitation
from dastak.store.sign_in_rows import as_message
from dastak.store.sqlite.deeds import Deeds
from dastak.store.sqlite.engine import Engine
from dastak.store.sqlite.members import SqliteMembers
from dastak.store.sqlite.notices import add_messages
from dastak.store.vault import Vault

DROP_OLD = "DELETE FROM member_invitations WHERE merchant_id = ? AND (email_digest = ? OR expires_at <= ?)"
COUNT = "SELECT count(*) AS n FROM member_invitations WHERE merchant_id = ?"
ADD = """
    INSERT INTO member_invitations
        (merchant_id, id, token_digest, email_digest, role, sealed_state, created_at, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
BY_LINK = "SELECT * FROM member_invitations WHERE merchant_id = ? AND token_digest = ?"
ALL = "SELECT * FROM member_invitations WHERE merchant_id = ? ORDER BY created_at DESC, id DESC"
WITHDRAW = "DELETE FROM member_invitations WHERE merchant_id = ? AND id = ? RETURNING *"


class SqliteInvitations:
    """The invitations of one file."""

    def __init__(
        self, engine: Engine, vault: Vault, deeds: Deeds, members: SqliteMembers, committed: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds
        self._members = members
        self._committed = committed

    async def add_invitation(self, invitation: Invitation, mail: Mail) -> None:
        digests = email_digests(self._vault, invitation.merchant_id, invitation.email)
        message = as_message(invitation.merchant_id, invitation.id, mail)
        who = (invitation.merchant_id, invitation.id, invitation.token_digest, digests[0], invitation.role)
        sealed = sealed_invitation(self._vault, invitation)
        values = (*who, sealed, to_us(invitation.created_at), to_us(invitation.expires_at))

        def work(connection: sqlite3.Connection) -> None:
            member = self._members.found(connection, invitation.merchant_id, invitation.email)
            if member is not None and member.active:
                raise MemberEmailTaken
            for digest in digests:
                connection.execute(DROP_OLD, (invitation.merchant_id, digest, to_us(invitation.created_at)))
            if connection.execute(COUNT, (invitation.merchant_id,)).fetchone()["n"] >= MOST_INVITATIONS:
                raise TooManyInvitations
            connection.execute(ADD, values)
            add_messages(connection, self._vault, [message])

        await self._deeds.write(invitation.merchant_id, work, invitation.id)
        self._committed()

    async def invitation(self, merchant_id: str, token_digest: str) -> Invitation | None:
        values = (merchant_id, token_digest)
        row = await self._engine.read(lambda connection: connection.execute(BY_LINK, values).fetchone())
        return None if row is None else invitation_from(self._vault, row)

    async def invitations(self, merchant_id: str) -> Sequence[Invitation]:
        rows = await self._engine.read(lambda connection: connection.execute(ALL, (merchant_id,)).fetchall())
        return [invitation_from(self._vault, row) for row in rows]

    async def withdraw(self, merchant_id: str, invitation_id: str) -> Invitation | None:
        values = (merchant_id, invitation_id)
        row = await self._deeds.write(
            merchant_id,
            lambda connection: connection.execute(WITHDRAW, values).fetchone(),
            invitation_id,
            told=lambda row: {"role": row["role"]},
            done=is_there,
        )
        return None if row is None else invitation_from(self._vault, row)

    async def accept(self, invitation: Invitation, member: Member) -> Member | None:
        def work(connection: sqlite3.Connection) -> Member | None:
            if connection.execute(WITHDRAW, (invitation.merchant_id, invitation.id)).fetchone() is None:
                return None
            return self._members.welcome(connection, member)

        return await self._deeds.write(
            invitation.merchant_id,
            work,
            invitation.id,
            actor=lambda made: "" if made is None else made.id,
            done=is_there,
        )
