"""Slots as a customer looks through them: by day in India, nothing lost, nothing made up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.video_kyc.agenda import OpenSlot
from dastak.journeys.video_kyc.clock import SLOT
from dastak.web.hosted.video.agenda import DAYS_AT_ONCE, agenda, slot_of

START = datetime(2026, 1, 10, 0, 0, tzinfo=UTC)
SLOTS = st.sets(st.integers(0, 2900), max_size=60).map(
    lambda numbers: [OpenSlot(START + SLOT * number, 1) for number in sorted(numbers)]
)


@given(SLOTS)
def test_going_through_all_days_shows_every_slot_once(slots: list[OpenSlot]) -> None:
    seen, week = [], agenda(slots)
    assert week.earlier == ""
    while week.days:
        assert len(week.days) <= DAYS_AT_ONCE
        for day in week.days:
            shown = agenda(slots, day.iso)
            assert [one.iso for one in shown.days if one.is_shown] == [day.iso]
            seen += [slot_of(offer.value) for part in shown.parts for offer in part.offers]
        if not week.later:
            break
        before, week = week, agenda(slots, week.later)
        assert week.earlier == before.days[-1].iso
    assert seen == [slot.at for slot in slots]


def test_an_unknown_day_is_the_first_one() -> None:
    slots = [OpenSlot(START + timedelta(hours=30), 1), OpenSlot(START + timedelta(hours=60), 1)]
    assert agenda(slots, "never").shown == agenda(slots, "2031-01-01").shown == "Sunday 11 January"


def test_the_day_ends_at_midnight_in_india() -> None:
    slots = [
        OpenSlot(datetime(2026, 1, 10, 18, 15, tzinfo=UTC), 1),
        OpenSlot(datetime(2026, 1, 10, 18, 30, tzinfo=UTC), 1),
    ]
    assert [day.iso for day in agenda(slots).days] == ["2026-01-10", "2026-01-11"]


def test_nothing_to_book_is_an_empty_agenda() -> None:
    assert agenda([]).days == ()


@pytest.mark.parametrize("value", ["", "tomorrow", "2026-01-10T10:00:00", "99999-01-01T00:00:00+00:00", "é"])
def test_what_is_no_instant_is_no_slot(value: str) -> None:
    assert slot_of(value) is None
