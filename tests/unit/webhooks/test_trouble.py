"""When an endpoint that fails is warned of and disabled; and that notes, however late and mixed, say the same."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.webhooks.endpoint import EndpointState
from dastak.webhooks.trouble import (
    LEAST_FAILURES,
    RECENT,
    Act,
    Note,
    Trouble,
    TroubleRules,
    acted,
    cleared,
    decide,
    disables_at,
    noted,
)
from unit.webhooks.props import NOW

HOUR = timedelta(hours=1)
RULES = TroubleRules()
ENABLED, DISABLED = EndpointState.ENABLED, EndpointState.DISABLED
WELL = Trouble("mer_1", "ep_1")


def at(hours: float) -> datetime:
    return NOW + hours * HOUR


def failing(hours: float, *, failures: int = 50, last: float | None = None, since: float = 0) -> Trouble:
    """An endpoint that fails from `since` on, `hours` in; its last failure was just now, or at `last`."""
    ended = at(hours if last is None else last)
    return replace(WELL, failing_since=at(since), failures=failures, last_failure_at=ended, last_reason="answered 500")


def a_failure(hours: float, count: int = 1, reason: str = "answered 500") -> Note:
    return Note("mer_1", "ep_1", None, count, at(hours), at(hours), reason)


def a_success(hours: float) -> Note:
    return Note("mer_1", "ep_1", at(hours))


def lived(rules: TroubleRules, hours: range, last_failure: float | None = None) -> list[tuple[int, Act]]:
    """What a clock that looks every hour does about an endpoint that fails all the time, or until `last_failure`."""
    done: list[tuple[int, Act]] = []
    warned, warned_at = 0, None
    state = ENABLED
    for hour in hours:
        ended = float(hour) if last_failure is None else min(float(hour), last_failure)
        trouble = replace(failing(hour, last=ended), warned=warned, warned_at=warned_at)
        act = decide(trouble, state, rules, at(hour))
        if act is not Act.NOTHING:
            done.append((hour, act))
            after = acted(trouble, act, rules, at(hour))
            warned, warned_at = after.warned, after.warned_at
            state = DISABLED if act is Act.DISABLE else state
    return done


def test_an_endpoint_that_goes_on_failing_is_warned_of_twice_and_disabled_after_five_days() -> None:
    assert lived(RULES, range(400)) == [(24, Act.WARN), (72, Act.WARN), (120, Act.DISABLE)]


def test_zero_means_never() -> None:
    assert lived(TroubleRules(disable_after=None), range(900)) == [(24, Act.WARN), (72, Act.WARN)]
    assert lived(TroubleRules(warn_after=()), range(900)) == [(120, Act.DISABLE)]
    assert lived(TroubleRules((), None), range(900)) == []


def test_nothing_is_disabled_before_its_owner_was_warned_and_had_a_day() -> None:
    """As when the server itself was down for days."""
    assert lived(RULES, range(200, 400)) == [(200, Act.WARN), (224, Act.DISABLE)]
    assert lived(RULES, range(100, 400)) == [(100, Act.WARN), (124, Act.DISABLE)]


def test_where_the_rules_leave_less_than_a_day_that_is_the_notice() -> None:
    rules = TroubleRules((HOUR,), 3 * HOUR)
    assert lived(rules, range(50)) == [(1, Act.WARN), (3, Act.DISABLE)]
    assert lived(rules, range(10, 50)) == [(10, Act.WARN), (12, Act.DISABLE)]


def test_an_endpoint_without_traffic_is_not_disabled_for_failures_of_days_ago() -> None:
    assert lived(RULES, range(400), last_failure=44.7) == [(24, Act.WARN), (72, Act.WARN)]
    assert lived(RULES, range(400), last_failure=1) == [(24, Act.WARN)]


@pytest.mark.parametrize("hours", [24, 72, 120, 500])
def test_a_few_failures_say_nothing(hours: int) -> None:
    few = failing(hours, failures=LEAST_FAILURES - 1)
    assert decide(few, ENABLED, RULES, at(hours)) is Act.NOTHING
    assert decide(replace(few, failures=LEAST_FAILURES), ENABLED, RULES, at(hours)) is Act.WARN


def test_the_last_failure_must_be_recent() -> None:
    old = failing(100, last=100 - RECENT / HOUR)
    assert decide(old, ENABLED, RULES, at(100)) is Act.NOTHING
    assert decide(failing(100, last=100.01 - RECENT / HOUR), ENABLED, RULES, at(100)) is Act.WARN


def test_an_endpoint_that_its_owner_disabled_is_left_alone() -> None:
    assert decide(failing(500), DISABLED, RULES, at(500)) is Act.NOTHING
    assert decide(failing(500), EndpointState.DELETED, RULES, at(500)) is Act.NOTHING
    recovered = replace(WELL, recovered_at=at(1))
    assert decide(recovered, DISABLED, RULES, at(500)) is Act.NOTHING


def test_a_410_is_told_once_and_only_while_it_is_disabled() -> None:
    gone = replace(failing(500), gone_at=at(1))
    assert decide(gone, DISABLED, RULES, at(2)) is Act.TELL_GONE
    told = acted(gone, Act.TELL_GONE, RULES, at(2))
    assert decide(told, DISABLED, RULES, at(2)) is Act.NOTHING
    assert decide(replace(gone, failing_since=None), ENABLED, RULES, at(2)) is Act.NOTHING


def test_a_recovery_is_told_once_and_only_after_a_warning() -> None:
    quiet = noted(failing(10), a_success(11))
    assert (quiet.failing_since, quiet.recovered_at) == (None, None)
    warned = noted(replace(failing(30), warned=1, warned_at=at(24)), a_success(31))
    assert (warned.failing_since, warned.warned, warned.recovered_at) == (None, 0, at(31))
    assert decide(warned, ENABLED, RULES, at(31)) is Act.TELL_RECOVERED
    assert decide(acted(warned, Act.TELL_RECOVERED, RULES, at(31)), ENABLED, RULES, at(31)) is Act.NOTHING


def test_a_recovery_that_is_not_told_yet_is_told_before_the_next_trouble() -> None:
    again = noted(noted(replace(failing(30), warned=1), a_success(31)), a_failure(32, 40))
    assert again.recovered_at == at(31)
    assert again.failing_since == at(32)
    assert decide(again, ENABLED, RULES, at(60)) is Act.TELL_RECOVERED
    assert decide(acted(again, Act.TELL_RECOVERED, RULES, at(60)), ENABLED, RULES, at(60)) is Act.WARN


def test_enabling_is_a_new_beginning_also_for_notes_that_come_late() -> None:
    fresh = cleared(replace(failing(500), warned=2, gone_at=at(3), recovered_at=at(2)), at(600))
    assert fresh == replace(WELL, well_at=at(600))
    assert noted(fresh, a_failure(599)) == fresh
    late = Note("mer_1", "ep_1", None, 7, at(599), at(601), "answered 500")
    assert noted(fresh, late).failing_since == at(600)


def test_a_success_between_two_processes_failures_counts() -> None:
    """One process has noted failures until now; another one's success lay between them."""
    later = noted(failing(10), a_success(5))
    assert (later.failing_since, later.failures, later.last_failure_at) == (at(10), 1, at(10))
    assert noted(failing(10, since=6), a_success(5)).failing_since == at(6), "it came before all of them"


