"""The way into console and dashboard: a code by mail, then a session.

In: an address and what was typed, from the sign-in pages. Out: sessions. Whether an address is anybody's shows in
no answer, and in no answer's time: both take the same steps, and `send_code` never answers before `pause` is over.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from dastak.accounts.person import Person, same_address
from dastak.accounts.session import DEVICE_LIMIT, HALFWAY, NOTE_AFTER, Mail, Session, SignInStore, digest_of
from dastak.accounts.sign_in import LIFE, RESEND_AFTER, SignIn, SignInRefused, guess, send

PAUSE = timedelta(milliseconds=250)
"""Longer than the steps of `send_code` take; what is left of it is waited for."""


P = TypeVar("P", bound=Person)


class MerchantBook(Protocol):
    """What the entrance may know of merchants."""

    async def merchant_name(self, merchant_id: str) -> str: ...


async def _nobody(_merchant_id: str, _person_id: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class People(Generic[P]):
    """Whom an entrance lets in."""

    one: Callable[[str, str], Awaitable[P | None]]
    """Merchant id and person's id → the person."""
    by_email: Callable[[str, str], Awaitable[P | None]]
    """Merchant id and address, in any spelling → the person."""
    place: str
    """What they come to, as their mail names it: "the Video KYC console"."""
    purpose: str
    """Of that mail: a value of `notices.notice.Purpose`."""
    is_guarded: Callable[[str, str], Awaitable[bool]] = _nobody
    """Whether that person is asked for a second step once the code was right."""


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

    session: Session
    token: str
    """For the browser; it is not kept."""


class Entrance(Generic[P]):
    """Lets people of one kind in."""

    def __init__(self, store: SignInStore[P], people: People[P], merchants: MerchantBook, here: Surroundings) -> None:
        self._store = store
        self._people = people
        self._merchants = merchants
        self._here = here

    @property
    def shown_code(self) -> str | None:
        """The code that the sandbox shows on the page."""
        return self._here.shown_code

    async def merchant_name(self, merchant_id: str) -> str:
        """Whose pages these are. Raises `credentials.MerchantNotFound`."""
        return await self._merchants.merchant_name(merchant_id)

    def place_of(self, merchant_id: str, email: str) -> str:
        """The address as it is kept while somebody signs in: a digest that nobody without the key can make."""
        return self._digest("place", merchant_id, same_address(email))

    async def send_code(self, merchant_id: str, email: str) -> timedelta:
        """Send a code if the address is an active person's; how long until another may be asked for, in any case.

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
            session = Session(
                id=self._here.new_id("ses"),
                merchant_id=merchant_id,
                person_id=after.person_id,
                token_digest=digest_of(token),
                created_at=now,
                seen_at=now,
                device=device[:DEVICE_LIMIT],
                halfway=await self._people.is_guarded(merchant_id, after.person_id),
            )
            if await self._store.open_session(after, session):
                return Entered(session, token)
            await self._refuse_the_inactive(merchant_id, after.person_id)

    async def who(self, merchant_id: str, token: str) -> tuple[Session, P] | None:
        """Whose token it is; None: nobody's, idle for too long, or of somebody who was deactivated."""
        now = self._here.now()
        found = await self._store.session(merchant_id, digest_of(token))
        if found is None:
            return None
        session, person = found
        if session.is_over(now) or session.halfway or not person.active:
            return None
        if now - session.seen_at >= NOTE_AFTER:
            await self._store.note_use(session, now)
        return session, person

    async def who_is_halfway(self, merchant_id: str, token: str) -> tuple[Session, P] | None:
        """Whose second step this token waits for; None: nobody's, or it waited for too long."""
        found = await self._store.session(merchant_id, digest_of(token))
        if found is None:
            return None
        session, person = found
        is_waiting = session.halfway and self._here.now() - session.created_at < HALFWAY
        return found if is_waiting and person.active else None

    async def sessions(self, person: P) -> Sequence[Session]:
        """The person's, newest first, without those that are over."""
        now = self._here.now()
        found = await self._store.sessions(person.merchant_id, person.id)
        return [session for session in found if not session.is_over(now) and not session.halfway]

    async def leave(self, person: P, session_id: str) -> bool:
        """End one session; False when it is not this person's."""
        return await self._store.end_session(person.merchant_id, person.id, session_id)

    async def _send(self, merchant_id: str, email: str) -> timedelta:
        place = self.place_of(merchant_id, email)
        merchant = await self._merchants.merchant_name(merchant_id)
        while True:
            now = self._here.now()
            person = await self._people.by_email(merchant_id, email)
            before = await self._store.sign_in(merchant_id, place)
            code = self._here.shown_code or self._here.new_code()
            known = person if person is not None and person.active else None
            after = send(
                before or SignIn(merchant_id, place),
                known.id if known else "",
                self._code_digest(merchant_id, place, code),
                now,
            )
            mail = self._mail(known, merchant, code, now) if known else None
            if await self._store.save_sign_in(after, mail, now):
                return RESEND_AFTER

    async def _refuse_the_inactive(self, merchant_id: str, person_id: str) -> None:
        person = await self._people.one(merchant_id, person_id)
        if person is None or not person.active:
            raise SignInRefused("none")

    async def _pause(self) -> None:
        await self._here.sleep(self._here.pause.total_seconds())

    def _mail(self, person: P, merchant: str, code: str, now: datetime) -> Mail:
        minutes = int(LIFE.total_seconds() // 60)
        text = (
            f"Hello {person.name},\n\n"
            f"your code for {self._people.place} of {merchant} is\n\n    {code}\n\n"
            f"It works for {minutes} minutes, once. If you did not ask for it, you need do nothing:\n"
            "nobody gets in without it. Never tell it to anyone.\n"
        )
        subject, purpose = f"{code} is your sign-in code", self._people.purpose
        return Mail(self._here.new_id("ntc"), person.email, subject, text, now, now + LIFE, purpose)

    def _code_digest(self, merchant_id: str, place: str, code: str) -> str:
        return self._digest("code", merchant_id, place, code)

    def _digest(self, *parts: str) -> str:
        return hmac.new(self._here.key, "|".join(parts).encode("utf-8", "replace"), hashlib.sha256).hexdigest()
