"""Inviting people to a merchant's dashboard.

In: an owner's wish, and later a token from a link. Out: a mail, and a member. Called by the dashboard's pages.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from dastak.accounts.invitation import Invitation, InvitationOver, InvitationStore
from dastak.accounts.member import Member, Role
from dastak.accounts.session import Mail, digest_of

PURPOSE = "member_invitation"
"""A value of `notices.notice.Purpose`."""


class MerchantBook(Protocol):
    """What may be known of merchants here."""

    async def merchant_name(self, merchant_id: str) -> str: ...


class Inviter:
    """Makes, shows, withdraws and accepts invitations."""

    def __init__(
        self,
        store: InvitationStore,
        merchants: MerchantBook,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[str], str],
        new_token: Callable[[], str],
        public_url: str,
    ) -> None:
        self._store = store
        self._merchants = merchants
        self._now = now
        self._new_id = new_id
        self._new_token = new_token
        self._public_url = public_url.rstrip("/")

    async def invite(self, by: Member, email: str, role: Role) -> Invitation:
        """Send an invitation; an open one to the same address ends. Raises `MemberEmailTaken`, `TooManyInvitations`."""
        now, token = self._now(), self._new_token()
        merchant = await self._merchants.merchant_name(by.merchant_id)
        invitation = Invitation(self._new_id("inv"), by.merchant_id, email, role, by.id, digest_of(token), now)
        url = f"{self._public_url}/dashboard/invitations/{by.merchant_id}/{token}"
        text = (
            f"Hello,\n\n{by.name} invites you to the dashboard of {merchant}, as {role.value}.\n\n"
            f"Accept here, within 7 days:\n{url}\n\n"
            f"The link works once. If you do not know {by.name}, you need do nothing.\n"
        )
        subject = f"Invitation to the dashboard of {merchant}"
        mail = Mail(self._new_id("ntc"), email, subject, text, now, invitation.expires_at, PURPOSE)
        await self._store.add_invitation(invitation, mail)
        return invitation

    async def open_ones(self, merchant_id: str) -> Sequence[Invitation]:
        """Those that can still be accepted, newest first."""
        now = self._now()
        return [one for one in await self._store.invitations(merchant_id) if not one.is_over(now)]

    async def withdraw(self, merchant_id: str, invitation_id: str) -> Invitation:
        """End it. Raises `InvitationOver`."""
        gone = await self._store.withdraw(merchant_id, invitation_id)
        if gone is None:
            raise InvitationOver(invitation_id)
        return gone

    async def shown(self, merchant_id: str, token: str) -> Invitation:
        """What a link offers. Raises `InvitationOver`."""
        found = await self._store.invitation(merchant_id, digest_of(token))
        if found is None or found.is_over(self._now()):
            raise InvitationOver(merchant_id)
        return found

    async def accept(self, invitation: Invitation, name: str) -> Member:
        """The new member, who can sign in now. Raises `InvitationOver`, `MemberEmailTaken`, `TooManyMembers`."""
        now = self._now()
        wanted = Member(self._new_id("mem"), invitation.merchant_id, name, invitation.email, invitation.role, now, now)
        member = await self._store.accept(invitation, wanted)
        if member is None:
            raise InvitationOver(invitation.id)
        return member
