"""When a failed delivery is tried again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.webhooks.retry import (
    JITTER,
    LONGEST_INTERVAL,
    MOST_RETRIES,
    PRESETS,
    RETRY_AFTER_LIMIT,
    RetryPolicy,
    wait_after,
)

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
intervals = st.integers(1, int(LONGEST_INTERVAL.total_seconds())).map(lambda seconds: timedelta(seconds=seconds))
policies = st.lists(intervals, max_size=MOST_RETRIES).map(lambda given: RetryPolicy.custom(tuple(given)))
chances = st.floats(0, 1, exclude_max=True)
asked = st.none() | st.integers(0, 10**9).map(lambda seconds: timedelta(seconds=seconds))


def test_the_presets_are_the_promised_ones() -> None:
    assert {name: [wait.total_seconds() for wait in waits] for name, waits in PRESETS.items()} == {
        "standard": [5, 30, 120, 600, 1800, 7200, 21600, 43200, 86400],
        "compat": [120, 600, 1800],
    }


def test_the_bounds_are_the_promised_ones() -> None:
    assert (JITTER, MOST_RETRIES) == (0.10, 20)
    assert [RETRY_AFTER_LIMIT, LONGEST_INTERVAL] == [24 * HOUR, 7 * 24 * HOUR]


@given(policies, st.integers(1, MOST_RETRIES + 2), chances)
def test_each_wait_is_within_a_tenth_of_its_interval_and_after_the_last_there_is_none(
    policy: RetryPolicy, failures: int, chance: float
) -> None:
    wait = wait_after(policy, failures, chance)
    if failures > len(policy.intervals):
        assert wait is None
        return
    planned = policy.intervals[failures - 1]
    assert wait is not None
    assert planned * 0.9 - SECOND / 1000 <= wait <= planned * 1.1 + SECOND / 1000


@given(policies, st.integers(1, MOST_RETRIES), chances, asked)
def test_a_receiver_can_ask_for_later_within_a_day_and_never_for_earlier(
    policy: RetryPolicy, failures: int, chance: float, retry_after: timedelta | None
) -> None:
    planned = wait_after(policy, failures, chance)
    wait = wait_after(policy, failures, chance, retry_after)
    if planned is None:
        assert wait is None, "asking for later does not prolong a round that is over"
        return
    assert wait is not None
    assert wait == max(planned, min(retry_after or timedelta(0), RETRY_AFTER_LIMIT))


@given(policies, chances, chances)
def test_more_chance_is_a_longer_wait(policy: RetryPolicy, one: float, other: float) -> None:
    if policy.intervals:
        waits = [wait_after(policy, 1, chance) for chance in sorted((one, other))]
        assert waits == sorted(wait for wait in waits if wait is not None)


def test_in_the_middle_of_its_jitter_a_wait_is_exactly_its_interval() -> None:
    assert wait_after(RetryPolicy.named("compat"), 2, 0.5) == 10 * MINUTE


def test_a_policy_without_intervals_gives_up_at_once() -> None:
    assert wait_after(RetryPolicy.custom(()), 1, 0.5) is None


@pytest.mark.parametrize(
    "given_intervals",
    [(SECOND,) * 21, (timedelta(milliseconds=999),), (LONGEST_INTERVAL + SECOND,), (SECOND, timedelta(0)), (-SECOND,)],
)
def test_intervals_out_of_bounds_are_refused(given_intervals: tuple[timedelta, ...]) -> None:
    with pytest.raises(ValueError, match="interval"):
        RetryPolicy.custom(given_intervals)


def test_an_unknown_preset_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        RetryPolicy.named("hopeful")
