"""Replays, as far as they are decided without a store."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import EndpointState
from dastak.webhooks.replay import (
    CLOCK_JUMP,
    LARGEST_RATE,
    LEAST_RATE,
    MOST_PER_STEP,
    STEP,
    UNDELIVERED,
    Cut,
    Look,
    Match,
    Replay,
    ReplayState,
    Selection,
    Skip,
    Standing,
    after_step,
    begun,
    cancelled,
    cut,
    is_due,
    step_size,
    why_not,
)
from unit.webhooks.props import NOW

SECOND = timedelta(seconds=1)
RATES = st.floats(LEAST_RATE, LARGEST_RATE)


def a_job(rate: float = 50, up_to: int = 100, after: int = 0) -> Replay:
    return begun("rpl_1", "mer_1", Selection(after=after, up_to=up_to), rate, 7, exactly=True, now=NOW)


def matching(log: Sequence[bool]) -> tuple[Match, ...]:
    return tuple(Match(n, f"dlv_{n}") for n, match in enumerate(log, start=1) if match)


def a_cut(count: int, position: int = 50, *, is_last: bool = False) -> Cut:
    return Cut(matching([True] * count), position, is_last)


def test_a_new_job_is_queued_and_due_at_once() -> None:
    job = a_job(after=5)
    assert (job.state, job.position, job.due_at, job.is_open) == (ReplayState.QUEUED, 5, NOW, True)
    assert is_due(job, NOW)
    assert not is_due(job, NOW - SECOND)


def test_a_job_that_a_clock_gone_back_has_put_far_away_is_due() -> None:
    assert is_due(a_job(), NOW - CLOCK_JUMP - SECOND)


@pytest.mark.parametrize(("rate", "size"), [(1, 1), (4, 1), (5, 1), (50, 10), (999, 199), (1000, 200)])
def test_a_step_is_a_fifth_of_a_second_of_the_rate_and_at_least_one(rate: float, size: int) -> None:
    assert step_size(rate) == size


@given(log=st.lists(st.booleans(), max_size=60), rate=st.sampled_from([1.0, 10.0, 25.0, 50.0]))
def test_steps_together_take_on_each_match_once_and_in_order(log: list[bool], rate: float) -> None:
    """Whatever the log looks like, and wherever each look ends."""
    job, taken, piece = a_job(rate, up_to=60), list[Match](), 7
    for _ in range(len(log) + 2):
        end = job.position + piece
        matches = tuple(one for one in matching(log) if job.position < one.position <= end)
        done = cut(job, Look(matches, end if end <= len(log) else None))
        assert len(done.chosen) <= step_size(rate)
        assert done.position >= job.position
        taken += done.chosen
        job = after_step(job, done, [], NOW)
        if done.is_last:
            break
    assert tuple(taken) == matching(log)
    assert (job.state, job.position, job.requeued) == (ReplayState.DONE, 60, len(taken))


def test_a_look_that_found_nothing_more_ends_the_job_at_its_last_position() -> None:
    assert cut(a_job(up_to=90), Look((), None)) == Cut((), 90, is_last=True)


def standing(state: DeliveryState = DeliveryState.GIVEN_UP) -> Standing:
    return Standing(state, in_flight=False, failures=1, not_before=NOW, endpoint_state=EndpointState.ENABLED)


@pytest.mark.parametrize(
    ("now_is", "reason"),
    [
        (standing(), None),
        (standing(DeliveryState.PENDING), None),
        (replace(standing(), endpoint_state=EndpointState.DISABLED), None),
        (replace(standing(DeliveryState.PENDING), failures=0, not_before=NOW + SECOND), None),
        (replace(standing(DeliveryState.PENDING), failures=0), Skip.ALREADY_DUE),
        (replace(standing(DeliveryState.PENDING), in_flight=True), Skip.IN_FLIGHT),
        (replace(standing(), endpoint_state=EndpointState.DELETED), Skip.ENDPOINT_DELETED),
        (standing(DeliveryState.DELIVERED), Skip.CHANGED),
        (standing(DeliveryState.CANCELLED), Skip.CHANGED),
    ],
)
def test_what_stands_in_the_way_is_judged_at_the_moment_of_the_act(now_is: Standing, reason: Skip | None) -> None:
    assert why_not(UNDELIVERED, now_is, NOW) is reason


def test_what_was_passed_over_is_added_up_by_reason() -> None:
    job = after_step(a_job(), a_cut(5), [Skip.IN_FLIGHT, Skip.CHANGED], NOW)
    job = after_step(job, a_cut(2, is_last=True), [Skip.IN_FLIGHT], NOW + SECOND)
    assert (job.requeued, job.skipped) == (4, {Skip.IN_FLIGHT: 2, Skip.CHANGED: 1})
    assert (job.started_at, job.finished_at, job.due_at) == (NOW, NOW + SECOND, None)


def test_a_step_that_requeued_nothing_is_followed_by_the_next_at_once() -> None:
    assert after_step(a_job(1), a_cut(0), [], NOW).due_at == NOW
    assert after_step(a_job(1), a_cut(1), [Skip.IN_FLIGHT], NOW).due_at == NOW


@given(
    rate=RATES,
    waits=st.lists(st.floats(0, 3), min_size=1, max_size=80),
    fills=st.lists(st.integers(0, MOST_PER_STEP), min_size=80, max_size=80),
)
def test_over_any_time_no_more_is_requeued_than_the_rate_allows(
    rate: float, waits: list[float], fills: list[int]
) -> None:
    """Between any two steps: the rate times the time, one step on top, and one that is made up for."""
    job, now = a_job(rate), NOW
    steps: list[tuple[datetime, int]] = []
    for wait, fill in zip(waits, fills, strict=False):
        now = max(now + timedelta(seconds=wait), job.due_at or now)
        count = min(fill, step_size(rate))
        job = after_step(job, a_cut(count), [], now)
        steps.append((now, count))
    for first, (began, _) in enumerate(steps):
        for last in range(first, len(steps)):
            seconds = (steps[last][0] - began).total_seconds()
            total = sum(count for _, count in steps[first : last + 1])
            assert total <= rate * (seconds + STEP.total_seconds()) + step_size(rate) + 1e-6 * rate


def test_a_step_that_comes_a_little_late_is_made_up_for_and_one_that_comes_much_too_late_is_not() -> None:
    late = STEP / 2
    assert after_step(a_job(100), a_cut(20), [], NOW + late).due_at == NOW + STEP
    away = timedelta(hours=1)
    assert after_step(a_job(100), a_cut(20), [], NOW + away).due_at == NOW + away + STEP


def test_cancelling_ends_a_job_and_leaves_one_that_has_ended_as_it_is() -> None:
    job = cancelled(after_step(a_job(), a_cut(3), [], NOW), NOW + SECOND)
    assert (job.state, job.is_open, job.finished_at, job.requeued) == (ReplayState.CANCELLED, False, NOW + SECOND, 3)
    assert cancelled(job, NOW + 2 * SECOND) is job
    done = after_step(a_job(), a_cut(0, is_last=True), [], NOW)
    assert cancelled(done, NOW + SECOND) is done


def test_progress_grows_from_nothing_to_the_whole() -> None:
    job = a_job(up_to=120, after=20)
    assert job.progress == 0
    assert after_step(job, a_cut(1, position=70), [], NOW).progress == pytest.approx(0.5)
    assert after_step(job, a_cut(1, position=120, is_last=True), [], NOW).progress == 1
    assert a_job(up_to=0).progress == 0


@pytest.mark.parametrize(
    ("selection", "narrow"),
    [
        (Selection(), False),
        (Selection(until=NOW, event_types=("KYC_LINK_SUCCESS",)), False),
        (Selection(since=NOW), True),
        (Selection(endpoint_id="ep_1"), True),
        (Selection(verification_id="v"), True),
        (Selection(after=1), True),
    ],
)
def test_a_selection_is_narrow_if_it_has_a_beginning_or_names_an_endpoint_or_a_case(
    selection: Selection, narrow: bool
) -> None:
    assert selection.is_narrow is narrow
