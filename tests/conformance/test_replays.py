"""What every store of replays promises; `test_replay_law` drives it at random."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from conformance.house import House, Ports
from conformance.replaying import MINE, add_lanes, claim, end_all, finish, make, read, rows, two_merchants
from conformance.values import (
    LEASE,
    NOW,
    PERFORMED,
    SECOND,
    a_link,
    an_endpoint,
    an_event,
    put_settings,
    settle_all,
    settled,
    with_events,
)
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import EndpointState, LanePolicy
from dastak.webhooks.log import DeliveryRow
from dastak.webhooks.replay import Match, ReplayState, Selection, Skip, begun
from dastak.webhooks.verdict import Outcome

GIVEN_UP = (DeliveryState.GIVEN_UP,)
EVERYTHING = (DeliveryState.PENDING, DeliveryState.GIVEN_UP, DeliveryState.DELIVERED)


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    await two_merchants(ports)


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
    look = await ports.replays.look(MINE, job.selection, 0, 1000)
    matching = {match.id for match in look.matches}
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
    after: int | None = 0
    pieces: list[Match] = []
    looks = 0
    while after is not None:
        look = await ports.replays.look(MINE, which, after, 1)
        assert len(look.matches) <= 1
        pieces += look.matches
        after, looks = look.ends_at, looks + 1
    assert looks == 9, "eight rows, and none beyond"
    assert tuple(pieces) == whole.matches
    assert (len(pieces), whole.ends_at) == (4, None)


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


async def test_a_step_that_breaks_in_the_middle_leaves_neither_half(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 3)
    await end_all(ports, Outcome.GIVEN_UP)
    job = await make(ports, Selection(GIVEN_UP))
    before = await rows(ports)

    def breaks(*_: object) -> None:
        raise RuntimeError("after everything was re-queued, before the position was moved")

    with monkeypatch.context() as patch:
        for store in ("sqlite", "postgres"):
            patch.setattr(f"dastak.store.{store}.replays.after_step", breaks)
        with pytest.raises(RuntimeError):
            await ports.replay_queue.step(NOW)
    assert await read(ports, job) == job
    assert await rows(ports) == before
    await finish(ports)
    assert (await read(ports, job)).requeued == 3


async def test_replayers_that_step_together_share_the_work_and_a_cancel_between_them_counts(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint(window=1000))
    await add_lanes(ports, 30)
    await end_all(ports, Outcome.GIVEN_UP)
    job = await make(ports, Selection(GIVEN_UP), rate=10)
    steps = (ports.replay_queue.step(NOW + number * SECOND) for number in range(10))
    _, ended, _ = await asyncio.gather(
        asyncio.gather(*steps), ports.replays.cancel_replay(MINE, job.id, NOW), ports.replay_queue.step(NOW)
    )
    assert ended is not None
    assert await read(ports, job) == ended, "no step came after it"
    assert len(await rows(ports, state=DeliveryState.PENDING)) == ended.requeued
