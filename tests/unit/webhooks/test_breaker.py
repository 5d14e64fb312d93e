"""The breaker of one endpoint."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.webhooks.breaker import (
    FIRST_PAUSE,
    FULL,
    JITTER,
    LONGEST_PAUSE,
    MINIMUM,
    RELAPSE,
    SAMPLE,
    TABLE,
    Breaker,
    BreakerSignal,
    BreakerState,
    after,
    pause_after,
)

OK, BAD, BUSY, TIMER = BreakerSignal.SUCCESS, BreakerSignal.FAILURE, BreakerSignal.BUSY, BreakerSignal.TIMER
CLOSED, OPEN, HALF_OPEN = BreakerState.CLOSED, BreakerState.OPEN, BreakerState.HALF_OPEN


def turned(breaker: Breaker, *signals: BreakerSignal, now: float = 100.0, chance: float = 0.0) -> Breaker:
    for signal in signals:
        breaker = after(breaker, signal, now, chance)
    return breaker


OPENED = turned(Breaker(), *[BAD] * MINIMUM)
PROBING = turned(OPENED, TIMER, now=OPENED.open_until)
REFILLING = turned(PROBING, OK)


def test_every_state_has_a_row_and_every_signal_a_column() -> None:
    assert {state: set(row) for state, row in TABLE.items()} == {state: set(BreakerSignal) for state in BreakerState}


def test_the_defaults_are_the_documented_ones() -> None:
    assert (SAMPLE, MINIMUM, RELAPSE, FULL) == (20, 10, 3, 256)
    assert (FIRST_PAUSE, LONGEST_PAUSE, JITTER) == (5, 300, 0.25)


@pytest.mark.parametrize(
    ("before", "signal", "state"),
    [
        (Breaker(), OK, CLOSED),
        (Breaker(), BAD, CLOSED),
        (Breaker(), BUSY, CLOSED),
        (Breaker(), TIMER, CLOSED),
        (OPENED, OK, OPEN),
        (OPENED, BAD, OPEN),
        (OPENED, BUSY, OPEN),
        (OPENED, TIMER, OPEN),
        (PROBING, OK, CLOSED),
        (PROBING, BAD, OPEN),
        (PROBING, BUSY, CLOSED),
        (PROBING, TIMER, HALF_OPEN),
    ],
)
def test_each_cell(before: Breaker, signal: BreakerSignal, state: BreakerState) -> None:
    assert turned(before, signal, now=before.open_until - 0.001).state is state


def test_a_dead_endpoint_opens_it_after_the_least_number_of_outcomes() -> None:
    assert turned(Breaker(), *[BAD] * (MINIMUM - 1)) == Breaker(outcomes=2 ** (MINIMUM - 1) - 1, known=MINIMUM - 1)
    assert (OPENED.state, OPENED.open_until, OPENED.openings, OPENED.limit) == (OPEN, 105, 1, 0)


def test_an_endpoint_that_was_well_opens_it_when_four_fifths_of_the_last_outcomes_failed() -> None:
    well = turned(Breaker(), *[OK] * 50)
    assert turned(well, *[BAD] * 15).state is CLOSED
    assert turned(well, *[BAD] * 16).state is OPEN


def test_an_endpoint_that_refuses_every_second_delivery_goes_on() -> None:
    assert turned(Breaker(), *[BAD, OK] * 100).limit is None


def test_success_after_success_changes_nothing_at_all() -> None:
    well = turned(Breaker(), *[OK] * SAMPLE)
    assert turned(well, OK) is well


def test_the_timer_lets_one_probe_through_exactly_when_the_pause_is_over() -> None:
    assert turned(OPENED, TIMER, now=OPENED.open_until - 1e-6) is OPENED
    assert (PROBING.state, PROBING.limit) == (HALF_OPEN, 1)


def test_a_failed_probe_opens_it_for_longer_and_a_good_one_closes_it_with_a_window_of_one() -> None:
    again = turned(PROBING, BAD)
    assert (again.state, again.open_until - 100, again.openings) == (OPEN, 10, 2)
    assert (REFILLING.state, REFILLING.limit, REFILLING.openings) == (CLOSED, 1, 1)


def test_the_window_doubles_with_each_window_full_of_successes_until_it_is_whole() -> None:
    breaker, limits = REFILLING, []
    while breaker.limit is not None:
        limits.append(breaker.limit)
        breaker = turned(breaker, *[OK] * breaker.limit)
    assert limits == [1, 2, 4, 8, 16, 32, 64, 128]
    assert (breaker.is_well, breaker.openings) == (True, 0)


def test_while_it_refills_a_failure_halves_and_three_in_a_row_open_it_again() -> None:
    eight = turned(REFILLING, *[OK] * 7)
    assert [turned(eight, *[BAD] * count).limit for count in range(3)] == [8, 4, 2]
    relapsed = turned(eight, BAD, BAD, BAD)
    assert (relapsed.state, relapsed.openings) == (OPEN, 2)
    assert turned(REFILLING, BAD, BAD).limit == 1


def test_what_was_sent_in_an_earlier_epoch_says_nothing() -> None:
    for signal in (OK, BAD, BUSY):
        assert after(PROBING, signal, 100, 0, OPENED.epoch) is PROBING
    assert after(PROBING, OK, 100, 0, PROBING.epoch).state is CLOSED


@given(st.integers(1, 5000), st.floats(0, 1, exclude_max=True))
def test_pauses_grow_and_stay_within_their_bounds(openings: int, chance: float) -> None:
    pause = pause_after(openings, chance)
    assert FIRST_PAUSE * (1 - JITTER) <= pause <= LONGEST_PAUSE
    assert pause_after(openings + 1, chance) >= pause


steps = st.lists(st.tuples(st.sampled_from(BreakerSignal), st.floats(0, 400)), max_size=200)


@given(steps, st.floats(0, 1, exclude_max=True))
def test_whatever_happens_it_is_never_shut_for_ever_and_its_limits_are_sane(
    signals: list[tuple[BreakerSignal, float]], chance: float
) -> None:
    breaker, now = Breaker(), 0.0
    for signal, wait in signals:
        now += wait
        epoch = breaker.epoch
        breaker = after(breaker, signal, now, chance)
        assert breaker.epoch in (epoch, epoch + 1)
        assert breaker.limit is None or 0 <= breaker.limit < FULL
        assert (breaker.limit == 0) is (breaker.state is OPEN)
        assert breaker.open_until <= now + LONGEST_PAUSE
        assert 0 <= breaker.known <= SAMPLE
    probing = after(breaker, TIMER, now + LONGEST_PAUSE, chance)
    assert probing.state is not OPEN
    assert turned(probing, *[OK] * 600).is_well


def test_a_spotless_breaker_is_not_changed_by_one_more_success() -> None:
    breaker = Breaker()
    for _ in range(SAMPLE):
        assert not breaker.is_spotless
        breaker = after(breaker, BreakerSignal.SUCCESS, 0.0, 0.0, breaker.epoch)
    assert breaker.is_spotless
    assert after(breaker, BreakerSignal.SUCCESS, 0.0, 0.0, breaker.epoch) is breaker
    assert not after(breaker, BreakerSignal.FAILURE, 0.0, 0.0, breaker.epoch).is_spotless
