"""The merchant's members: make, change, deactivate.

In: values that a page or the CLI has checked for form. Out: members as they are kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dastak.accounts.member import Member, MemberNotFound, MemberStore, Role


@dataclass(frozen=True, slots=True)
class MemberChange:
    """New values; None leaves one as it is."""

    name: str | None = None
    role: Role | None = None
    active: bool | None = None


class MemberRegistry:
    """Keeps members."""

    def __init__(self, store: MemberStore, *, now: Callable[[], datetime], new_id: Callable[[str], str]) -> None:
        self._store = store
        self._now = now
        self._new_id = new_id

    async def create(self, merchant_id: str, name: str, email: str, role: Role) -> Member:
        """A new member, who can sign in at once. Raises `MemberEmailTaken`, `TooManyMembers`."""
        now = self._now()
        member = Member(self._new_id("mem"), merchant_id, name, email, role, now, now)
        await self._store.add_member(member)
        return member

    async def list(self, merchant_id: str) -> Sequence[Member]:
        """Oldest first, those who were deactivated too."""
        return await self._store.members(merchant_id)

    async def get(self, merchant_id: str, member_id: str) -> Member:
        """One. Raises `MemberNotFound`."""
        member = await self._store.member(merchant_id, member_id)
        if member is None:
            raise MemberNotFound(member_id)
        return member

    async def change(self, merchant_id: str, member_id: str, change: MemberChange) -> Member:
        """Apply it to whatever is kept by then. Raises `MemberNotFound`, `LastOwner`."""
        while True:
            before = await self.get(merchant_id, member_id)
            after = replace(changed(before, change), updated_at=self._now())
            if await self._store.save_member(after):
                return replace(after, version=after.version + 1)


def changed(before: Member, change: MemberChange) -> Member:
    """The member with the change."""
    return replace(
        before,
        name=before.name if change.name is None else change.name,
        role=before.role if change.role is None else change.role,
        active=before.active if change.active is None else change.active,
    )
