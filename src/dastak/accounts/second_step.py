"""The second step of a member's sign-in: the authenticator app, for whoever has one; and getting and losing one.

In: pages hand in who it is and what was typed. Out: sessions that are whole, recovery codes that are shown once. A code
is used up before it opens anything, so that two who type the same one at once do not both get in.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from dastak.accounts.authenticator import (
    RECOVERY_CODES,
    Authenticator,
    AuthenticatorStore,
    confirmed,
    judged,
)
from dastak.accounts.member import Member
from dastak.accounts.session import Session, SignInStore


class NoAuthenticator(Exception):  # noqa: N818 - the name says what happened
    """The member has none, or none that waits to be confirmed."""


class SecondStep:
    """Asks for codes of authenticator apps."""

    def __init__(
        self,
        store: AuthenticatorStore,
        sessions: SignInStore[Member],
        *,
        now: Callable[[], datetime],
        new_secret: Callable[[], str],
        new_recovery_code: Callable[[], str],
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._now = now
        self._new_secret = new_secret
        self._new_recovery_code = new_recovery_code

    async def guards(self, merchant_id: str, member_id: str) -> bool:
        """Whether this member is asked for a code after the one from the mail."""
        kept = await self._store.authenticator(merchant_id, member_id)
        return kept is not None and kept.confirmed

    async def of(self, member: Member) -> Authenticator | None:
        """What is kept of this member's, confirmed or not."""
        return await self._store.authenticator(member.merchant_id, member.id)

    async def begin(self, member: Member) -> Authenticator:
        """One that waits to be confirmed, new or as it was begun. Confirmed already: that one."""
        while True:
            kept = await self.of(member)
            if kept is not None:
                return kept
            new = Authenticator(member.merchant_id, member.id, self._new_secret(), self._now())
            if await self._store.save_authenticator(new):
                return replace(new, version=1)

    async def confirm(self, member: Member, typed: str) -> list[str] | None:
        """The recovery codes, if the code was right; None if not. Raises `NoAuthenticator`, `TooManyGuesses`."""
        codes = [self._new_recovery_code() for _ in range(RECOVERY_CODES)]
        while True:
            kept = await self.of(member)
            if kept is None or kept.confirmed:
                raise NoAuthenticator(member.id)
            after, right = judged(kept, typed, self._now())
            if await self._store.save_authenticator(confirmed(after, codes) if right else after):
                return codes if right else None

    async def is_right(self, member: Member, typed: str) -> bool:
        """Use up a code of the member's confirmed authenticator. Raises `NoAuthenticator`, `TooManyGuesses`."""
        while True:
            kept = await self.of(member)
            if kept is None or not kept.confirmed:
                raise NoAuthenticator(member.id)
            after, right = judged(kept, typed, self._now())
            if await self._store.save_authenticator(after):
                return right

    async def enter(self, member: Member, session: Session, typed: str) -> bool:
        """Make a session whole that waits for this code. Raises `NoAuthenticator`, `TooManyGuesses`."""
        return await self.is_right(member, typed) and await self._sessions.complete_session(session)

    async def drop(self, merchant_id: str, member_id: str) -> bool:
        """Ask for it no more; False when there was none."""
        return await self._store.drop_authenticator(merchant_id, member_id)
