"""Windows, days off, and the slots that come of them."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.accounts.availability import (
    DAY_MINUTES,
    INDIA,
    MOST_DAYS_OFF,
    SLOT,
    SLOT_MINUTES,
    Availability,
    BadAvailability,
    Window,
    availability,
    clock_of,
    minute_of,
    slot_of,
    slots,
)

NOW = datetime(2026, 1, 5, 5, 7, tzinfo=UTC)
"""Monday, 10:37 in India."""
MONDAY = date(2026, 1, 5)

WINDOWS = st.builds(
    lambda weekday, ends: Window(weekday, *sorted(ends)),
    st.integers(0, 6),
    st.lists(st.integers(0, DAY_MINUTES), min_size=2, max_size=2, unique=True),
)
WEEKS = st.builds(
    availability, st.lists(WINDOWS, max_size=8), st.lists(st.dates(MONDAY, MONDAY + timedelta(days=9)), max_size=3)
)
INSTANTS = st.timedeltas(timedelta(days=-1), timedelta(days=7)).map(lambda ahead: NOW + ahead)


def at(clock: str, day: date = MONDAY) -> datetime:
    """That time in India."""
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=INDIA).astimezone(UTC)


def covers(week: Availability, day: date, minute: int) -> bool:
    """Whether the agent is there for the whole quarter hour that begins at that minute of the day."""
    return day not in week.days_off and any(
        one.weekday == day.weekday() and one.from_minute <= minute and minute + SLOT_MINUTES <= one.to_minute
        for one in week.windows
    )


def from_to(weekday: int, begins: str, ends: str) -> Window:
    first, last = minute_of(begins), minute_of(ends)
    assert first is not None
    assert last is not None
    return Window(weekday, first, last)


def test_slots_are_whole_quarter_hours_of_today_s_rest_and_of_the_days_after() -> None:
    week = availability([from_to(0, "10:00", "11:20"), from_to(1, "23:30", "24:00")], ())
    found = slots([week], (), NOW, days=2)
    tuesday = MONDAY + timedelta(days=1)
    assert [one.starts_at for one in found] == [
        at("10:45"),
        at("11:00"),
        at("23:30", tuesday),
        at("23:45", tuesday),
    ]
    assert slots([week], (), NOW, days=1) == found[:2]
    assert slots([week], (), NOW, days=0) == []


def test_a_slot_that_begins_now_is_still_offered() -> None:
    week = availability([from_to(0, "10:00", "11:00")], ())
    assert [one.starts_at for one in slots([week], (), at("10:45"), 1)] == [at("10:45")]
    assert slots([week], (), at("10:45") + timedelta(microseconds=1), 1) == []


def test_each_agent_who_works_then_counts_and_each_booking_takes_one() -> None:
    one, other = availability([from_to(0, "11:00", "11:30")], ()), availability([from_to(0, "11:15", "11:30")], ())
    found = slots([one, other], [at("11:00"), at("11:15") + timedelta(minutes=3)], NOW, 1)
    assert [(slot.agents, slot.booked, slot.left) for slot in found] == [(1, 1, 0), (2, 1, 1)]


def test_more_bookings_than_agents_leave_nothing_and_never_less() -> None:
    week = availability([from_to(0, "11:00", "11:15")], ())
    assert [slot.left for slot in slots([week], [at("11:00")] * 3, NOW, 1)] == [0]


def test_on_a_day_off_the_week_does_not_count() -> None:
    week = availability([from_to(0, "11:00", "12:00")], [MONDAY])
    assert {one.starts_at.date() for one in slots([week], (), NOW, 8)} == {date(2026, 1, 12)}


def test_windows_that_touch_or_overlap_become_one_so_that_a_slot_across_them_counts() -> None:
    week = availability([from_to(0, "11:05", "11:10"), from_to(0, "10:50", "11:05"), from_to(0, "11:08", "11:15")], ())
    assert week.windows == (from_to(0, "10:50", "11:15"),)
    assert [one.starts_at for one in slots([week], (), NOW, 1)] == [at("11:00")]


@pytest.mark.parametrize("window", [Window(7, 0, 60), Window(-1, 0, 60), Window(0, 60, 60), Window(0, 0, 1441)])
def test_a_window_that_cannot_be_is_refused(window: Window) -> None:
    with pytest.raises(BadAvailability):
        availability([window], ())


def test_too_much_is_refused() -> None:
    with pytest.raises(BadAvailability):
        availability([], [MONDAY + timedelta(days=ahead) for ahead in range(MOST_DAYS_OFF + 1)])
    with pytest.raises(BadAvailability):
        availability([Window(day, hour * 60, hour * 60 + 30) for day in range(7) for hour in range(5)], ())


@given(st.integers(0, DAY_MINUTES))
def test_a_time_of_day_reads_back(minute: int) -> None:
    assert minute_of(clock_of(minute)) == minute


@pytest.mark.parametrize("text", ["", "9:30", "09:60", "24:01", "25:00", "09-30", "٠٩:30", "09:3x", "-1:30", "09:300"])
def test_what_is_no_time_of_day_is_none(text: str) -> None:
    assert minute_of(text) is None


@given(st.lists(WEEKS, max_size=4), st.lists(INSTANTS, max_size=6), INSTANTS, st.integers(0, 9))
def test_every_slot_is_covered_ahead_and_counted_and_no_covered_one_is_missing(
    agents: list[Availability], booked: list[datetime], now: datetime, days: int
) -> None:
    found = slots(agents, booked, now, days)
    starts = [one.starts_at for one in found]
    assert starts == sorted(set(starts))
    for one in found:
        assert one.starts_at >= now
        assert one.starts_at == slot_of(one.starts_at)
        assert one.booked == sum(one.starts_at <= at < one.starts_at + SLOT for at in booked)
        assert 0 <= one.left <= one.agents <= len(agents)
    today = now.astimezone(INDIA).date()
    for ahead in range(days):
        day = today + timedelta(days=ahead)
        for minute in range(0, DAY_MINUTES, SLOT_MINUTES):
            start = at("00:00", day) + timedelta(minutes=minute)
            there = sum(covers(one, day, minute) for one in agents)
            expected = [there] if there and start >= now else []
            assert [one.agents for one in found if one.starts_at == start] == expected


@given(WEEKS)
def test_putting_in_order_twice_changes_nothing(week: Availability) -> None:
    assert availability(week.windows, week.days_off) == week
