"""A link's last day is a date in India, usable to its end (contract.md §7 rulings 10-13)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.calendar import default_expiry, end_of, is_allowed_expiry, today_in_india

KOLKATA = ZoneInfo("Asia/Kolkata")
instants = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def test_a_link_ends_with_its_last_day_in_india() -> None:
    assert end_of(date(2026, 1, 12)) == datetime(2026, 1, 12, 18, 30, tzinfo=UTC)


def test_just_before_midnight_in_india_it_is_still_the_last_day() -> None:
    assert today_in_india(end_of(date(2026, 1, 12)) - timedelta(microseconds=1)) == date(2026, 1, 12)


@given(days)
def test_the_end_of_a_day_is_the_first_instant_of_the_next_one_in_india(day: date) -> None:
    end = end_of(day).astimezone(KOLKATA)
    assert (end.date(), end.time().isoformat()) == (day + timedelta(days=1), "00:00:00")
    assert end_of(day).tzinfo is UTC


@given(instants)
def test_today_is_what_a_calendar_in_kolkata_says(now: datetime) -> None:
    assert today_in_india(now) == now.astimezone(KOLKATA).date()


@given(instants)
def test_a_new_link_of_any_allowed_day_lives_now_and_ends_within_31_days(now: datetime) -> None:
    for ahead in (0, 30):
        expiry = today_in_india(now) + timedelta(days=ahead)
        assert is_allowed_expiry(expiry, now)
        assert now < end_of(expiry) <= now + timedelta(days=31)


@pytest.mark.parametrize(("ahead", "allowed"), [(-1, False), (0, True), (1, True), (29, True), (30, True), (31, False)])
def test_from_today_to_thirty_days_on_is_allowed_both_included(ahead: int, allowed: bool) -> None:
    now = datetime(2026, 1, 10, 20, 0, tzinfo=UTC)  # already the 11th in India
    assert is_allowed_expiry(date(2026, 1, 11) + timedelta(days=ahead), now) is allowed


@given(instants)
def test_the_default_is_the_latest_day_that_is_allowed(now: datetime) -> None:
    assert is_allowed_expiry(default_expiry(now), now)
    assert not is_allowed_expiry(default_expiry(now) + timedelta(days=1), now)
