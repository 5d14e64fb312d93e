"""The replayer: a step when one is due, patience when the store fails, and a clean stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from dastak.webhooks.replay import Replay, Selection, begun
from dastak.webhooks.replayer import Replayer
from dastak.webhooks.replaying import Stepped
from unit.webhooks.props import NOW

PATIENCE = 20
JOB = begun("rpl_1", "mer_1", Selection(), 50, 0, exactly=True, now=NOW)


class Jobs:
    """A queue that makes what it is told to make, then has nothing due."""

    def __init__(self, *steps: int | Exception, due: datetime | None = None) -> None:
        self.steps = list(steps)
        self.due = due
        self.asked: asyncio.Queue[datetime] = asyncio.Queue()

    async def step(self, now: datetime) -> Stepped | None:
        self.asked.put_nowait(now)
        if not self.steps:
            return None
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return Stepped(JOB, step)

    async def next_step(self) -> datetime | None:
        return self.due

    async def open_replays(self) -> int:
        return 1


class Told:
    """Counts what it is told."""

    def __init__(self) -> None:
        self.turns, self.replays, self.failures = 0, list[int](), 0

    def turned(self) -> None:
        self.turns += 1

    def replayed(self, deliveries: int) -> None:
        self.replays.append(deliveries)

    def replay_failed(self) -> None:
        self.failures += 1


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that failed is asked again at once; without a wake, nothing happens for an hour."""
    monkeypatch.setattr("dastak.webhooks.replayer.TROUBLE_PAUSE", timedelta(0))
    monkeypatch.setattr("dastak.webhooks.replayer.LONGEST_PAUSE", timedelta(hours=1))


@asynccontextmanager
async def running(jobs: Jobs, told: Told | None = None) -> AsyncIterator[Replayer]:
    replayer = Replayer(jobs, now=lambda: NOW, observer=told)
    async with asyncio.timeout(PATIENCE):
        run = asyncio.ensure_future(replayer.run())
        yield replayer
        await replayer.stop()
        await replayer.stop()
        await run


async def asked(jobs: Jobs, times: int) -> None:
    for _ in range(times):
        assert await jobs.asked.get() == NOW


async def test_steps_are_made_one_after_another_while_any_is_due() -> None:
    jobs, told = Jobs(3, 0, 5), Told()
    async with running(jobs, told):
        await asked(jobs, 4)
    assert told.replays == [3, 5]
    assert told.turns >= 4


async def test_with_nothing_to_do_it_waits_for_a_wake() -> None:
    jobs = Jobs()
    async with running(jobs) as replayer:
        await asked(jobs, 1)
        jobs.steps.append(1)
        replayer.wake()
        await asked(jobs, 2)


async def test_it_looks_again_when_the_next_step_is_due() -> None:
    jobs = Jobs(due=NOW + timedelta(milliseconds=1))
    async with running(jobs):
        await asked(jobs, 3)


async def test_a_store_that_fails_is_asked_again_and_the_failure_is_told() -> None:
    jobs, told = Jobs(OSError("the disk is gone"), OSError("still"), 2), Told()
    async with running(jobs, told):
        await asked(jobs, 4)
    assert (told.failures, told.replays) == (2, [2])


async def test_the_end_of_a_job_is_logged_without_what_it_was_about(capsys: pytest.CaptureFixture[str]) -> None:
    ended = Replay(
        "rpl_9", "mer_1", Selection(verification_id="asha-gupta"), 50, 1, matched_exactly=True, created_at=NOW,
        position=1, due_at=None,
    )  # fmt: skip

    class Ending(Jobs):
        async def step(self, now: datetime) -> Stepped | None:
            found = await super().step(now)
            return None if found is None else Stepped(ended, 1)

    jobs = Ending(1)
    async with running(jobs):
        await asked(jobs, 2)
    line = capsys.readouterr().out
    assert "rpl_9" in line
    assert "asha" not in line
