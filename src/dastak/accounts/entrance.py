"""The way into the console: a code by mail, then a session.

In: an address and what was typed, from the console's pages. Out: sessions. Whether an address is an operator's shows in
no answer, and in no answer's time: both take the same steps, and `send_code` never answers before `pause` is over.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from dastak.accounts.operator import Operator, OperatorStore, same_address
from dastak.accounts.operator_session import (
    DEVICE_LIMIT,
    NOTE_AFTER,
    Mail,
    OperatorSession,
    SignInStore,
    digest_of,
)
from dastak.accounts.sign_in import LIFE, RESEND_AFTER, SignIn, SignInRefused, guess, send

PAUSE = timedelta(milliseconds=250)
"""Longer than the steps of `send_code` take; what is left of it is waited for."""


class MerchantBook(Protocol):
    """What the entrance may know of merchants."""

    async def merchant_name(self, merchant_id: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Time, chance and settings, handed in so that every decision can be repeated in a test."""

    now: Callable[[], datetime]
    new_id: Callable[[str], str]
    new_code: Callable[[], str]
    """Six digits."""
    new_token: Callable[[], str]
    """256 bits of chance."""
    key: bytes
    """Keys the digests of addresses and codes."""
    shown_code: str | None
    """The sandbox's one code; None: a new one each time."""
    pause: timedelta = PAUSE
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True, slots=True)
class Entered:
    """A session that has just begun."""

    session: OperatorSession
    token: str
    """For the browser; it is not kept."""


class Entrance:
    """Lets operators in."""

    def __init__(
        self, store: SignInStore, operators: OperatorStore, merchants: MerchantBook, here: Surroundings
    ) -> None:
        self._store = store
        self._operators = operators
        self._merchants = merchants
        self._here = here

    @property
    def shown_code(self) -> str | None:
        """The code that the sandbox shows on the page."""
        return self._here.shown_code

    async def merchant_name(self, merchant_id: str) -> str:
        """Whose console it is. Raises `credentials.MerchantNotFound`."""
        return await self._merchants.merchant_name(merchant_id)

    def place_of(self, merchant_id: str, email: str) -> str:
        """The address as it is kept while somebody signs in: a digest that nobody without the key can make."""
        return self._digest("place", merchant_id, same_address(email))

    async def send_code(self, merchant_id: str, email: str) -> timedelta:
        """Send a code if the address is an active operator's; how long until another may be asked for, in any case.

        Raises `TooSoon`, for anybody's address alike.
        """
        over = asyncio.create_task(self._pause())
        try:
            return await self._send(merchant_id, email)
        finally:
            await over

    async def enter(self, merchant_id: str, place: str, typed: str, device: str) -> Entered:
        """Judge the code, and open a session if it is right. Raises `SignInRefused`."""
        while True:
            now = self._here.now()
            kept = await self._store.sign_in(merchant_id, place)
            after, refused = guess(kept, self._code_digest(merchant_id, place, typed), now)
            if refused is not None:
                if await self._store.save_sign_in(after, None, now):
                    raise refused
                continue
            token = self._here.new_token()
            session = OperatorSession(
                id=self._here.new_id("ses"),
                merchant_id=merchant_id,
                operator_id=after.operator_id,
                token_digest=digest_of(token),
                created_at=now,
                seen_at=now,
                device=device[:DEVICE_LIMIT],
            )
            if await self._store.open_session(after, session):
                return Entered(session, token)
            await self._refuse_the_inactive(merchant_id, after.operator_id)

    async def who(self, merchant_id: str, token: str) -> tuple[OperatorSession, Operator] | None:
        """Whose token it is; None: nobody's, idle for too long, or of somebody who was deactivated."""
        now = self._here.now()
        found = await self._store.session(merchant_id, digest_of(token))
        if found is None:
            return None
        session, operator = found
        if session.is_over(now) or not operator.active:
            return None
        if now - session.seen_at >= NOTE_AFTER:
            await self._store.note_use(session, now)
        return session, operator

    async def sessions(self, operator: Operator) -> Sequence[OperatorSession]:
        """The operator's, newest first, without those that are over."""
        now = self._here.now()
        found = await self._store.sessions(operator.merchant_id, operator.id)
        return [session for session in found if not session.is_over(now)]

    async def leave(self, operator: Operator, session_id: str) -> bool:
        """End one session; False when it is not this operator's."""
        return await self._store.end_session(operator.merchant_id, operator.id, session_id)

    async def _send(self, merchant_id: str, email: str) -> timedelta:
        place = self.place_of(merchant_id, email)
        merchant = await self._merchants.merchant_name(merchant_id)
        while True:
            now = self._here.now()
            operator = await self._operators.operator_by_email(merchant_id, email)
            before = await self._store.sign_in(merchant_id, place)
            code = self._here.shown_code or self._here.new_code()
            known = operator if operator is not None and operator.active else None
            after = send(
                before or SignIn(merchant_id, place),
                known.id if known else "",
                self._code_digest(merchant_id, place, code),
                now,
            )
            mail = self._mail(known, merchant, code, now) if known else None
            if await self._store.save_sign_in(after, mail, now):
                return RESEND_AFTER

    async def _refuse_the_inactive(self, merchant_id: str, operator_id: str) -> None:
        operator = await self._operators.operator(merchant_id, operator_id)
        if operator is None or not operator.active:
            raise SignInRefused("none")

    async def _pause(self) -> None:
        await self._here.sleep(self._here.pause.total_seconds())

    def _mail(self, operator: Operator, merchant: str, code: str, now: datetime) -> Mail:
        minutes = int(LIFE.total_seconds() // 60)
        text = (
            f"Hello {operator.name},\n\n"
            f"your code for the Video KYC console of {merchant} is\n\n    {code}\n\n"
            f"It works for {minutes} minutes, once. If you did not ask for it, you need do nothing:\n"
            "nobody gets in without it. Never tell it to anyone.\n"
        )
        return Mail(self._here.new_id("ntc"), operator.email, f"{code} is your sign-in code", text, now, now + LIFE)

    def _code_digest(self, merchant_id: str, place: str, code: str) -> str:
        return self._digest("code", merchant_id, place, code)

    def _digest(self, *parts: str) -> str:
        return hmac.new(self._here.key, "|".join(parts).encode("utf-8", "replace"), hashlib.sha256).hexdigest()
