"""An invitation to a merchant's dashboard: a link by mail that makes one member, once, within a week.

In: `inviting` makes invitations. Out: whoever opens the link is shown one, and accepts it. The link's token is not
kept, only its digest. The store fulfils `InvitationStore`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from dastak.accounts.member import Member, Role
from dastak.accounts.session import Mail

LIFE = timedelta(days=7)
MOST_INVITATIONS = 100
"""Open ones of one merchant."""


class InvitationError(Exception):
    """Root of what is refused about invitations."""

    code = "invitation_error"


class InvitationOver(InvitationError):  # noqa: N818 - the names say what happened
    """It was used, withdrawn or replaced, or it is too old; or there never was one."""

    code = "invitation_over"


class TooManyInvitations(InvitationError):  # noqa: N818
    """The merchant has as many open ones as it can have."""

    code = "too_many_invitations"


@dataclass(frozen=True, slots=True)
class Invitation:
    """One address that may become a member."""

    id: str
    """`inv_…`; it opens nothing."""
    merchant_id: str
    email: str
    role: Role
    invited_by: str
    """A member's id."""
    token_digest: str
    created_at: datetime

    @property
    def expires_at(self) -> datetime:
        return self.created_at + LIFE

    def is_over(self, now: datetime) -> bool:
        return now >= self.expires_at


class InvitationStore(Protocol):
    """Where invitations live. Each write is one durable transaction."""

    async def add_invitation(self, invitation: Invitation, mail: Mail) -> None:
        """Keep it and queue its mail, together; an older one to the same address goes, and so do those that are over.

        Raises:
            MemberEmailTaken: an active member of the merchant has that address.
            TooManyInvitations: there are too many open ones.
        """

    async def invitation(self, merchant_id: str, token_digest: str) -> Invitation | None: ...

    async def invitations(self, merchant_id: str) -> Sequence[Invitation]:
        """Newest first, those that are over too."""

    async def withdraw(self, merchant_id: str, invitation_id: str) -> Invitation | None:
        """Remove it; None when it is not there."""

    async def accept(self, invitation: Invitation, member: Member) -> Member | None:
        """Use it up and keep the member, together; None, having changed nothing, when somebody was faster.

        Who was a member before and was removed is the same member again, with the new name and role.

        Raises:
            MemberEmailTaken, TooManyMembers
        """
