"""The keeper: what may go when, in steps that others do not notice."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from dastak.webhooks.keeper import (
    AIM,
    FIRST,
    LARGEST,
    LONGEST_PAUSE,
    REST,
    SHORTEST_REST,
    SMALLEST,
    SWEEP_EVERY,
    Keeper,
    next_step,
)
from dastak.webhooks.retention import CutOff, Expired, Kept, Retention, cut_offs

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
ONLY_NOTICES = Retention(0, 0, 0, 0, notices=1, hours=0)
MILLISECOND = timedelta(milliseconds=1)


class Ticks:
    """A clock that only moves when somebody works or sleeps."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.slept: list[timedelta] = []
        self.turns_left = 10**9

    def monotonic(self) -> float:
        return self.at

    def now(self) -> datetime:
        return NOON

    async def sleep(self, span: timedelta) -> None:
        self.slept.append(span)
        self.at += span.total_seconds()
        self.turns_left -= 1
        if self.turns_left <= 0:
            raise asyncio.CancelledError


class Rows:
    """A store with so many old rows, each of which takes some time."""

    def __init__(self, ticks: Ticks, rows: int, each: timedelta = timedelta()) -> None:
        self.ticks, self.rows, self.each = ticks, rows, each
        self.steps: list[int] = []
        self.asked: list[CutOff] = []
        self.prepared: list[datetime] = []
        self.failures = 0

    async def prepare(self, now: datetime) -> None:
        self.prepared.append(now)

    async def expire(self, what: Kept, before: datetime, at_most: int) -> Expired:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("away")
        self.asked.append(CutOff(what, before))
        count = min(self.rows, at_most)
        self.rows -= count
        self.steps.append(at_most)
        self.ticks.at += (self.each * at_most).total_seconds()
        return Expired(count, self.rows > 0)


class Log:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.turns = self.failures = 0
        self.gone: list[tuple[Kept, int]] = []

    def turned(self) -> None:
        self.turns += 1

    def expired(self, what: Kept, count: int) -> None:
        self.gone.append((what, count))

    def store_failed(self) -> None:
        self.failures += 1


def a_keeper(
    store: Rows,
    ticks: Ticks,
    log: Log | None = None,
    retention: Retention = ONLY_NOTICES,
    now: Callable[[], datetime] | None = None,
) -> Keeper:
    return Keeper(
        store, retention, now=now or ticks.now, monotonic=ticks.monotonic, sleep=ticks.sleep, observer=log or Log()
    )


def test_a_class_kept_for_ever_has_no_cut_off() -> None:
    assert cut_offs(Retention(0, 0, 0, 0, 0, 0), NOON) == []


def test_a_cut_off_is_the_midnight_before_the_days_that_are_kept() -> None:
    (cut_off,) = cut_offs(ONLY_NOTICES, NOON)
    assert cut_off == CutOff(Kept.NOTICES, datetime(2026, 3, 9, tzinfo=UTC))


def test_days_are_those_of_utc_wherever_the_clock_is() -> None:
    in_india = datetime(2026, 3, 11, 2, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert cut_offs(ONLY_NOTICES, in_india) == cut_offs(ONLY_NOTICES, NOON)


def test_deliveries_go_before_their_events_do() -> None:
    order = [one.what for one in cut_offs(Retention(1, 1, 1, 1, 1), NOON)]
    assert order == list(Kept)
    assert order.index(Kept.DELIVERIES) < order.index(Kept.EVENTS)


@given(
    at=st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    days=st.integers(1, 36_500),
)
def test_nothing_goes_before_its_days_are_over_and_all_within_one_more(at: datetime, days: int) -> None:
    (cut_off,) = cut_offs(Retention(0, 0, 0, 0, days, 0), at)
    assert timedelta(days=days) <= at - cut_off.before < timedelta(days=days + 1)


@given(rows=st.integers(SMALLEST, LARGEST), took=st.timedeltas(timedelta(), timedelta(minutes=1)))
def test_steps_stay_within_their_bounds_and_move_towards_the_aim(rows: int, took: timedelta) -> None:
    after = next_step(rows, took)
    assert SMALLEST <= after <= LARGEST
    assert after <= rows if took > AIM / 3 else after >= rows


async def test_steps_grow_until_one_takes_about_as_long_as_it_may() -> None:
    ticks = Ticks()
    store = Rows(ticks, 100_000, each=MILLISECOND / 20)
    assert await a_keeper(store, ticks).sweep() == 100_000
    assert store.steps[:3] == [FIRST, FIRST * 2, FIRST * 2]
    assert max(store.steps) * store.each <= AIM


async def test_a_slow_store_is_asked_for_less_and_left_alone_for_most_of_the_time() -> None:
    ticks = Ticks()
    store = Rows(ticks, 1000, each=MILLISECOND)
    await a_keeper(store, ticks).sweep()
    assert store.steps[:4] == [200, 100, 50, 50]
    assert ticks.slept[:2] == [200 * MILLISECOND * REST, 100 * MILLISECOND * REST]


async def test_a_fast_store_has_a_moment_between_the_steps_too() -> None:
    ticks = Ticks()
    await a_keeper(Rows(ticks, FIRST + 1), ticks).sweep()
    assert ticks.slept == [SHORTEST_REST]


async def test_every_step_is_told_with_its_class() -> None:
    ticks, log = Ticks(), Log()
    await a_keeper(Rows(ticks, FIRST + 7), ticks, log).sweep()
    assert log.gone == [(Kept.NOTICES, FIRST), (Kept.NOTICES, 7)]
    assert log.turns == 2


async def run(keeper: Keeper) -> None:
    """Until the clock has been asked to sleep often enough."""
    await asyncio.gather(asyncio.ensure_future(keeper.run()), return_exceptions=True)


async def test_it_turns_often_and_sweeps_once_an_hour() -> None:
    ticks, log = Ticks(), Log()
    store = Rows(ticks, 0)
    ticks.turns_left = 2 * int(SWEEP_EVERY / LONGEST_PAUSE) + 1
    await run(a_keeper(store, ticks, log))
    assert len(store.asked) == len(store.prepared) == 3
    assert set(ticks.slept) == {LONGEST_PAUSE}
    assert log.turns >= len(ticks.slept)


async def test_a_store_that_fails_is_asked_again_at_the_next_turn() -> None:
    ticks, log = Ticks(), Log()
    store = Rows(ticks, 5)
    store.failures, ticks.turns_left = 2, 4
    await run(a_keeper(store, ticks, log))
    assert log.failures == 2
    assert log.gone == [(Kept.NOTICES, 5)]
    assert len(store.asked) == 1, "and not again within the hour"


async def test_a_sweep_has_one_cut_off_even_over_midnight() -> None:
    ticks = Ticks()
    store = Rows(ticks, FIRST * 5)
    late = [NOON, NOON]
    await a_keeper(store, ticks, now=lambda: late.pop(0) if late else NOON + timedelta(days=1)).sweep()
    assert len(set(store.asked)) == 1
