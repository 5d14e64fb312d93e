"""A hundred customers with agents and auditors on a real store that fails now and then: nobody is stuck, nothing is lost.

A save fails before anything was written, or after the commit, with its answer lost: whoever acts cannot know which. In
the end every case is over, its events have no gap, and each is delivered once, in order, by a receiver that fails, too.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar, cast

import pytest

from conformance.house import HOUSES, Ports
from conformance.house import House as Store
from conformance.values import LEASE, Space, a_merchant, an_endpoint, settled
from dastak.journeys.video_kyc.ports import VideoKycStore
from dastak.journeys.video_kyc.table import FINAL, STAGES
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.store.trouble import StoreUnavailable
from dastak.webhooks.log import DeliveryFilter, EventFilter
from dastak.webhooks.verdict import Outcome
from unit.journeys.video_kyc.house import MERCHANT, PUNE, WORKING, House
from unit.journeys.video_kyc.memory import MemoryCases, MemoryUsers
from unit.journeys.video_kyc.test_crowd import STEPS, Crowd

T = TypeVar("T")

CUSTOMERS, OPERATORS = 100, 16
FAULTS, RETRIES = 0.1, 0.2
MANY = 10_000
PAUSE = 0.01
"""Seconds between two looks of an agent, of a customer, so that others get a turn."""


class FailingCases:
    """A store whose writes fail by chance while `is_failing`; everything else goes through."""

    def __init__(self, cases: VideoKycStore, chance: random.Random) -> None:
        self._cases = cases
        self._chance = chance
        self.is_failing = False
        self.failed = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cases, name)

    async def save_case(self, *what: Any) -> bool:
        fault = self._chance.random() if self.is_failing else 1
        if fault < FAULTS / 2:
            self._fail("before the commit")
        saved = await self._cases.save_case(*what)
        if fault < FAULTS:
            self._fail("after the commit")
        return saved

    def _fail(self, when: str) -> None:
        self.failed += 1
        raise StoreUnavailable(when)


class StubbornCrowd(Crowd):
    """People for whom a failure of the store is an answer like any other, too."""

    async def attempt(self, act: Callable[[], Awaitable[T]]) -> T | None:
        with suppress(StoreUnavailable):
            return await super().attempt(act)
        return None

    async def customer(self, case: VideoKyc) -> None:
        """After doing whatever they like, they mean it: back into the queue, and into the call."""
        cast("FailingCases", self.house.cases).is_failing = True
        await super().customer(case)
        desk, code = self.house.customer, case.code
        for _ in range(STEPS):
            now = await self.house.stored(case)
            if now.agent is not None or STAGES[now.sub_status] in FINAL:
                break
            if now.call is not None:
                await self.attempt(partial(desk.join_call, code, now.call.id))
            elif now.queue is None and await self.attempt(partial(desk.join_queue, code)) is None:
                await self.attempt(partial(desk.check_ip, code, "203.0.113.9"))
                await self.attempt(partial(desk.report_location, code, *PUNE))
                await self.attempt(partial(desk.report_device, code, WORKING))
            await asyncio.sleep(PAUSE)
        self.customers -= 1

    async def agent(self, who: str) -> None:
        """Every second one knows what to do, and works for as long as customers are there."""
        if self.operators.index(who) % 2:
            return await super().agent(who)
        desk = self.house.agents
        while self.customers:
            mine = await self.attempt(partial(desk.current, MERCHANT, who))
            mine = mine or await self.attempt(partial(desk.accept_next, MERCHANT, who))
            if mine is not None:
                await self.attempt(partial(desk.join_call, MERCHANT, who, mine.id))
                await self.attempt(partial(self._decide, who, mine))
            await asyncio.sleep(PAUSE)
        return None

    async def _decide(self, who: str, case: VideoKyc) -> VideoKyc:
        await self.house.interviewed(case, who)
        return await self.house.agents.approve(MERCHANT, who, case.id, "Good to go")

    async def end(self) -> None:
        cast("FailingCases", self.house.cases).is_failing = False
        await super().end()


@pytest.mark.parametrize("house", sorted(HOUSES.keys() - {"pgbouncer"}), indirect=True)
async def test_a_hundred_journeys_with_faults_all_end_and_every_event_is_delivered_in_order(house: Store) -> None:
    ports, chance = house.ports, random.Random(11)
    await ports.merchants.add_merchant(a_merchant(MERCHANT))
    await ports.endpoints.add_endpoint(an_endpoint(merchant_id=MERCHANT, window=MANY))
    failing = FailingCases(ports.video_kycs, chance)
    people = House(cases=cast("MemoryCases", failing), users=cast("MemoryUsers", ports.vkyc_users))
    crowd = StubbornCrowd(chance, people, CUSTOMERS, OPERATORS)
    cases = await crowd.live()
    assert failing.failed > CUSTOMERS / 2, "that was too easy"
    assert {STAGES[case.sub_status] for case in cases} <= FINAL
    await _told(ports, cases)
    await _delivered(ports, chance, crowd)


async def _told(ports: Ports, cases: list[VideoKyc]) -> None:
    events = await ports.history.events(MERCHANT, EventFilter(), 0, MANY)
    sequences: dict[str, list[int]] = defaultdict(list)
    for event in events:
        sequences[event.journey_id].append(event.sequence)
    assert {case.id: list(range(1, case.sequence + 1)) for case in cases} == sequences
    assert len({event.id for event in events}) == len(events)
    for case in cases:
        assert case.auditor is None or case.auditor.operator_id not in case.agent_ids
    assert sum(case.agent is not None for case in cases) > CUSTOMERS / 20, "some came to a decision"
    assert any(case.auditor for case in cases), "and to a review"


async def _delivered(ports: Ports, chance: random.Random, crowd: Crowd) -> None:
    """Each claim of a journey comes after what was before it; in the end nothing is owed."""
    at = crowd.house.clock()
    reached: dict[str, int] = defaultdict(int)
    while claimed := list(await ports.deliveries.claim(at, at + LEASE, Space(MANY))):
        for one in claimed:
            assert one.sequence in {reached[one.journey_id], reached[one.journey_id] + 1}
            reached[one.journey_id] = one.sequence
        outcomes = [Outcome.RETRY if chance.random() < RETRIES else Outcome.DELIVERED for _ in claimed]
        await ports.deliveries.settle([settled(*pair, at, at) for pair in zip(claimed, outcomes, strict=True)], at)
        at += timedelta(seconds=1)
    rows = await ports.history.deliveries(MERCHANT, DeliveryFilter(), 0, MANY)
    assert {row.state.value for row in rows} == {"delivered"}
    assert len(rows) == sum(reached.values())
