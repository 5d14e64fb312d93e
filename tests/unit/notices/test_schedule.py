"""When a notice is tried again."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dastak.notices.schedule import PAUSES, is_worth_sending, next_try
from unit.notices.stage import NOON

FAR = NOON + timedelta(days=30)


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 5), (2, 30), (3, 120), (4, 600), (5, 1800)])
def test_the_pauses_grow(attempt: int, seconds: int) -> None:
    assert next_try(attempt, NOON, FAR, 0.5) == NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize("attempt", [6, 7, 1000])
def test_after_the_last_pause_it_is_given_up(attempt: int) -> None:
    assert next_try(attempt, NOON, FAR, 0.5) is None


def test_it_is_given_up_when_the_next_try_would_come_too_late() -> None:
    assert next_try(1, NOON, NOON + timedelta(seconds=5), 0.5) is None
    assert next_try(1, NOON, NOON + timedelta(seconds=5, microseconds=1), 0.5) is not None


def test_a_notice_is_worth_sending_until_the_instant_it_expires() -> None:
    assert is_worth_sending(NOON + timedelta(microseconds=1), NOON)
    assert not is_worth_sending(NOON, NOON)


@settings(deadline=None)  # a shared machine may be slow; that is no failure
@given(st.integers(1, len(PAUSES)), st.floats(0, 1), st.timedeltas(timedelta(0), timedelta(hours=1)))
def test_jitter_moves_a_try_by_a_tenth_and_never_past_the_end(attempt: int, jitter: float, life: timedelta) -> None:
    retry_at = next_try(attempt, NOON, NOON + life, jitter)
    pause = PAUSES[attempt - 1]
    if retry_at is None:
        assert life <= pause * 1.1
    else:
        assert pause * 0.9 <= retry_at - NOON <= pause * 1.1
        assert retry_at < NOON + life
