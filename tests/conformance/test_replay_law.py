"""The law of replays, at random: crashes, several replayers, sends that fail in between."""

import asyncio
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.house import HOUSES
from conformance.replaying import add_lanes, end_all, finish, make, read, rows, two_merchants
from conformance.values import LEASE, NOW, SECOND, an_endpoint
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.replay import ReplayState, Selection
from dastak.webhooks.verdict import Outcome

FASTEST = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it; fsync costs nothing there


@pytest.mark.parametrize("house_name", sorted(HOUSES))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lanes=st.lists(st.integers(1, 4), min_size=1, max_size=5),
    chosen=st.sets(st.sampled_from(["v-1", "v-2", "v-3", "v-4", "v-5"]), min_size=1, max_size=1),
    narrow=st.booleans(),
    rate=st.sampled_from([1.0, 10.0, 20.0]),
    acts=st.lists(st.sampled_from(["step", "two at once", "crash", "send and fail"]), max_size=25),
)
def test_whatever_dies_each_matching_delivery_is_requeued_exactly_once(
    house_name: str, lanes: list[int], chosen: set[str], narrow: bool, rate: float, acts: list[str]
) -> None:
    """Each send is given up at once, so a delivery that was re-queued twice is sent a third time, and is found out."""
    asyncio.run(_exactly_once(house_name, lanes, chosen.pop() if narrow else None, rate, acts))


async def _exactly_once(house_name: str, lanes: list[int], only: str | None, rate: float, acts: list[str]) -> None:
    folder = Path(tempfile.mkdtemp(dir=FASTEST if FASTEST.is_dir() else None))
    house = await HOUSES[house_name](folder)
    try:
        await two_merchants(house.ports)
        await house.ports.endpoints.add_endpoint(an_endpoint(window=1000))
        for number, events in enumerate(lanes, start=1):
            await add_lanes(house.ports, 1, events, first=number)
        await end_all(house.ports, Outcome.GIVEN_UP)
        job = await make(house.ports, Selection((DeliveryState.GIVEN_UP,), verification_id=only), rate)
        now = NOW
        for act in acts:
            now += timedelta(milliseconds=100)
            match act:
                case "step":
                    await house.ports.replay_queue.step(now)
                case "two at once":
                    queue = house.ports.replay_queue
                    await asyncio.gather(queue.step(now), queue.step(now + SECOND))
                case "crash":
                    await house.crash()
                case "send and fail":
                    await end_all(house.ports, Outcome.GIVEN_UP, now)
        await end_all(house.ports, Outcome.GIVEN_UP, await finish(house.ports, now) + LEASE)
        log = await rows(house.ports)
        matching = [row for row in log if only in {None, row.verification_id}]
        assert {row.id: row.attempts for row in log} == {row.id: 1 + (row in matching) for row in log}
        done = await read(house.ports, job)
        assert (done.state, done.requeued, done.skipped) == (ReplayState.DONE, len(matching), {})
    finally:
        await house.close()
        shutil.rmtree(folder)
