"""The merchant's agents as Video KYC sees them, over a real store."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conformance.values import a_merchant
from dastak.accounts.availability import Availability, Window
from dastak.accounts.operator import ANSWER_WITHIN, ASKED_AFTER, SILENT_AFTER, Operator, Presence, Role
from dastak.app.roster import Roster
from dastak.journeys.video_kyc.ports import AgentRoster, Shift
from dastak.store.sqlite.store import SqliteStore
from dastak.store.vault import Vault

MONDAY_NINE_IN_INDIA = datetime(2026, 1, 12, 3, 30, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


@dataclass
class Office:
    """One merchant's agents, and a clock that the test moves."""

    store: SqliteStore
    now: datetime = MONDAY_NINE_IN_INDIA

    @property
    def roster(self) -> Roster:
        return Roster(self.store.operators, self.store.operators, now=lambda: self.now)

    async def hire(self, number: int, *roles: Role, hours: tuple[int, int] = (9, 18), weekday: int = 0) -> Operator:
        week = Availability((Window(weekday, hours[0] * 60, hours[1] * 60),))
        one = Operator(
            f"opr_{number}", "mer_1", "Meera", f"m{number}@a.example", roles, self.now, self.now, availability=week
        )
        await self.store.operators.add_operator(one)
        return one


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    store = SqliteStore(tmp_path / "dastak.db", Vault((b"k" * 32,)), lambda prefix: prefix, "https://kyc.example.com")
    await store.open()
    await store.merchants.add_merchant(a_merchant("mer_1"))
    yield Office(store)
    await store.close()


async def test_an_agent_is_online_as_long_as_the_page_is_heard_of(office: Office) -> None:
    agent = await office.hire(1, Role.AGENT)
    roster: AgentRoster = office.roster
    assert not await roster.is_online("mer_1", agent.id)
    await roster.set_online("mer_1", agent.id, online=True)
    assert await roster.is_online("mer_1", agent.id)
    assert await roster.online("mer_1") == 1
    assert await roster.online("mer_2") == 0
    office.now += SILENT_AFTER - timedelta(seconds=1)
    assert await office.roster.beat("mer_1", agent.id)
    office.now += SILENT_AFTER - timedelta(seconds=1)
    assert await roster.is_online("mer_1", agent.id)
    office.now += timedelta(seconds=1)
    assert not await roster.is_online("mer_1", agent.id)
    assert await roster.online("mer_1") == 0


async def test_an_agent_who_does_nothing_is_asked_and_goes_offline_without_an_answer(office: Office) -> None:
    agent = await office.hire(1, Role.AGENT)
    await office.roster.set_online("mer_1", agent.id, online=True)

    async def beat_until(at: datetime) -> Presence | None:
        presence = None
        while office.now < at:
            office.now = min(at, office.now + SILENT_AFTER / 2)
            presence = await office.roster.beat("mer_1", agent.id)
        return presence

    presence = await beat_until(MONDAY_NINE_IN_INDIA + ASKED_AFTER)
    assert presence is not None
    assert presence.asked_at == office.now
    assert await office.roster.is_online("mer_1", agent.id), "while the question waits"
    await office.roster.acted("mer_1", agent.id)
    answered = office.now
    presence = await beat_until(answered + ASKED_AFTER + ANSWER_WITHIN - timedelta(seconds=1))
    assert presence is not None
    assert presence.gone_at == office.now + timedelta(seconds=1)
    assert await beat_until(presence.gone_at) is None
    assert not await office.roster.is_online("mer_1", agent.id)
    assert await office.roster.online("mer_1") == 0
    await office.roster.acted("mer_1", agent.id)
    assert not await office.roster.is_online("mer_1", agent.id), "a late act brings nobody back"


async def test_whose_page_broke_off_while_asked_is_gone_all_the_same(office: Office) -> None:
    agent = await office.hire(1, Role.AGENT)
    await office.roster.set_online("mer_1", agent.id, online=True)
    office.now += ASKED_AFTER + ANSWER_WITHIN
    await office.store.operators.heard("mer_1", agent.id, office.now)
    assert not await office.roster.is_online("mer_1", agent.id), "whoever asks before the page beats"


async def test_who_went_offline_is_not_brought_back_by_a_late_sign_of_life(office: Office) -> None:
    agent = await office.hire(1, Role.AGENT)
    await office.roster.set_online("mer_1", agent.id, online=True)
    await office.roster.set_online("mer_1", agent.id, online=False)
    assert not await office.roster.beat("mer_1", agent.id)
    assert not await office.roster.is_online("mer_1", agent.id)


async def test_going_online_twice_is_one_stay(office: Office) -> None:
    agent = await office.hire(1, Role.AGENT)
    await office.roster.set_online("mer_1", agent.id, online=True)
    office.now += timedelta(seconds=10)
    await office.roster.set_online("mer_1", agent.id, online=True)
    presence = await office.store.operators.presence("mer_1", agent.id)
    assert presence is not None
    assert presence.online_since == MONDAY_NINE_IN_INDIA
    assert presence.last_heard == office.now


async def test_whoever_is_no_agent_any_longer_gets_no_customer(office: Office) -> None:
    agent = await office.hire(1, Role.AGENT)
    await office.roster.set_online("mer_1", agent.id, online=True)
    assert await office.store.operators.save_operator(replace(agent, roles=(Role.AUDITOR,)))
    assert not await office.roster.is_online("mer_1", agent.id)


async def test_shifts_add_up_and_leave_out_who_takes_no_calls(office: Office) -> None:
    await office.hire(1, Role.AGENT)
    await office.hire(2, Role.AGENT, Role.AUDITOR, hours=(9, 10))
    await office.hire(3, Role.AUDITOR)
    end = MONDAY_NINE_IN_INDIA + timedelta(hours=2)
    shifts = await office.roster.shifts("mer_1", MONDAY_NINE_IN_INDIA, end)
    starts = [MONDAY_NINE_IN_INDIA + QUARTER * number for number in range(8)]
    assert shifts == [Shift(start, start + QUARTER, 2 if index < 4 else 1) for index, start in enumerate(starts)]


async def test_a_span_that_begins_within_a_quarter_has_that_quarter_and_the_next_day(office: Office) -> None:
    await office.hire(1, Role.AGENT, hours=(23, 24))
    await office.hire(2, Role.AGENT, hours=(0, 1), weekday=1)
    late = MONDAY_NINE_IN_INDIA + timedelta(hours=14, minutes=50)  # 23:50 in India
    shifts = await office.roster.shifts("mer_1", late, late + timedelta(hours=1))
    assert [shift.start for shift in shifts] == [late - timedelta(minutes=5) + QUARTER * number for number in range(5)]
