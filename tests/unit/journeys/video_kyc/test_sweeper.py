"""The clock of Video KYCs at work: what is due is done once, and a store that fails stops nothing."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from dastak.journeys.calendar import end_of
from dastak.journeys.video_kyc.sweeper import LONGEST_PAUSE, CaseSweeper
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from unit.journeys.video_kyc.cases import AGENT, minutes
from unit.journeys.video_kyc.house import MERCHANT, House
from unit.journeys.video_kyc.memory import MemoryCases, Merchants


async def test_what_is_due_is_done_once_also_by_two_sweepers_at_once() -> None:
    house = House()
    cases = [await house.new_case(f"v-{number}") for number in range(5)]
    house.clock.now = end_of(cases[0].link_expiry)
    other = CaseSweeper(house.cases, Merchants(), house.here)
    done = await asyncio.gather(house.sweeper.sweep(), other.sweep())
    assert sum(done) == 5
    for case in cases:
        assert house.heard(case.verification_id)[1:] == [("LINK_EXPIRED", "VKYC_EXPIRED")]
    assert await house.sweeper.sweep() == 0


async def test_a_case_that_is_far_behind_catches_up_in_one_sweep() -> None:
    house = House()
    case = await house.waiting()
    await house.agents.accept(MERCHANT, AGENT, case.id)
    house.clock.now = end_of(case.link_expiry)
    await house.sweeper.sweep()
    assert (await house.stored(case)).sub_status == "VKYC_EXPIRED"
    assert house.heard()[-1] == ("LINK_EXPIRED", "VKYC_EXPIRED")


async def test_the_clock_sleeps_until_the_next_case_is_due() -> None:
    house = House()
    pauses: asyncio.Queue[timedelta] = asyncio.Queue()

    async def sleep(span: timedelta) -> None:
        pauses.put_nowait(span)
        await asyncio.Event().wait()

    case = await house.in_call()
    await house.customer.lose_call(case.code, case.calls[-1].id)
    house.clock.advance(timedelta(seconds=18))
    task = asyncio.create_task(CaseSweeper(house.cases, Merchants(), house.here, sleep=sleep).run())
    assert await pauses.get() == timedelta(seconds=2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class Failing(MemoryCases):
    """Fails until it is mended."""

    is_broken = True

    async def cases_due(self, now: datetime, limit: int) -> Sequence[VideoKyc]:
        if self.is_broken:
            raise ConnectionError("away")
        return await super().cases_due(now, limit)


async def test_a_store_that_was_away_is_asked_again() -> None:
    store = Failing()
    house = House(cases=store)
    case = await house.waiting()
    house.clock.advance(minutes(30))
    pauses: asyncio.Queue[timedelta] = asyncio.Queue()
    mended = asyncio.Event()

    async def sleep(span: timedelta) -> None:
        pauses.put_nowait(span)
        await mended.wait()
        await asyncio.sleep(0)

    task = asyncio.create_task(CaseSweeper(store, Merchants(), house.here, sleep=sleep).run())
    assert await pauses.get() == LONGEST_PAUSE
    assert (await house.stored(case)).sub_status == "USER_QUEUED"
    store.is_broken = False
    mended.set()
    await pauses.get()
    assert (await house.stored(case)).sub_status == "NO_AGENT_FOUND"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