def test_the_newest_reason_is_kept_whichever_note_comes_last() -> None:
    both = noted(noted(WELL, a_failure(2, reason="new")), a_failure(1, reason="old"))
    assert (both.last_reason, both.last_failure_at, both.failing_since, both.failures) == ("new", at(2), at(1), 2)


def test_when_it_is_disabled_is_known_beforehand() -> None:
    assert disables_at(WELL, RULES) is None
    assert disables_at(failing(10), RULES) == at(120)
    assert disables_at(replace(failing(73), warned=2, warned_at=at(73)), RULES) == at(120)
    assert disables_at(replace(failing(110), warned=2, warned_at=at(110)), RULES) == at(134)
    assert disables_at(failing(10), TroubleRules(disable_after=None)) is None


attempts = st.lists(st.booleans(), min_size=1, max_size=30)


def of_one(number: int, *, good: bool) -> Note:
    return a_success(number) if good else a_failure(number, reason=f"answered 5{number:02}")


def together(first: int, outcomes: list[bool]) -> Note:
    """The one note that says what these attempts, one per hour, showed."""
    good = [number for number, one in enumerate(outcomes, first) if one]
    bad = [number for number, one in enumerate(outcomes, first) if not one and (not good or number > good[-1])]
    succeeded = at(good[-1]) if good else None
    if not bad:
        return Note("mer_1", "ep_1", succeeded)
    return Note("mer_1", "ep_1", succeeded, len(bad), at(bad[0]), at(bad[-1]), f"answered 5{bad[-1]:02}")


