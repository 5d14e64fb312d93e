"""Slots, bookings, reminders, and what merchants can do with a case."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.errors import TooSoon
from dastak.journeys.video_kyc.agenda import first_slot_after, open_slots, places_at
from dastak.journeys.video_kyc.before_call import is_slot
from dastak.journeys.video_kyc.clock import SLOT
from dastak.journeys.video_kyc.errors import CaseClosed, CaseNotFound, SlotUnavailable, StepClosed
from dastak.journeys.video_kyc.ports import CaseFilter, Shift
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from unit.journeys.video_kyc.cases import AUDITOR, minutes
from unit.journeys.video_kyc.house import MERCHANT, MORNING, House

SLOT_AT = datetime(2026, 1, 11, 8, 0, tzinfo=UTC)


@pytest.fixture
def house() -> House:
    return House()


async def test_slots_are_quarters_of_an_hour_in_which_somebody_works_and_has_a_place(house: House) -> None:
    case = await house.ready()
    slots = await house.customer.slots(case.code)
    assert slots[0].at == MORNING + SLOT
    assert all(is_slot(slot.at) and 6 <= slot.at.hour < 12 for slot in slots)
    assert slots[-1].at + SLOT <= case.expires_at
    later = await house.customer.slots(case.code, SLOT_AT)
    assert later[0].at == SLOT_AT


async def test_the_last_place_of_a_slot_is_given_to_one_only(house: House) -> None:
    cases = [await house.ready(f"v-{number}") for number in range(5)]
    answers = await asyncio.gather(*(house.customer.book(case.code, SLOT_AT) for case in cases), return_exceptions=True)
    assert sum(isinstance(answer, VideoKyc) for answer in answers) == house.roster.agents
    assert all(isinstance(answer, VideoKyc | SlotUnavailable) for answer in answers)
    assert SLOT_AT not in [slot.at for slot in await house.customer.slots(cases[0].code)]


async def test_nobody_books_when_nobody_works(house: House) -> None:
    case = await house.ready()
    with pytest.raises(SlotUnavailable):
        await house.customer.book(case.code, SLOT_AT.replace(hour=3))
    with pytest.raises(SlotUnavailable):
        await house.customer.book(case.code, SLOT_AT + minutes(7))


async def test_a_booking_is_confirmed_and_reminded_of_and_a_no_show_gives_it_back(house: House) -> None:
    case = await house.new_case("v-1", "sms", "email", given=True)
    await house.merchant.schedule(MERCHANT, "v-1", SLOT_AT)
    assert house.heard()[-1] == ("CALL_SCHEDULED", "USER_MEETING_SCHEDULED")
    told = [one for one in house.cases.messages if one.purpose == "schedule"]
    assert [one.channel for one in told] == ["sms", "email"]
    assert "11 Jan 2026, 01:30 PM IST" in told[0].text
    house.clock.now = SLOT_AT - minutes(30)
    assert await house.sweeper.sweep() == 1
    assert await house.sweeper.sweep() == 0, "reminded twice"
    assert sum("Reminder" in one.text for one in house.cases.messages) == 2
    house.clock.now = SLOT_AT + minutes(15)
    assert await house.sweeper.sweep() == 1
    after = await house.stored(case)
    assert (after.schedule, after.sub_status) == (None, "LINK_GENERATED")
    assert [entry.what for entry in after.timeline] == ["link_generated", "booked", "reminder", "no_show"]


async def test_booking_the_same_slot_again_says_nothing_again(house: House) -> None:
    case = await house.new_case("v-1", "sms", given=True)
    await house.customer.book(case.code, SLOT_AT)
    before = len(house.cases.messages)
    await house.customer.book(case.code, SLOT_AT)
    assert len(house.cases.messages) == before
    await house.merchant.schedule(MERCHANT, "v-1", SLOT_AT + SLOT)
    assert [event for event, _ in house.heard()] == ["LINK_GENERATED", "CALL_SCHEDULED", "CALL_SCHEDULED"]
    after = await house.customer.give_back(case.code)
    assert after.schedule is None
    await house.customer.book(case.code, SLOT_AT)
    assert (await house.merchant.unschedule(MERCHANT, "v-1")).schedule is None


async def test_a_merchant_cancels_a_case_once_but_not_one_that_waits_for_its_auditor(house: House) -> None:
    await house.new_case()
    assert (await house.merchant.cancel(MERCHANT, "v-1")).sub_status == "VKYC_EXPIRED"
    assert (await house.merchant.cancel(MERCHANT, "v-1")).sub_status == "VKYC_EXPIRED"
    assert house.heard().count(("LINK_EXPIRED", "VKYC_EXPIRED")) == 1
    case = await house.decided("v-2")
    with pytest.raises(StepClosed):
        await house.merchant.cancel(MERCHANT, "v-2")
    await house.auditors.approve(MERCHANT, AUDITOR, case.id, None)
    with pytest.raises(CaseClosed):
        await house.merchant.cancel(MERCHANT, "v-2")
    with pytest.raises(CaseNotFound):
        await house.merchant.cancel("mer_2", "v-1")


async def test_an_invitation_can_be_sent_again_but_not_at_once(house: House) -> None:
    await house.new_case("v-1", "sms")
    await house.merchant.resend(MERCHANT, "v-1")
    with pytest.raises(TooSoon):
        await house.merchant.resend(MERCHANT, "v-1")
    house.clock.advance(minutes(1))
    await house.merchant.resend(MERCHANT, "v-1", ("email",))
    assert [one.channel for one in house.cases.messages] == ["sms", "sms", "email"]
    await house.merchant.cancel(MERCHANT, "v-1")
    with pytest.raises(CaseClosed):
        await house.merchant.resend(MERCHANT, "v-1")


async def test_cases_are_listed_page_by_page_newest_first(house: House) -> None:
    for number in range(5):
        await house.new_case(f"v-{number}")
        house.clock.advance(timedelta(seconds=1))
    seen: list[str] = []
    cursor = None
    while True:
        page, cursor = await house.merchant.page(MERCHANT, CaseFilter(statuses=("RECEIVED",)), cursor, 2)
        seen += [case.verification_id for case in page]
        if cursor is None:
            break
    assert seen == ["v-4", "v-3", "v-2", "v-1", "v-0"]


hours = st.integers(0, 48)


@given(
    shifts=st.lists(st.tuples(hours, st.integers(0, 10), st.integers(0, 3)), max_size=5),
    booked=st.dictionaries(st.integers(0, 200), st.integers(0, 4), max_size=10),
    start=st.integers(0, 100_000),
    span=st.integers(0, 200_000),
)
def test_an_open_slot_is_to_come_fully_worked_and_not_full(
    shifts: list[tuple[int, int, int]], booked: dict[int, int], start: int, span: int
) -> None:
    shown = [
        Shift(MORNING + timedelta(hours=at), MORNING + timedelta(hours=at + long), agents)
        for at, long, agents in shifts
    ]
    taken = {MORNING + SLOT * number: many for number, many in booked.items()}
    begin = MORNING + timedelta(seconds=start)
    end = begin + timedelta(seconds=span)
    found = open_slots(shown, taken, begin, end)
    for slot in found:
        assert begin < slot.at <= end - SLOT
        assert is_slot(slot.at)
        assert slot.places_left == places_at(shown, slot.at) - taken.get(slot.at, 0) > 0
    first = first_slot_after(begin)
    all_of_them = [first + number * SLOT for number in range(span // 900 + 1)]
    assert [slot.at for slot in found] == [
        at for at in all_of_them if at + SLOT <= end and places_at(shown, at) > taken.get(at, 0)
    ]
