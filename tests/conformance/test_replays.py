"""What every store of replays promises; the last test drives it at random, with crashes and several replayers."""

import asyncio
import shutil
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.house import HOUSES, House, Ports
from conformance.values import (
    LEASE,
    NOW,
    PERFORMED,
    SECOND,
    Space,
    a_link,
    a_merchant,
    an_endpoint,
    an_event,
    put_settings,
    settle_all,
    settled,
    with_events,
)
from dastak.webhooks.delivery import Claimed, DeliveryState
from dastak.webhooks.endpoint import EndpointState, LanePolicy
from dastak.webhooks.log import DeliveryFilter, DeliveryRow
from dastak.webhooks.replay import LARGEST_RATE, Looked, Replay, ReplayState, Selection, Skip, begun
from dastak.webhooks.verdict import Outcome

MINE = "mer_1"
GIVEN_UP = (DeliveryState.GIVEN_UP,)
EVERYTHING = (DeliveryState.PENDING, DeliveryState.GIVEN_UP, DeliveryState.DELIVERED)
FASTEST = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it; fsync costs nothing there


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    await two_merchants(ports)


async def two_merchants(ports: Ports) -> None:
    for merchant_id in (MINE, "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))


async def add_lanes(ports: Ports, count: int, events: int = 1, merchant_id: str = MINE, first: int = 1) -> None:
    for number in range(first, first + count):
        link = a_link(number, merchant_id)
        await ports.links.add_link(link, ())
        await with_events(ports, link, events)


async def claim(ports: Ports, now: datetime = NOW) -> list[Claimed]:
    return list(await ports.deliveries.claim(now, now + LEASE, Space(10_000)))


async def end_all(ports: Ports, outcome: Outcome, now: datetime = NOW) -> list[Claimed]:
    """Claim and settle alike until nothing is due; what was claimed, in order."""
    seen: list[Claimed] = []
    while claimed := await claim(ports, now):
        await settle_all(ports, claimed, outcome, now)
        seen += claimed
    return seen


async def rows(ports: Ports, merchant_id: str = MINE, **which: object) -> list[DeliveryRow]:
    return list(await ports.history.deliveries(merchant_id, DeliveryFilter(**which), 0, 10_000))  # type: ignore[arg-type]


async def make(
    ports: Ports,
    selection: Selection,
    rate: float = LARGEST_RATE,
    merchant_id: str = MINE,
    *,
    now: datetime = NOW,
    number: int = 1,
) -> Replay:
    newest = await ports.replays.newest_delivery(merchant_id)
    fixed = replace(selection, up_to=selection.up_to or newest)
    job = begun(f"rpl_{number:03}", merchant_id, fixed, rate, 0, exactly=True, now=now)
    assert await ports.replays.add_replay(job, 10)
    return job


async def finish(ports: Ports, now: datetime = NOW) -> datetime:
    """Make every step when it is due; the time of the last."""
    while (due := await ports.replay_queue.next_step()) is not None:
        now = max(now, due)
        assert await ports.replay_queue.step(now) is not None
    return now


async def read(ports: Ports, job: Replay) -> Replay:
    found = await ports.replays.replay(job.merchant_id, job.id)
    assert found is not None
    return found


async def test_a_job_is_read_back_as_it_was_made(house: House) -> None:
    which = Selection(
        states=EVERYTHING,
        endpoint_id="ep_1",
        event_types=(PERFORMED, "KYC_LINK_SUCCESS"),
        verification_id="v-1",
        since=NOW,
        until=NOW + LEASE,
        after=3,
        up_to=9,
    )
    job = await make(house.ports, which, 2.5)
    assert await read(house.ports, job) == job
    await house.crash()
    assert await read(house.ports, job) == job
    assert await house.ports.replay_queue.open_replays() == 1


async def test_everything_given_up_is_sent_again_with_the_same_bytes_as_a_new_round(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 3, events=2)
    first = await end_all(ports, Outcome.GIVEN_UP)
    job = await make(ports, Selection(GIVEN_UP))
    await finish(ports)
    again = await end_all(ports, Outcome.DELIVERED)
    assert {(one.id, one.event_id, one.body) for one in again} == {(one.id, one.event_id, one.body) for one in first}
    assert {(one.attempt, one.failures) for one in again} == {(2, 0)}
    done = await read(ports, job)
    assert (done.state, done.requeued, done.skipped, done.due_at) == (ReplayState.DONE, 6, {}, None)
    assert (done.position, done.started_at, done.finished_at) == (done.selection.up_to, NOW, NOW)
    assert not await rows(ports, state=DeliveryState.GIVEN_UP)
    assert await ports.replay_queue.open_replays() == 0


async def test_a_job_goes_lane_by_lane_in_the_order_of_events(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint(policy=LanePolicy.STRICT))
    await add_lanes(ports, 2, events=4)
    await end_all(ports, Outcome.GIVEN_UP)
    await make(ports, Selection(GIVEN_UP))
    await finish(ports)
    order: dict[str, list[int]] = {}
    for one in await end_all(ports, Outcome.DELIVERED):
        order.setdefault(one.journey_id, []).append(one.sequence)
    assert list(order.values()) == [[1, 2, 3, 4], [1, 2, 3, 4]]


async def test_the_lane_rule_still_holds_when_later_events_are_pending(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint(policy=LanePolicy.STRICT))
    link = a_link()
    await ports.links.add_link(link, ())
    link = await with_events(ports, link, 1)
    await end_all(ports, Outcome.GIVEN_UP)
    await with_events(ports, link, 1)
    job = await make(ports, Selection(GIVEN_UP))
    await finish(ports)
    assert [one.sequence for one in await end_all(ports, Outcome.DELIVERED)] == [1, 2]
    assert (await read(ports, job)).requeued == 1


async def test_what_waits_for_a_retry_is_due_now_with_all_its_attempts_before_it(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)
    later = NOW + timedelta(hours=12)
    await ports.deliveries.settle([settled((await claim(ports))[0], Outcome.RETRY, NOW, later)], NOW)
    assert await ports.deliveries.next_due() == later
    job = await make(ports, Selection())
    await finish(ports)
    (again,) = await claim(ports)
    assert (again.attempt, again.failures) == (2, 0)
    assert (await read(ports, job)).requeued == 1


async def test_what_is_in_flight_is_passed_over_and_counted(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 2)
    flying = await claim(ports)
    job = await make(ports, Selection())
    await finish(ports)
    done = await read(ports, job)
    assert (done.requeued, done.skipped) == (0, {Skip.IN_FLIGHT: 2})
    await settle_all(ports, flying, Outcome.DELIVERED)
    assert {row.state for row in await rows(ports)} == {DeliveryState.DELIVERED}


async def test_what_only_waits_for_its_turn_is_passed_over_and_counted(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1, events=3)
    job = await make(ports, Selection())
    await finish(ports)
    done = await read(ports, job)
    assert (done.requeued, done.skipped) == (0, {Skip.ALREADY_DUE: 3})
    assert [one.sequence for one in await claim(ports)] == [1]


async def test_what_a_deleted_endpoint_was_owed_is_passed_over_and_counted(ports: Ports) -> None:
    for number in (1, 2):
        await ports.endpoints.add_endpoint(an_endpoint(number))
    await add_lanes(ports, 2)
    await end_all(ports, Outcome.GIVEN_UP)
    job = await make(ports, Selection(GIVEN_UP))
    await put_settings(ports.endpoints, replace(an_endpoint(1), state=EndpointState.DELETED), NOW)
    await finish(ports)
    done = await read(ports, job)
    assert (done.requeued, done.skipped) == (2, {Skip.ENDPOINT_DELETED: 2})
    assert {one.endpoint.id for one in await claim(ports)} == {"ep_mer_1_2"}


async def test_what_a_disabled_endpoint_is_owed_waits_until_it_is_enabled(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)
    await end_all(ports, Outcome.GIVEN_UP)
    await put_settings(ports.endpoints, replace(an_endpoint(), state=EndpointState.DISABLED), NOW)
    await make(ports, Selection(GIVEN_UP))
    await finish(ports)
    assert not await claim(ports)
    await put_settings(ports.endpoints, an_endpoint(), NOW)
    assert len(await claim(ports)) == 1


async def test_what_was_delivered_is_sent_again_only_if_it_is_asked_for(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 2)
    await end_all(ports, Outcome.DELIVERED)
    await make(ports, Selection())
    await finish(ports)
    assert not await claim(ports)
    await make(ports, Selection((DeliveryState.DELIVERED,)), number=2)
    await finish(ports)
    assert len(await end_all(ports, Outcome.GIVEN_UP)) == 2
    assert {row.state for row in await rows(ports)} == {DeliveryState.DELIVERED}, "a replay undoes no success"


async def test_what_happens_after_a_job_was_made_is_no_part_of_it(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)
    job = await make(ports, Selection(GIVEN_UP), rate=1)
    await add_lanes(ports, 2, first=10)
    await end_all(ports, Outcome.GIVEN_UP)
    await finish(ports)
    assert (await read(ports, job)).requeued == 1
    assert len(await rows(ports, state=DeliveryState.GIVEN_UP)) == 2


async def story(ports: Ports) -> list[DeliveryRow]:
    """Two endpoints, two links with two events each a second apart, the second of another type; all given up."""
    for number in (1, 2):
        await ports.endpoints.add_endpoint(an_endpoint(number))
    for step, number in enumerate((1, 2)):
        link = a_link(number)
        await ports.links.add_link(link, ())
        at = NOW + step * 2 * SECOND
        events = [an_event(link, 1, at), an_event(link, 2, at + SECOND, "KYC_LINK_SUCCESS")]
        assert await ports.links.save_link(replace(link, sequence=2), events, ())
    await end_all(ports, Outcome.GIVEN_UP, NOW + LEASE)
    return await rows(ports)


@pytest.mark.parametrize(
    ("selection", "found"),
    [
        (Selection(GIVEN_UP), 8),
        (Selection(EVERYTHING), 8),
        (Selection((DeliveryState.DELIVERED, DeliveryState.PENDING)), 0),
        (Selection(GIVEN_UP, endpoint_id="ep_mer_1_2"), 4),
        (Selection(endpoint_id="ep_mer_1_2"), 4),
        (Selection(endpoint_id="ep_mer_2_1"), 0),
        (Selection(verification_id="v-2"), 4),
        (Selection(GIVEN_UP, verification_id="v-2", endpoint_id="ep_mer_1_1"), 2),
        (Selection(verification_id="nobody"), 0),
        (Selection(event_types=("KYC_LINK_SUCCESS",)), 4),
        (Selection(event_types=("KYC_LINK_SUCCESS", PERFORMED)), 8),
        (Selection(event_types=("KYC_LINK_EXPIRED",)), 0),
        (Selection(since=NOW + SECOND), 6),
        (Selection(until=NOW + SECOND), 2),
        (Selection(since=NOW + SECOND, until=NOW + 3 * SECOND, endpoint_id="ep_mer_1_1"), 2),
    ],
)
async def test_a_job_takes_what_matches_every_condition_and_nothing_else(
    ports: Ports, selection: Selection, found: int
) -> None:
    await story(ports)
    job = await make(ports, selection)
    looked = await ports.replays.look(MINE, job.selection, 0, 1000)
    matching = {one.matching_id for one in looked} - {None}
    assert len(matching) == found
    await finish(ports, NOW + LEASE)
    assert (await read(ports, job)).requeued == found
    assert {row.id for row in await rows(ports, state=DeliveryState.PENDING)} == matching


@pytest.mark.parametrize("endpoint_id", [None, "ep_mer_1_1"])
@pytest.mark.parametrize("verification_id", [None, "v-1"])
async def test_a_range_begins_after_one_position_and_ends_with_another(
    ports: Ports, endpoint_id: str | None, verification_id: str | None
) -> None:
    log = await story(ports)
    which = Selection(
        GIVEN_UP,
        endpoint_id=endpoint_id,
        verification_id=verification_id,
        after=log[1].position,
        up_to=log[6].position,
    )
    wanted = {
        row.id
        for row in log[2:7]
        if endpoint_id in {None, row.endpoint_id} and verification_id in {None, row.verification_id}
    }
    await make(ports, which)
    await finish(ports, NOW + LEASE)
    assert {row.id for row in await rows(ports, state=DeliveryState.PENDING)} == wanted


async def test_a_long_log_is_looked_at_in_short_pieces_that_leave_nothing_out(ports: Ports) -> None:
    await story(ports)
    which = Selection(GIVEN_UP, event_types=("KYC_LINK_SUCCESS",), up_to=await ports.replays.newest_delivery(MINE))
    whole = await ports.replays.look(MINE, which, 0, 1000)
    after = 0
    pieces: list[Looked] = []
    while piece := await ports.replays.look(MINE, which, after, 3):
        assert len(piece) <= 3
        pieces += piece
        after = piece[-1].position
    assert pieces == whole
    assert len([one for one in whole if one.matching_id]) == 4


async def test_another_merchant_s_job_touches_nothing_of_ours_and_is_not_to_be_seen(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 2)
    await end_all(ports, Outcome.GIVEN_UP)
    newest = await ports.replays.newest_delivery(MINE)
    job = await make(ports, Selection(EVERYTHING, endpoint_id="ep_mer_1_1", up_to=newest), merchant_id="mer_2")
    assert await ports.replays.newest_delivery("mer_2") == 0
    assert await ports.replays.replay(MINE, job.id) is None
    assert await ports.replays.cancel_replay(MINE, job.id, NOW) is None
    assert not await ports.replays.replays(MINE, None, 10)
    await finish(ports)
    assert (await read(ports, job)).requeued == 0
    assert {row.state for row in await rows(ports)} == {DeliveryState.GIVEN_UP}


async def test_a_merchant_has_so_many_open_jobs_and_no_more_even_if_they_are_made_at_once(ports: Ports) -> None:
    jobs = [begun(f"rpl_{n}", MINE, Selection(), 1, 0, exactly=True, now=NOW) for n in range(6)]
    added = await asyncio.gather(*(ports.replays.add_replay(job, 3) for job in jobs))
    assert sorted(added) == [False] * 3 + [True] * 3
    assert await ports.replays.add_replay(begun("rpl_x", "mer_2", Selection(), 1, 0, exactly=True, now=NOW), 3)
    await finish(ports)
    assert await ports.replays.add_replay(jobs[added.index(False)], 3)


async def test_jobs_are_listed_newest_first_in_pages(ports: Ports) -> None:
    jobs = [await make(ports, Selection(), number=number) for number in range(1, 6)]
    await make(ports, Selection(), merchant_id="mer_2", number=9)
    whole = await ports.replays.replays(MINE, None, 10)
    assert [job.id for job in whole] == [job.id for job in reversed(jobs)]
    assert await ports.replays.replays(MINE, None, 2) == whole[:2]
    assert await ports.replays.replays(MINE, whole[1].id, 2) == whole[2:4]
    assert not await ports.replays.replays(MINE, whole[-1].id, 2)


async def test_steps_come_at_the_pace_of_the_job_s_rate(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 5)
    await end_all(ports, Outcome.GIVEN_UP)
    job = await make(ports, Selection(GIVEN_UP), rate=2)
    assert await ports.replay_queue.step(NOW) is not None
    half = timedelta(seconds=0.5)
    assert await ports.replay_queue.next_step() == NOW + half
    assert await ports.replay_queue.step(NOW + half - timedelta(microseconds=1)) is None
    assert (await read(ports, job)).requeued == 1
    assert (await read(ports, job)).state is ReplayState.RUNNING
    assert await ports.replay_queue.step(NOW + half) is not None
    assert (await read(ports, job)).requeued == 2


async def test_a_step_that_a_clock_gone_back_has_put_far_away_is_due(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)
    await end_all(ports, Outcome.GIVEN_UP)
    await make(ports, Selection(GIVEN_UP), now=NOW + timedelta(days=1))
    assert await ports.replay_queue.step(NOW) is not None


async def test_jobs_of_several_merchants_go_on_side_by_side(ports: Ports) -> None:
    for merchant_id, first in ((MINE, 1), ("mer_2", 50)):
        await ports.endpoints.add_endpoint(an_endpoint(1, merchant_id))
        await add_lanes(ports, 10, merchant_id=merchant_id, first=first)
    await end_all(ports, Outcome.GIVEN_UP)
    jobs = [await make(ports, Selection(GIVEN_UP), 1), await make(ports, Selection(GIVEN_UP), 1, "mer_2")]
    for _ in range(2):
        assert await ports.replay_queue.step(NOW) is not None
    assert [(await read(ports, job)).requeued for job in jobs] == [1, 1]


async def test_after_a_cancel_nothing_more_is_requeued_and_what_was_goes_out(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 3)
    await end_all(ports, Outcome.GIVEN_UP)
    job = await make(ports, Selection(GIVEN_UP), rate=1)
    await ports.replay_queue.step(NOW)
    ended = await ports.replays.cancel_replay(MINE, job.id, NOW + SECOND)
    assert ended is not None
    assert (ended.state, ended.requeued, ended.finished_at) == (ReplayState.CANCELLED, 1, NOW + SECOND)
    assert await ports.replay_queue.next_step() is None
    assert await ports.replay_queue.step(NOW + LEASE) is None
    assert await ports.replays.cancel_replay(MINE, job.id, NOW + LEASE) == ended, "twice is harmless"
    assert len(await end_all(ports, Outcome.DELIVERED)) == 1
    assert await ports.replays.cancel_replay(MINE, "rpl_none", NOW) is None


async def test_a_job_that_is_done_cannot_be_cancelled_any_more(ports: Ports) -> None:
    job = await make(ports, Selection())
    await finish(ports)
    ended = await ports.replays.cancel_replay(MINE, job.id, NOW)
    assert ended is not None
    assert ended.state is ReplayState.DONE


async def test_a_step_that_requeues_says_that_there_is_work(house: House) -> None:
    ports = house.ports
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)
    await end_all(ports, Outcome.GIVEN_UP)
    await make(ports, Selection(GIVEN_UP))
    before = house.commits
    await ports.replay_queue.step(NOW)
    assert house.commits == before + 1


@pytest.mark.parametrize("house_name", sorted(HOUSES))
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
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
        job = await make(house.ports, Selection(GIVEN_UP, verification_id=only), rate)
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