@given(attempts, st.data())
def test_attempts_noted_in_batches_are_what_they_are_one_by_one(outcomes: list[bool], data: st.DataObject) -> None:
    singly = batched = WELL
    for number, good in enumerate(outcomes):
        singly = noted(singly, of_one(number, good=good))
    left, first = outcomes, 0
    while left:
        size = data.draw(st.integers(1, len(left)))
        batched = noted(batched, together(first, left[:size]))
        left, first = left[size:], first + size
    assert batched == singly
    trailing = len(outcomes) - 1 - max((n for n, good in enumerate(outcomes) if good), default=-1)
    assert singly.failures == trailing
    assert (singly.failing_since is None) == (trailing == 0)


@given(attempts, st.randoms())
def test_no_order_of_notes_makes_it_fail_from_before_its_last_success(outcomes: list[bool], chance: Random) -> None:
    notes = [of_one(number, good=good) for number, good in enumerate(outcomes)]
    chance.shuffle(notes)
    trouble = WELL
    for note in notes:
        trouble = noted(trouble, note)
    last_good = max((number for number, good in enumerate(outcomes) if good), default=None)
    last_bad = max((number for number, good in enumerate(outcomes) if not good), default=None)
    if last_good is not None and trouble.failing_since is not None:
        assert trouble.failing_since >= at(last_good)
    if last_bad is not None and (last_good is None or last_bad > last_good):
        assert trouble.failing_since is not None
        assert (trouble.last_failure_at, trouble.last_reason) == (at(last_bad), f"answered 5{last_bad:02}")
    else:
        assert trouble.failing_since is None


@pytest.mark.parametrize("order", list(permutations((a_failure(1, 9), a_success(2), a_failure(3, 9)))))
def test_a_success_clears_what_failed_before_it_in_any_order(order: tuple[Note, ...]) -> None:
    trouble = WELL
    for note in order:
        trouble = noted(trouble, note)
    assert trouble.failing_since is not None
    assert trouble.failing_since > at(2)


times = st.floats(0, 300).map(at)


@given(st.builds(Trouble, st.just("mer_1"), st.just("ep_1"), times, st.integers(0, 99), times), times, st.booleans())
def test_what_is_done_is_not_done_again_at_the_same_time(trouble: Trouble, now: datetime, enabled: bool) -> None:
    state, done = (ENABLED if enabled else DISABLED), []
    for _ in range(6):
        act = decide(trouble, state, RULES, now)
        if act is Act.NOTHING:
            break
        done.append(act)
        trouble = acted(trouble, act, RULES, now)
        state = DISABLED if act is Act.DISABLE else state
    assert decide(trouble, state, RULES, now) is Act.NOTHING
    assert len(set(done)) == len(done)
