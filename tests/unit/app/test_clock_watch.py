"""A wall clock that is set back is noticed, once, and told again while the store fails."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from dastak.app.clock_watch import ClockWatch

NOW = datetime(2026, 1, 10, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Clocks:
    """A wall clock and a monotonic one, which go together until the wall clock is set."""

    def __init__(self) -> None:
        self.wall, self.monotonic = NOW, 1000.0

    def pass_by(self, span: timedelta) -> None:
        self.wall += span
        self.monotonic += span.total_seconds()


class Told:
    """What was told, and how often somebody was woken."""

    def __init__(self, failures: int = 0) -> None:
        self.by: list[timedelta] = []
        self.woken = 0
        self._failures = failures

    async def heed(self, now: datetime, by: timedelta) -> int:
        del now
        if self._failures:
            self._failures -= 1
            raise ConnectionError("away")
        self.by.append(by)
        return 0

    def wake(self) -> None:
        self.woken += 1


def watching(clocks: Clocks, told: Told) -> ClockWatch:
    return ClockWatch(
        "deliveries", told.heed, now=lambda: clocks.wall, wake=told.wake, monotonic=lambda: clocks.monotonic
    )


async def test_it_tells_at_the_start_and_at_each_step_back_and_not_otherwise() -> None:
    clocks, told = Clocks(), Told()
    watch = watching(clocks, told)
    for _ in range(3):
        await watch.look()
        clocks.pass_by(HOUR)
    assert told.by == [timedelta(0)]
    clocks.wall -= 3 * HOUR
    for _ in range(3):
        await watch.look()
    assert told.by == [timedelta(0), 3 * HOUR]
    clocks.wall += 5 * HOUR
    await watch.look()
    clocks.wall -= timedelta(milliseconds=900)
    await watch.look()
    assert told.by == [timedelta(0), 3 * HOUR]
    assert told.woken == 1


async def test_a_store_that_fails_is_told_again() -> None:
    clocks, told = Clocks(), Told()
    watch = watching(clocks, told)
    await watch.look()
    told._failures = 1
    clocks.wall -= HOUR
    with pytest.raises(ConnectionError):
        await watch.look()
    await watch.look()
    assert told.by == [timedelta(0), HOUR]


async def test_the_loop_outlives_a_store_that_fails() -> None:
    told, looks = Told(failures=2), 0

    async def sleep(_span: timedelta) -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            raise asyncio.CancelledError

    watch = ClockWatch("notices", told.heed, now=lambda: NOW, wake=told.wake, sleep=sleep)
    with pytest.raises(asyncio.CancelledError):
        await watch.run()
    assert told.by == [timedelta(0)]
