"""The entrance, on a store in memory: what a code's whole way is, and that strangers cannot be told from operators."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from dastak.accounts.entrance import Entrance, People, Surroundings
from dastak.accounts.operator import Operator, OperatorStore, Role
from dastak.accounts.person import same_address
from dastak.accounts.session import IDLE, NOTE_AFTER, Mail, Session
from dastak.accounts.sign_in import LIFE, RESEND_AFTER, SignIn, SignInRefused, TooSoon

MEERA = Operator(
    "opr_1",
    "mer_1",
    "Meera",
    "Meera@asha.example",
    (Role.AGENT,),
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 1, tzinfo=UTC),
)


@dataclass
class World:
    """A clock, a store and a post box."""

    now: datetime = datetime(2026, 1, 10, 9, 30, tzinfo=UTC)
    operators_: list[Operator] = field(default_factory=lambda: [MEERA])
    kept: dict[tuple[str, str], SignIn] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    open: dict[str, Session] = field(default_factory=dict)
    slept: list[float] = field(default_factory=list)
    mailed: asyncio.Event = field(default_factory=asyncio.Event)
    made: int = 0

    def entrance(self, shown_code: str | None = None) -> Entrance[Operator]:
        here = Surroundings(
            now=lambda: self.now,
            new_id=lambda prefix: f"{prefix}_{self._next()}",
            new_code=lambda: f"{self._next():06d}",
            new_token=lambda: f"token-{self._next()}",
            key=bytes(32),
            shown_code=shown_code,
            sleep=self._sleep,
        )
        people = People(self.operator, self.operator_by_email, "the Video KYC console", "operator_code")
        return Entrance(self, people, self, here)

    async def merchant_name(self, merchant_id: str) -> str:
        return f"Bank {merchant_id}"

    async def sign_in(self, merchant_id: str, place: str) -> SignIn | None:
        return self.kept.get((merchant_id, place))

    async def save_sign_in(self, sign_in: SignIn, mail: Mail | None, now: datetime) -> bool:
        assert mail is None or mail.created_at == now
        before = self.kept.get((sign_in.merchant_id, sign_in.place))
        if (before.version if before else 0) != sign_in.version:
            return False
        self.kept[sign_in.merchant_id, sign_in.place] = replace(sign_in, version=sign_in.version + 1)
        if mail:
            self.mails.append(mail)
            self.mailed.set()
        return True

    async def open_session(self, sign_in: SignIn, session: Session) -> bool:
        operator = await self.operator(session.merchant_id, session.person_id)
        if operator is None or not operator.active:
            return False
        if not await self.save_sign_in(sign_in, None, session.created_at):
            return False
        self.open[session.token_digest] = session
        return True

    async def complete_session(self, session: Session) -> bool:
        self.open[session.token_digest] = replace(session, halfway=False)
        return True

    async def session(self, merchant_id: str, token_digest: str) -> tuple[Session, Operator] | None:
        session = self.open.get(token_digest)
        operator = await self.operator(merchant_id, session.person_id) if session else None
        return (session, operator) if session and operator else None

    async def note_use(self, session: Session, now: datetime) -> None:
        self.open[session.token_digest] = replace(session, seen_at=now)

    async def sessions(self, merchant_id: str, person_id: str) -> Sequence[Session]:
        return [one for one in self.open.values() if (one.merchant_id, one.person_id) == (merchant_id, person_id)]

    async def end_session(self, merchant_id: str, person_id: str, session_id: str) -> bool:
        found = [one for one in await self.sessions(merchant_id, person_id) if one.id == session_id]
        for one in found:
            del self.open[one.token_digest]
        return bool(found)

    async def operator(self, merchant_id: str, person_id: str) -> Operator | None:
        return next((one for one in self.operators_ if (one.merchant_id, one.id) == (merchant_id, person_id)), None)

    async def operator_by_email(self, merchant_id: str, email: str) -> Operator | None:
        wanted = same_address(email)
        same = (one for one in self.operators_ if one.merchant_id == merchant_id and same_address(one.email) == wanted)
        return next(same, None)

    async def operators(self, merchant_id: str) -> Sequence[Operator]:
        return [one for one in self.operators_ if one.merchant_id == merchant_id]

    async def add_operator(self, operator: Operator) -> None:
        self.operators_.append(operator)

    async def save_operator(self, operator: Operator) -> bool:
        self.operators_ = [operator if one.id == operator.id else one for one in self.operators_]
        return True

    def code(self) -> str:
        """Of the last mail."""
        return self.mails[-1].subject.split()[0]

    def _as_operators(self) -> OperatorStore:
        return self

    def _next(self) -> int:
        self.made += 1
        return self.made

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


async def test_the_code_of_the_mail_opens_a_session_that_is_known_by_its_token() -> None:
    world = World()
    entrance = world.entrance()
    assert await entrance.send_code("mer_1", " meera@ASHA.example") == RESEND_AFTER
    (mail,) = world.mails
    assert (mail.recipient, mail.expires_at) == ("Meera@asha.example", world.now + LIFE)
    assert world.code() in mail.text
    assert "Bank mer_1" in mail.text
    place = entrance.place_of("mer_1", "meera@asha.example")
    entered = await entrance.enter("mer_1", place, world.code(), "Firefox" * 100)
    assert await entrance.who("mer_1", entered.token) == (entered.session, MEERA)
    assert await entrance.who("mer_1", entered.token + "x") is None
    assert len(entered.session.device) == 200
    assert entered.token not in repr(world.open)


async def test_a_stranger_gets_the_same_answer_takes_the_same_pause_and_never_gets_in() -> None:
    world = World()
    entrance = world.entrance(shown_code="111000")
    inactive = replace(MEERA, id="opr_2", email="gone@asha.example", active=False)
    await world.add_operator(inactive)
    for email in ("nobody@asha.example", inactive.email):
        assert await entrance.send_code("mer_1", email) == RESEND_AFTER
        with pytest.raises(TooSoon) as early:
            await entrance.send_code("mer_1", email)
        assert early.value.wait == RESEND_AFTER
        with pytest.raises(SignInRefused) as refused:
            await entrance.enter("mer_1", entrance.place_of("mer_1", email), "111000", "")
        assert (refused.value.reason, refused.value.tries_left) == ("wrong", 4)
    await entrance.send_code("mer_1", MEERA.email)
    assert [mail.recipient for mail in world.mails] == [MEERA.email]
    assert world.slept == [0.25] * 5


async def test_an_answer_never_comes_before_the_pause_is_over() -> None:
    world = World()
    over, asked = asyncio.Event(), asyncio.Event()

    async def sleep(_seconds: float) -> None:
        asked.set()
        await over.wait()

    entrance = world.entrance()
    entrance._here = replace(entrance._here, sleep=sleep)
    sending = asyncio.create_task(entrance.send_code("mer_1", MEERA.email))
    await asked.wait()
    await asyncio.wait_for(world.mailed.wait(), 10)
    assert not sending.done()
    over.set()
    assert await sending == RESEND_AFTER


async def test_a_code_of_one_merchant_is_none_of_another() -> None:
    world = World()
    await world.add_operator(replace(MEERA, id="opr_9", merchant_id="mer_2"))
    entrance = world.entrance()
    await entrance.send_code("mer_1", MEERA.email)
    with pytest.raises(SignInRefused):
        await entrance.enter("mer_2", entrance.place_of("mer_2", MEERA.email), world.code(), "")


async def test_wrong_codes_are_counted_even_when_many_are_typed_at_once() -> None:
    world = World()
    entrance = world.entrance()
    await entrance.send_code("mer_1", MEERA.email)
    place = entrance.place_of("mer_1", MEERA.email)
    tries = [entrance.enter("mer_1", place, f"9{number:05d}", "") for number in range(8)]
    refusals = await asyncio.gather(*tries, return_exceptions=True)
    assert all(isinstance(one, SignInRefused) for one in refusals)
    with pytest.raises(SignInRefused, match="locked"):
        await entrance.enter("mer_1", place, world.code(), "")


async def test_a_session_ends_twelve_hours_after_its_last_use_and_use_is_noted_now_and_then() -> None:
    world = World()
    entrance = world.entrance()
    await entrance.send_code("mer_1", MEERA.email)
    token = (await entrance.enter("mer_1", entrance.place_of("mer_1", MEERA.email), world.code(), "")).token
    began = world.now
    world.now += NOTE_AFTER - timedelta(seconds=1)
    assert await entrance.who("mer_1", token) is not None
    assert next(iter(world.open.values())).seen_at == began
    world.now += timedelta(hours=11)
    assert await entrance.who("mer_1", token) is not None
    world.now += IDLE - timedelta(seconds=1)
    assert len(await entrance.sessions(MEERA)) == 1
    assert await entrance.who("mer_1", token) is not None
    world.now += IDLE
    assert await entrance.who("mer_1", token) is None
    assert await entrance.sessions(MEERA) == []


async def test_who_is_deactivated_between_code_and_guess_stays_outside() -> None:
    world = World()
    entrance = world.entrance()
    await entrance.send_code("mer_1", MEERA.email)
    await world.save_operator(replace(MEERA, active=False))
    with pytest.raises(SignInRefused, match="none"):
        await entrance.enter("mer_1", entrance.place_of("mer_1", MEERA.email), world.code(), "")
    assert not world.open


async def test_leaving_ends_one_s_own_session_only() -> None:
    world = World()
    entrance = world.entrance()
    await entrance.send_code("mer_1", MEERA.email)
    entered = await entrance.enter("mer_1", entrance.place_of("mer_1", MEERA.email), world.code(), "")
    assert not await entrance.leave(replace(MEERA, id="opr_2"), entered.session.id)
    assert await entrance.leave(MEERA, entered.session.id)
    assert await entrance.who("mer_1", entered.token) is None
