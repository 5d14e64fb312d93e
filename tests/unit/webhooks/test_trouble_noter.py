"""What is noted of attempts: at once when something changes, rarely else, never once per attempt, and nothing lost."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dastak.webhooks.delivery import Settled
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.observing import Together, Unobserved
from dastak.webhooks.telling import Step
from dastak.webhooks.trouble import Note, Trouble, noted
from dastak.webhooks.trouble_noter import EVERY, TroubleNoter
from dastak.webhooks.verdict import NO_ATTEMPT_LEFT, Outcome, Verdict
from unit.webhooks.props import NOW, a_claim, an_answer, an_endpoint

PATIENCE = 20
SECOND = timedelta(seconds=1)


class FakeTroubles:
    """A `TroubleStore` in memory that says when it was written to."""

    def __init__(self) -> None:
        self.kept: dict[str, Trouble] = {}
        self.batches: asyncio.Queue[list[Note]] = asyncio.Queue()
        self.asked = asyncio.Event()
        self.failures = 0

    async def note(self, notes: Sequence[Note]) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError("the disk is gone")
        for one in notes:
            before = self.kept.get(one.endpoint_id, Trouble(one.merchant_id, one.endpoint_id))
            self.kept[one.endpoint_id] = noted(before, one)
        self.batches.put_nowait(list(notes))

    async def troubled(self) -> Sequence[Trouble]:
        self.asked.set()
        return [trouble for trouble in self.kept.values() if trouble.failing_since is not None]

    async def troubles(self, merchant_id: str) -> Mapping[str, Trouble]:
        return {id_: trouble for id_, trouble in self.kept.items() if trouble.merchant_id == merchant_id}

    async def failing(self) -> int:
        return len(await self.troubled())

    async def act(
        self, merchant_id: str, endpoint_id: str, decide: Callable[[Trouble, Endpoint], Step | None], now: datetime
    ) -> Step | None:
        raise NotImplementedError((merchant_id, endpoint_id, decide, now))


class Failures(Unobserved):
    def __init__(self) -> None:
        self.count = 0

    def trouble_store_failed(self) -> None:
        self.count += 1


class Ticks:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def ended(outcome: Outcome, after: int = 0, endpoint: int = 1, reason: str = "answered 500") -> Settled:
    at = NOW + after * SECOND
    verdict = Verdict(outcome, reason)
    return Settled(a_claim(endpoint=an_endpoint(endpoint)), (), an_answer(), verdict, at - SECOND, at)


def good(after: int = 0, endpoint: int = 1) -> Settled:
    return ended(Outcome.DELIVERED, after, endpoint, "answered 200")


def bad(after: int = 0, endpoint: int = 1) -> Settled:
    return ended(Outcome.RETRY, after, endpoint)


@pytest.fixture
def store() -> FakeTroubles:
    return FakeTroubles()


async def test_many_attempts_are_one_note_per_endpoint(store: FakeTroubles) -> None:
    noter = TroubleNoter(store)
    noter.attempts_ended([bad(0), bad(1), good(2), bad(3), bad(4), ended(Outcome.GIVEN_UP, 5)])
    noter.attempts_ended([good(1, endpoint=2), bad(6)])
    assert await noter.flush()
    notes = {note.endpoint_id: note for note in store.batches.get_nowait()}
    at = NOW + 6 * SECOND
    assert notes["ep_1"] == Note("mer_1", "ep_1", NOW + 2 * SECOND, 4, NOW + 3 * SECOND, at, "answered 500")
    assert notes["ep_2"] == Note("mer_1", "ep_2", NOW + SECOND)
    assert await noter.flush()
    assert store.batches.empty(), "nothing new, nothing written"


async def test_that_a_delivery_was_given_up_is_no_reason_of_the_endpoint(store: FakeTroubles) -> None:
    noter = TroubleNoter(store)
    noter.attempts_ended([ended(Outcome.GIVEN_UP, reason=f"answered 500{NO_ATTEMPT_LEFT}")])
    await noter.flush()
    assert store.kept["ep_1"].last_reason == "answered 500"


async def test_a_410_is_neither_a_success_nor_a_failure(store: FakeTroubles) -> None:
    noter = TroubleNoter(store)
    noter.attempts_ended([ended(Outcome.GONE)])
    await noter.flush()
    assert store.batches.empty()


async def test_the_first_failure_and_the_first_success_are_noted_at_once(store: FakeTroubles) -> None:
    ticks = Ticks()
    noter = TroubleNoter(store, monotonic=ticks)
    run = asyncio.create_task(noter.run())
    async with asyncio.timeout(PATIENCE):
        noter.attempts_ended([bad()])
        assert [note.failures for note in await store.batches.get()] == [1]
        ticks.now += EVERY.total_seconds()
        noter.attempts_ended([good(60)])
        assert [note.succeeded_at for note in await store.batches.get()] == [NOW + 60 * SECOND]
        await noter.stop()
        await run
    assert store.kept["ep_1"].failing_since is None


async def test_an_endpoint_that_goes_up_and_down_is_noted_as_failing_at_most_once_a_minute(store: FakeTroubles) -> None:
    ticks = Ticks()
    noter = TroubleNoter(store, monotonic=ticks)
    run = asyncio.create_task(noter.run())
    async with asyncio.timeout(PATIENCE):
        for first in (bad(), good()):
            noter.attempts_ended([first])
            await store.batches.get()
        for number in range(1, 100):
            noter.attempts_ended([good(number) if number % 2 else bad(number)])
            await asyncio.sleep(0)
        assert store.batches.empty()
        ticks.now += EVERY.total_seconds()
        noter.attempts_ended([bad(101)])
        assert len(await store.batches.get()) == 1
        await noter.stop()
        await run
    assert store.kept["ep_1"].failing_since == NOW + 101 * SECOND


async def test_a_thousand_failures_of_one_minute_are_one_write(store: FakeTroubles) -> None:
    noter = TroubleNoter(store)
    run = asyncio.create_task(noter.run())
    async with asyncio.timeout(PATIENCE):
        noter.attempts_ended([bad()])
        await store.batches.get()
        for number in range(1000):
            noter.attempts_ended([bad(number)])
            await asyncio.sleep(0)
        assert store.batches.empty()
        await noter.stop()
        await run
    assert store.batches.qsize() == 1
    assert store.kept["ep_1"].failures == 1001


async def test_what_the_store_says_of_another_process_counts_as_known(store: FakeTroubles) -> None:
    store.kept["ep_1"] = Trouble("mer_1", "ep_1", NOW, 9, NOW)
    ticks = Ticks()
    noter = TroubleNoter(store, monotonic=ticks)
    run = asyncio.create_task(noter.run())
    async with asyncio.timeout(PATIENCE):
        await store.asked.wait()
        await asyncio.sleep(0)
        noter.attempts_ended([good(1)])
        await store.batches.get()
        await noter.stop()
        await run
    assert store.kept["ep_1"].failing_since is None


async def test_a_store_that_fails_gets_the_notes_when_it_is_back(store: FakeTroubles) -> None:
    told = Failures()
    noter = TroubleNoter(store, observer=told)
    store.failures = 2
    noter.attempts_ended([good(0), bad(1)])
    assert not await noter.flush()
    noter.attempts_ended([bad(2)])
    noter.attempts_ended([good(2, endpoint=2)])
    assert not await noter.flush()
    noter.attempts_ended([bad(3), good(4, endpoint=2)])
    assert await noter.flush()
    assert told.count == 2
    notes = {note.endpoint_id: note for note in store.batches.get_nowait()}
    at = NOW + 3 * SECOND
    assert notes["ep_1"] == Note("mer_1", "ep_1", NOW, 3, NOW + SECOND, at, "answered 500")
    assert notes["ep_2"].succeeded_at == NOW + 4 * SECOND


async def test_stopping_notes_what_is_left_even_if_it_was_never_woken(store: FakeTroubles) -> None:
    noter = TroubleNoter(store)
    noter.attempts_ended([good()])
    await noter.stop()
    await noter.stop()
    async with asyncio.timeout(PATIENCE):
        await noter.run()
    assert store.batches.qsize() == 1


async def test_several_who_watch_a_dispatcher_are_all_told() -> None:
    heard: list[tuple[str, str]] = []

    class Ear:
        def __init__(self, name: str) -> None:
            self.name = name

        def turned(self) -> None:
            heard.append((self.name, "turned"))

        def claimed(self, count: int, took: timedelta) -> None:
            heard.append((self.name, f"claimed {count} {took}"))

        def attempts_ended(self, settled: Sequence[Settled]) -> None:
            heard.append((self.name, f"ended {len(settled)}"))

        def store_failed(self, during: str) -> None:
            heard.append((self.name, f"failed {during}"))

    both = Together(Ear("a"), Ear("b"))
    both.turned()
    both.claimed(2, SECOND)
    both.attempts_ended([replace(bad())])
    both.store_failed("claim")
    said = ["turned", "claimed 2 0:00:01", "ended 1", "failed claim"]
    assert heard == [(name, word) for word in said for name in "ab"]
