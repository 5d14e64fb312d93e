"""How fast one endpoint may be sent to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.webhooks.pace import LEAST_RATE, LONGEST_HOLD, Pace, burst

rates = st.floats(0.05, 2000)
waits = st.floats(0, 3)


def sent(pace: Pace, now: float, most: int = 10_000) -> int:
    """Begin as many attempts as may begin."""
    allowed = pace.allowed(now)
    count = most if allowed is None else min(most, allowed)
    for _ in range(count):
        pace.take(now)
    return count


def pushed_back(now: float = 10.0, attempts: int = 40, retry_after: float | None = None) -> Pace:
    """A pace without a limit, pushed back after some attempts within a second."""
    pace = Pace(now)
    for _ in range(attempts):
        pace.take(now)
    pace.pushed_back(now, now, retry_after)
    return pace


def test_without_a_limit_everything_may_go() -> None:
    pace = Pace(0)
    assert (pace.rate, pace.allowed(0), pace.is_free(0)) == (None, None, True)


def test_the_owner_s_limit_is_kept_from_the_first_moment() -> None:
    pace = Pace(0, 50)
    assert (sent(pace, 0), sent(pace, 0), sent(pace, 0.02), sent(pace, 1.02)) == (5, 0, 1, 5)


@given(rates, st.lists(waits, max_size=60))
def test_over_no_interval_more_begin_than_the_limit_allows(rate: float, pauses: list[float]) -> None:
    pace, now, marks = Pace(0, rate), 0.0, []
    for pause in pauses:
        now += pause
        marks.append((now, sent(pace, now)))
    for first in range(len(marks)):
        total = 0
        for at, count in marks[first:]:
            total += count
            assert total <= burst(rate) + rate * (at - marks[first][0]) + 1e-6


events = st.lists(
    st.tuples(waits, st.sampled_from(["send", "success", "push", "hold"]), st.floats(0, 1000)), max_size=80
)


@given(rates, events)
def test_no_push_back_or_success_ever_takes_it_beyond_the_limit(
    rate: float, happenings: list[tuple[float, str, float]]
) -> None:
    pace, now, marks = Pace(0, rate), 0.0, []
    for wait, what, number in happenings:
        now += wait
        match what:
            case "success":
                pace.succeeded(now)
            case "push":
                pace.pushed_back(now, now, None)
            case "hold":
                pace.pushed_back(now, now, number)
        marks.append((now, sent(pace, now)))
        assert pace.rate is not None
        assert 0 < pace.rate <= rate
    for first in range(len(marks)):
        total = 0
        for at, count in marks[first:]:
            total += count
            assert total <= burst(rate) + rate * (at - marks[first][0]) + 1e-6


def test_a_push_back_halves_what_was_sent_within_a_second() -> None:
    pace = pushed_back(attempts=40)
    assert (pace.rate, pace.allowed(10.0)) == (20, 0)
    assert pace.allowed(10.5) == 2


def test_answers_to_what_was_sent_before_do_not_lower_it_again_and_later_ones_do() -> None:
    pace = pushed_back(now=10)
    pace.pushed_back(11, 9.5, None)
    assert pace.rate == 20
    pace.pushed_back(12, 11.5, None)
    assert pace.rate == 10


def test_it_is_never_lowered_to_nothing() -> None:
    pace = pushed_back()
    for second in range(11, 40):
        pace.pushed_back(second, second - 0.5, None)
    assert pace.rate == LEAST_RATE
    assert pace.allowed(39 + 1 / LEAST_RATE + 1) == 1


@pytest.mark.parametrize(("asked", "held"), [(3, 3), (0, 0), (-5, 0), (7200, LONGEST_HOLD)])
def test_retry_after_holds_everything_within_bounds(asked: float, held: float) -> None:
    pace = pushed_back(now=10, retry_after=asked)
    assert held == 0 or pace.is_held(10 + held - 0.001)
    assert pace.is_held(10 + held) is False
    assert pace.ready_at(10) >= 10 + held
    assert pace.allowed(10 + held + 1) == 2


def test_a_shorter_hold_does_not_end_a_longer_one() -> None:
    pace = pushed_back(now=10, retry_after=60)
    pace.pushed_back(11, 9, 1)
    assert pace.is_held(69)


@given(st.integers(1, 500), st.none() | rates)
def test_it_recovers_on_successes_until_the_owner_s_limit_or_none(attempts: int, limit: float | None) -> None:
    pace = Pace(0, limit)
    for _ in range(attempts):
        pace.take(0)
    pace.pushed_back(0, 0, None)
    lowered, now = pace.rate, 0.0
    for _ in range(100_000):
        if pace.rate == limit:
            break
        now = pace.ready_at(now) + 1e-6
        for _ in range(sent(pace, now)):
            pace.succeeded(now)
    assert pace.rate == limit
    assert lowered is not None
    assert now > 1 or lowered == limit, "slowly"


def test_one_success_at_most_doubles_it() -> None:
    pace = pushed_back(attempts=2000)
    for second in range(11, 60):
        pace.pushed_back(second, second - 0.5, None)
    before = pace.rate
    pace.succeeded(61)
    assert before is not None
    assert pace.rate is not None
    assert before < pace.rate <= 2 * before


@given(rates, st.lists(waits, min_size=1, max_size=30))
def test_when_it_says_that_more_may_go_more_may_go(rate: float, pauses: list[float]) -> None:
    pace, now = Pace(0, rate), 0.0
    for pause in pauses:
        now += pause
        sent(pace, now)
        ready = pace.ready_at(now)
        assert ready > now
        assert sent(pace, ready) >= 1
        now = ready


def test_a_changed_limit_counts_at_once_and_no_limit_frees() -> None:
    pace = Pace(0, 100)
    pace.set_limit(10, 1)
    assert sent(pace, 1) == 1
    pace.set_limit(None, 1)
    assert (pace.allowed(1), pace.is_free(1)) == (None, True)
    pace.set_limit(10, 2)
    assert sent(pace, 2) == 1


def test_a_rested_pace_is_as_good_as_a_new_one() -> None:
    pace = Pace(0, 10)
    assert pace.is_rested(0)
    pace.take(0)
    assert not pace.is_rested(0.05)
    assert pace.is_rested(0.11)
    assert not pushed_back().is_rested(1000)
