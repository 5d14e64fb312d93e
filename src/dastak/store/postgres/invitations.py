"""Invitations to the dashboard in PostgreSQL. Fulfils `accounts.invitation.InvitationStore`."""

from collections.abc import Callable, Sequence

from dastak.accounts.invitation import MOST_INVITATIONS, Invitation, TooManyInvitations
from dastak.accounts.member import Member, MemberEmailTaken
from dastak.accounts.session import Mail
from dastak.store.done import is_there
from dastak.store.instant import to_us
from dastak.store.member_rows import email_digests, invitation_from, sealed_invitation
from dastak.store.postgres.deeds import Deeds
from dastak.store.postgres.engine import Connection, Engine
from dastak.store.postgres.members import PostgresMembers
from dastak.store.postgres.notices import add_messages
from dastak.store.sign_in_rows import as_message
from dastak.store.vault import Vault

DROP_OLD = """
    DELETE FROM member_invitations WHERE merchant_id = $1 AND (email_digest = ANY($2::bytea[]) OR expires_at <= $3)"""
COUNT = "SELECT count(*) FROM member_invitations WHERE merchant_id = $1"
ADD = """
    INSERT INTO member_invitations
        (merchant_id, id, token_digest, email_digest, role, sealed_state, created_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (merchant_id, email_digest) DO UPDATE SET id = excluded.id, token_digest = excluded.token_digest,
        role = excluded.role, sealed_state = excluded.sealed_state, created_at = excluded.created_at,
        expires_at = excluded.expires_at"""
"""Two at once to one address: the later one counts."""
BY_LINK = "SELECT * FROM member_invitations WHERE merchant_id = $1 AND token_digest = $2"
ALL = "SELECT * FROM member_invitations WHERE merchant_id = $1 ORDER BY created_at DESC, id DESC"
WITHDRAW = "DELETE FROM member_invitations WHERE merchant_id = $1 AND id = $2 RETURNING *"


class PostgresInvitations:
    """The invitations of one database."""

    def __init__(
        self, engine: Engine, vault: Vault, deeds: Deeds, members: PostgresMembers, committed: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._deeds = deeds
        self._members = members
        self._committed = committed

    async def add_invitation(self, invitation: Invitation, mail: Mail) -> None:
        digests = email_digests(self._vault, invitation.merchant_id, invitation.email)
        message = as_message(invitation.merchant_id, invitation.id, mail)
        who = (invitation.merchant_id, invitation.id, invitation.token_digest, digests[0], invitation.role.value)
        sealed = sealed_invitation(self._vault, invitation)
        values = (*who, sealed, to_us(invitation.created_at), to_us(invitation.expires_at))

        async def work(connection: Connection) -> None:
            member = await self._members.found(connection, invitation.merchant_id, invitation.email)
            if member is not None and member.active:
                raise MemberEmailTaken
            await connection.execute(DROP_OLD, invitation.merchant_id, digests, to_us(invitation.created_at))
            if await connection.fetchval(COUNT, invitation.merchant_id) >= MOST_INVITATIONS:
                raise TooManyInvitations
            await connection.execute(ADD, *values)
            await add_messages(connection, self._vault, [message])

        await self._deeds.write(invitation.merchant_id, work, invitation.id)
        self._committed()

    async def invitation(self, merchant_id: str, token_digest: str) -> Invitation | None:
        row = await self._engine.read(lambda connection: connection.fetchrow(BY_LINK, merchant_id, token_digest))
        return None if row is None else invitation_from(self._vault, row)

    async def invitations(self, merchant_id: str) -> Sequence[Invitation]:
        rows = await self._engine.read(lambda connection: connection.fetch(ALL, merchant_id))
        return [invitation_from(self._vault, row) for row in rows]

    async def withdraw(self, merchant_id: str, invitation_id: str) -> Invitation | None:
        row = await self._deeds.write(
            merchant_id,
            lambda connection: connection.fetchrow(WITHDRAW, merchant_id, invitation_id),
            invitation_id,
            told=lambda row: {} if row is None else {"role": row["role"]},
            done=is_there,
        )
        return None if row is None else invitation_from(self._vault, row)

    async def accept(self, invitation: Invitation, member: Member) -> Member | None:
        async def work(connection: Connection) -> Member | None:
            if await connection.fetchrow(WITHDRAW, invitation.merchant_id, invitation.id) is None:
                return None
            return await self._members.welcome(connection, member)

        return await self._deeds.write(
            invitation.merchant_id,
            work,
            invitation.id,
            actor=lambda made: "" if made is None else made.id,
            done=is_there,
        )
