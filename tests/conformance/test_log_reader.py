"""What every `LogReader` promises."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conformance.house import House, Ports
from conformance.values import (
    LEASE,
    NOW,
    SECOND,
    Space,
    a_link,
    a_merchant,
    an_answer,
    an_endpoint,
    an_event,
    settle_all,
    settled,
    with_events,
)
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.log import DeliveryFilter, DeliveryRow, EventFilter
from dastak.webhooks.verdict import Outcome, Verdict

ANY_EVENT, ANY_DELIVERY = EventFilter(), DeliveryFilter()


@pytest.fixture(autouse=True)
async def story(ports: Ports) -> None:
    """Two merchants; the first has two links with three and two events, a second apart, and two endpoints."""
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))
    for number in (1, 2):
        await ports.endpoints.add_endpoint(an_endpoint(number))
        await ports.links.add_link(a_link(number), ())
    link = a_link(1)
    for step in range(3):
        link = await with_events(ports, link, 1, NOW + step * SECOND)
    await with_events(ports, a_link(2), 2, NOW + 3 * SECOND)


async def test_events_come_in_the_order_of_happening_with_their_exact_bytes(ports: Ports) -> None:
    rows = await ports.history.events("mer_1", ANY_EVENT, 0, 100)
    assert [(row.journey_id, row.sequence) for row in rows] == [
        ("jrn_mer_1_1", 1),
        ("jrn_mer_1_1", 2),
        ("jrn_mer_1_1", 3),
        ("jrn_mer_1_2", 1),
        ("jrn_mer_1_2", 2),
    ]
    event = an_event(a_link(1), 1)
    row = rows[0]
    assert (row.id, row.type, row.verification_id) == (event.id, event.type, event.verification_id)
    assert (row.occurred_at, row.body) == (event.occurred_at, event.body)
    assert [one.position for one in rows] == sorted({one.position for one in rows})
    assert [one.trace for one in rows[:2]] == [event.trace, ""]


async def test_pages_join_into_the_whole_without_gap_or_repeat(ports: Ports) -> None:
    whole = await ports.history.deliveries("mer_1", ANY_DELIVERY, 0, 100)
    after = 0
    pages: list[DeliveryRow] = []
    while page := await ports.history.deliveries("mer_1", ANY_DELIVERY, after, 3):
        pages += page
        after = page[-1].position
    assert pages == whole
    assert len(whole) == 10


@pytest.mark.parametrize(
    ("which", "found"),
    [
        (EventFilter(journey_id="jrn_mer_1_2"), 2),
        (EventFilter(verification_id="v-1"), 3),
        (EventFilter(verification_id="v-1", journey_id="jrn_mer_1_2"), 0),
        (EventFilter(type="KYC_LINK_ACTION_PERFORMED"), 5),
        (EventFilter(type="KYC_LINK_SUCCESS"), 0),
        (EventFilter(since=NOW + SECOND), 4),
        (EventFilter(until=NOW + SECOND), 1),
        (EventFilter(since=NOW + SECOND, until=NOW + 3 * SECOND), 2),
    ],
)
async def test_events_are_filtered_by_every_given_condition_together(
    ports: Ports, which: EventFilter, found: int
) -> None:
    assert len(await ports.history.events("mer_1", which, 0, 100)) == found


@pytest.mark.parametrize(
    ("which", "found"),
    [
        (DeliveryFilter(event_id="evt_jrn_mer_1_1_1"), 2),
        (DeliveryFilter(endpoint_id="ep_mer_1_2"), 5),
        (DeliveryFilter(state=DeliveryState.DELIVERED), 4),
        (DeliveryFilter(state=DeliveryState.PENDING), 6),
        (DeliveryFilter(verification_id="v-2"), 4),
        (DeliveryFilter(since=NOW + LEASE), 4),
        (DeliveryFilter(since=NOW + LEASE + SECOND), 0),
        (DeliveryFilter(until=NOW + LEASE), 0),
        (DeliveryFilter(since=NOW, until=NOW + LEASE + SECOND, endpoint_id="ep_mer_1_2"), 2),
        (DeliveryFilter(since=NOW, state=DeliveryState.PENDING), 0),
        (DeliveryFilter(endpoint_id="ep_mer_1_2", verification_id="v-2", state=DeliveryState.DELIVERED), 1),
        (DeliveryFilter(verification_id="v-2", state=DeliveryState.PENDING), 2),
        (DeliveryFilter(verification_id="v-2", state=DeliveryState.GIVEN_UP), 0),
        (DeliveryFilter(event_id="evt_jrn_mer_1_1_1", verification_id="v-2"), 0),
        (DeliveryFilter(event_id="evt_jrn_mer_1_1_1", since=NOW + LEASE), 2),
    ],
)
async def test_deliveries_are_filtered_by_every_given_condition_together(
    ports: Ports, which: DeliveryFilter, found: int
) -> None:
    now = NOW + LEASE
    await settle_all(ports, list(await ports.deliveries.claim(now, now + LEASE, Space())), Outcome.DELIVERED, now)
    assert len(await ports.history.deliveries("mer_1", which, 0, 100)) == found


async def test_what_was_given_up_is_paged_and_filtered_by_the_time_of_its_end(ports: Ports) -> None:
    now = NOW + LEASE
    await settle_all(ports, list(await ports.deliveries.claim(now, now + LEASE, Space())), Outcome.GIVEN_UP, now)
    later = now + LEASE
    await settle_all(ports, list(await ports.deliveries.claim(later, later + LEASE, Space())), Outcome.GIVEN_UP, later)
    given_up = DeliveryState.GIVEN_UP
    whole = await ports.history.deliveries("mer_1", DeliveryFilter(state=given_up), 0, 100)
    assert len(whole) == 8
    pages: list[DeliveryRow] = []
    after = 0
    while page := await ports.history.deliveries("mer_1", DeliveryFilter(state=given_up), after, 3):
        pages += page
        after = page[-1].position
    assert pages == whole
    first, second = DeliveryFilter(state=given_up, until=later), DeliveryFilter(state=given_up, since=later)
    found = [await ports.history.deliveries("mer_1", which, 0, 100) for which in (first, second)]
    assert [len(one) for one in found] == [4, 4]
    assert {row.finished_at for row in found[0]} == {now}


async def test_another_merchant_sees_nothing_of_it(ports: Ports) -> None:
    row = (await ports.history.deliveries("mer_1", ANY_DELIVERY, 0, 1))[0]
    assert not await ports.history.events("mer_2", ANY_EVENT, 0, 100)
    assert not await ports.history.deliveries("mer_2", ANY_DELIVERY, 0, 100)
    assert await ports.history.event("mer_2", row.event_id) is None
    assert await ports.history.delivery("mer_2", row.id) is None
    assert not await ports.history.attempts("mer_2", row.id)


async def test_one_event_and_one_delivery_are_found_by_their_ids(ports: Ports) -> None:
    event = (await ports.history.events("mer_1", ANY_EVENT, 0, 1))[0]
    delivery = (await ports.history.deliveries("mer_1", ANY_DELIVERY, 0, 1))[0]
    assert await ports.history.event("mer_1", event.id) == event
    assert await ports.history.delivery("mer_1", delivery.id) == delivery
    assert await ports.history.event("mer_1", "evt_none") is None
    assert await ports.history.delivery("mer_1", "dlv_none") is None


async def test_only_the_head_of_a_lane_has_a_next_attempt_and_none_while_it_is_in_flight(ports: Ports) -> None:
    lane = DeliveryFilter(endpoint_id="ep_mer_1_1", verification_id="v-1")
    before = await ports.history.deliveries("mer_1", lane, 0, 9)
    assert [row.next_attempt_at is not None for row in before] == [True, False, False]
    await ports.deliveries.claim(NOW + LEASE, NOW + 2 * LEASE, Space())
    flying = await ports.history.deliveries("mer_1", lane, 0, 9)
    assert [row.next_attempt_at for row in flying] == [None, None, None]
    assert [row.attempts for row in flying] == [1, 0, 0]


@pytest.mark.parametrize("reason", ["", "no connection: “refused”, \\N \t, 接続"])
async def test_an_attempt_without_an_answer_is_read_as_it_was(ports: Ports, reason: str) -> None:
    claimed = next(iter(await ports.deliveries.claim(NOW + LEASE, NOW + 2 * LEASE, Space())))
    at = NOW + LEASE
    verdict = Verdict(Outcome.RETRY, reason, at + LEASE)
    ended = replace(settled(claimed, Outcome.RETRY, at), answer=an_answer(claimed, None), verdict=verdict)
    await ports.deliveries.settle([ended], at)
    (attempt,) = await ports.history.attempts("mer_1", claimed.id)
    assert (attempt.status, attempt.reason, attempt.outcome) == (None, reason, Outcome.RETRY)
    assert (attempt.started_at, attempt.ended_at) == (at - SECOND, at)
    delivery = await ports.history.delivery("mer_1", claimed.id)
    assert delivery is not None
    assert (delivery.last_status, delivery.last_reason) == (None, reason)


async def test_a_fresh_delivery_has_no_attempts_and_nothing_to_say(ports: Ports) -> None:
    row = (await ports.history.deliveries("mer_1", ANY_DELIVERY, 0, 1))[0]
    assert (row.state, row.attempts, row.last_status, row.last_reason) == (DeliveryState.PENDING, 0, None, "")
    assert (row.created_at, row.finished_at) == (NOW, None)
    assert not await ports.history.attempts("mer_1", row.id)


async def test_the_log_is_the_same_after_a_crash(house: House) -> None:
    now = NOW + timedelta(minutes=5)
    claimed = list(await house.ports.deliveries.claim(now, now + LEASE, Space()))
    await settle_all(house.ports, claimed, Outcome.DELIVERED, now)
    history = house.ports.history
    events = await history.events("mer_1", ANY_EVENT, 0, 100)
    deliveries = await history.deliveries("mer_1", ANY_DELIVERY, 0, 100)
    attempts = [await history.attempts("mer_1", one.id) for one in claimed]
    await house.crash()
    history = house.ports.history
    assert await history.events("mer_1", ANY_EVENT, 0, 100) == events
    assert await history.deliveries("mer_1", ANY_DELIVERY, 0, 100) == deliveries
    assert [await history.attempts("mer_1", one.id) for one in claimed] == attempts


async def test_a_text_that_no_row_can_hold_names_nothing(ports: Ports) -> None:
    for look in (ports.history.delivery, ports.history.event, ports.endpoints.endpoint):
        try:
            found = await look("mer_1", "dlv_\x00")
        except UnicodeError:
            found = None
        assert found is None
