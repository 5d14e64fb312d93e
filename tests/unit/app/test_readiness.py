"""Readiness tells the truth: a store that fails or hangs, a loop that has not begun or is stuck, an attempt forgotten."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from dastak.app import readiness as module
from dastak.app.pulse import Pulse
from dastak.app.readiness import Readiness
from dastak.app.remembered import Remembered

LEASE = timedelta(seconds=60)


class Ticks:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def commits() -> bool:
    return True


async def refuses() -> bool:
    raise OSError("disk full: /var/lib/secret")


async def hangs() -> bool:
    await asyncio.Event().wait()
    return True


def a_pulse(ticks: Ticks, name: str = "dispatcher") -> Pulse:
    return Pulse(name, timedelta(seconds=30), monotonic=ticks, wall=ticks)


async def faults(readiness: Readiness) -> dict[str, str]:
    return {part.name: part.fault for part in await readiness.parts() if part.fault}


def with_store(ask: Callable[[], Awaitable[bool]]) -> Readiness:
    return Readiness(ask, (), lambda: timedelta(0), LEASE)


async def test_a_process_that_works_has_no_fault() -> None:
    ticks = Ticks()
    pulse = a_pulse(ticks)
    pulse.beat()
    readiness = Readiness(commits, [pulse], lambda: LEASE, LEASE)
    assert [part.name for part in await readiness.parts()] == ["store", "dispatcher", "attempts"]
    assert await faults(readiness) == {}


async def test_a_store_that_refuses_is_named_without_its_words() -> None:
    assert await faults(with_store(refuses)) == {"store": "it does not commit"}


async def test_a_store_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMMIT_WITHIN", timedelta(milliseconds=10))
    async with asyncio.timeout(20):
        assert "no commit within" in (await faults(with_store(hangs)))["store"]


async def test_a_loop_that_has_not_begun_or_is_stuck_is_named_and_one_that_turns_again_is_not() -> None:
    ticks = Ticks()
    pulse = a_pulse(ticks)
    readiness = Readiness(commits, [pulse], lambda: timedelta(0), LEASE)
    assert await faults(readiness) == {"dispatcher": "it has not begun"}
    pulse.beat()
    ticks.now += 30
    assert await faults(readiness) == {}
    ticks.now += 1
    assert await faults(readiness) == {"dispatcher": "its last turn was 31 s ago, it should turn every 30 s"}
    pulse.beat()
    assert await faults(readiness) == {}
    assert pulse.last_turn == ticks.now


async def test_an_attempt_that_outlives_its_lease_is_told() -> None:
    readiness = Readiness(commits, (), lambda: LEASE + timedelta(seconds=1), LEASE)
    assert await faults(readiness) == {"attempts": "one is unrecorded since 61 s"}


async def test_whoever_asks_in_a_crowd_shares_one_answer() -> None:
    ticks, asked = Ticks(), 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        return asked

    remembered = Remembered(ask, timedelta(seconds=5), ticks)
    assert await asyncio.gather(*(remembered.answer() for _ in range(20))) == [1] * 20
    ticks.now += 4.9
    assert await remembered.answer() == 1
    ticks.now += 0.1
    assert await remembered.answer() == 2


async def test_an_error_is_not_remembered() -> None:
    answers = iter([refuses, commits])

    async def ask() -> bool:
        return await next(answers)()

    remembered = Remembered(ask, timedelta(hours=1))
    with pytest.raises(OSError, match="disk full"):
        await remembered.answer()
    assert await remembered.answer()
