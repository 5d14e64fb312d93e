"""What other processes are told of breakers: at once, as long as it holds, and that it is over."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from dastak.webhooks.breaker import MINIMUM, BreakerState
from dastak.webhooks.breaker_note import BreakerNote
from dastak.webhooks.breaker_noter import BreakerNoter
from dastak.webhooks.delivery import Settled
from dastak.webhooks.health import HealthBook
from dastak.webhooks.verdict import Outcome, Verdict
from unit.webhooks.props import NOW, a_claim, an_answer, an_endpoint

PATIENCE = 20
LONG = timedelta(hours=1)


class FakeBreakers:
    """A `BreakerStore` in memory that says when it was written to."""

    def __init__(self) -> None:
        self.batches: asyncio.Queue[list[BreakerNote]] = asyncio.Queue()
        self.failures = 0

    async def put_breakers(self, notes: Sequence[BreakerNote]) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("the disk is gone")
        self.batches.put_nowait(list(notes))

    async def breakers(self, merchant_id: str) -> Mapping[str, BreakerNote]:
        raise NotImplementedError(merchant_id)


class Desk:
    """A noter, and the health book that it looks into."""

    def __init__(self) -> None:
        self.ticks = 100.0
        self.health = HealthBook(clock=lambda: self.ticks, chance=lambda: 0.0, now=lambda: NOW)
        self.store = FakeBreakers()
        self.noter = BreakerNoter(self.store, lambda: self.health, now=lambda: NOW, every=LONG)

    def attempt(self, status: int) -> None:
        endpoint = an_endpoint(1)
        answer = an_answer(status=status)
        self.health.answered(endpoint, self.health.sent(endpoint), answer)
        outcome = Outcome.DELIVERED if status < 300 else Outcome.RETRY
        self.noter.attempts_ended([Settled(a_claim(endpoint=endpoint), (), answer, Verdict(outcome, ""), NOW, NOW)])

    def break_it(self) -> None:
        for _ in range(MINIMUM):
            self.attempt(500)


async def test_a_breaker_that_opens_is_noted_at_once_and_what_is_closed_is_not() -> None:
    desk = Desk()
    running = asyncio.create_task(desk.noter.run())
    async with asyncio.timeout(PATIENCE):
        desk.attempt(200)
        desk.attempt(500)
        assert desk.store.batches.empty()
        desk.break_it()
        (note,) = await desk.store.batches.get()
        assert note == BreakerNote("mer_1", "ep_1", BreakerState.OPEN, NOW + timedelta(seconds=5), NOW)
        await desk.noter.stop()
        await desk.noter.stop()
        await running


async def test_it_is_renewed_until_it_is_closed_which_is_the_last_note() -> None:
    desk = Desk()
    desk.break_it()
    assert await desk.noter.flush()
    assert await desk.noter.flush()
    desk.ticks += 6
    desk.health.of(an_endpoint(1))
    assert await desk.noter.flush()
    desk.attempt(200)
    assert await desk.noter.flush()
    assert await desk.noter.flush()
    states = [note.state for _ in range(5) for note in desk.store.batches.get_nowait()]
    assert states == [BreakerState.OPEN, BreakerState.OPEN, BreakerState.HALF_OPEN, BreakerState.CLOSED]


async def test_a_store_that_is_away_is_told_when_it_is_back() -> None:
    desk = Desk()
    desk.store.failures = 1
    desk.break_it()
    assert not await desk.noter.flush()
    assert await desk.noter.flush()
    assert [note.state for note in desk.store.batches.get_nowait()] == [BreakerState.OPEN]
