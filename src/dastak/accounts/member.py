"""A member: somebody who runs a merchant's KYC at its dashboard, in one role.

In: the first owner is made by the CLI, all others are invited by an owner. Out: the dashboard asks who is signed in;
what a role may do stands in `permission`. The store fulfils `MemberStore`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

MOST_MEMBERS = 500


class Role(StrEnum):
    """What a member is for the merchant; each may do what `permission` says."""

    OWNER = "owner"
    DEVELOPER = "developer"
    OPERATIONS = "operations"
    COMPLIANCE = "compliance"
    VIEWER = "viewer"


class MemberError(Exception):
    """Root of what is refused about members."""

    code = "member_error"


class MemberNotFound(MemberError):  # noqa: N818 - the names say what happened
    """The merchant has no member of that id."""

    code = "member_not_found"


class MemberEmailTaken(MemberError):  # noqa: N818
    """Another member of the merchant has that address."""

    code = "member_email_taken"


class TooManyMembers(MemberError):  # noqa: N818
    """The merchant has as many as it can have."""

    code = "too_many_members"


class LastOwner(MemberError):  # noqa: N818
    """Without this owner the merchant would have none."""

    code = "last_owner"


@dataclass(frozen=True, slots=True)
class Member:
    """One person at the dashboard of one merchant."""

    id: str
    """`mem_…`"""
    merchant_id: str
    name: str
    email: str
    """As it was given; it is found by `person.same_address`, and never changes."""
    role: Role
    since: datetime
    updated_at: datetime
    active: bool = True
    """Nobody signs in who is not."""
    version: int = 1
    """Of the stored row; a save with an old one changes nothing."""

    @property
    def owns(self) -> bool:
        """Whether the merchant can count on this member as an owner."""
        return self.active and self.role is Role.OWNER


class MemberStore(Protocol):
    """Where members live. Each write is one durable transaction."""

    async def add_member(self, member: Member) -> None:
        """Raises `MemberEmailTaken`, `TooManyMembers`."""

    async def save_member(self, member: Member) -> bool:
        """Replace what `member.version` was read of; one who is not active is signed out with it.

        False, having changed nothing, when somebody saved it meanwhile, or it is not there.

        Raises:
            LastOwner: no active owner would be left; however many are demoted at once, one stays.
        """

    async def member(self, merchant_id: str, member_id: str) -> Member | None: ...

    async def member_by_email(self, merchant_id: str, email: str) -> Member | None: ...

    async def members(self, merchant_id: str) -> Sequence[Member]:
        """Oldest first."""
