"""What is counted of attempts: soon, rarely, and nothing twice."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from dastak.webhooks.delivery import Settled
from dastak.webhooks.hour_counter import HourCounter
from dastak.webhooks.hours import EndpointHour, added
from dastak.webhooks.verdict import Outcome, Verdict
from unit.webhooks.props import NOW, a_claim, an_answer, an_endpoint

PATIENCE = 20
LONG = timedelta(hours=1)


class FakeHours:
    """An `HourStore` in memory that says when it was written to."""

    def __init__(self) -> None:
        self.kept: dict[str, EndpointHour] = {}
        self.writes: asyncio.Queue[int] = asyncio.Queue()
        self.failures = 0

    async def add_hours(self, hours: Sequence[EndpointHour]) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("the disk is gone")
        for one in hours:
            known = self.kept.get(one.endpoint_id)
            self.kept[one.endpoint_id] = one if known is None else added(known, one)
        self.writes.put_nowait(sum(one.attempts for one in hours))

    async def hours(self, merchant_id: str, since: datetime, endpoint_id: str | None = None) -> Sequence[EndpointHour]:
        raise NotImplementedError((merchant_id, since, endpoint_id))


def ended(outcome: Outcome = Outcome.DELIVERED, endpoint: int = 1) -> Settled:
    return Settled(a_claim(endpoint=an_endpoint(endpoint)), (), an_answer(), Verdict(outcome, ""), NOW, NOW)


@pytest.fixture
def store() -> FakeHours:
    return FakeHours()


async def test_many_attempts_are_one_write(store: FakeHours) -> None:
    counter = HourCounter(store)
    counter.attempts_ended([ended(), ended(), ended(Outcome.RETRY)])
    counter.attempts_ended([ended(endpoint=2)])
    assert await counter.flush()
    assert store.writes.get_nowait() == 4
    assert (store.kept["ep_1"].accepted, store.kept["ep_1"].refused, store.kept["ep_2"].accepted) == (2, 1, 1)
    assert await counter.flush()
    assert store.writes.empty(), "nothing new, nothing written"


async def test_what_the_store_did_not_take_is_handed_on_later_once(store: FakeHours) -> None:
    counter = HourCounter(store)
    store.failures = 1
    counter.attempts_ended([ended()])
    assert not await counter.flush()
    counter.attempts_ended([ended(), ended(endpoint=2)])
    assert await counter.flush()
    assert store.writes.get_nowait() == 3
    assert (store.kept["ep_1"].accepted, store.kept["ep_2"].accepted) == (2, 1)


async def test_after_a_quiet_time_it_is_told_at_once_and_then_what_comes_soon_after_waits_for_the_end(
    store: FakeHours,
) -> None:
    counter = HourCounter(store, every=LONG)
    running = asyncio.create_task(counter.run())
    async with asyncio.timeout(PATIENCE):
        counter.attempts_ended([ended()])
        assert await store.writes.get() == 1
        counter.attempts_ended([ended(), ended()])
        counter.attempts_ended([ended()])
        await counter.stop()
        await counter.stop()
        await running
    assert store.writes.get_nowait() == 3


async def test_a_store_that_is_away_at_the_end_holds_nobody_up(store: FakeHours) -> None:
    counter = HourCounter(store, every=LONG)
    store.failures = 99
    counter.attempts_ended([ended()])
    running = asyncio.create_task(counter.run())
    async with asyncio.timeout(PATIENCE):
        await counter.stop()
        await running
    assert store.kept == {}
