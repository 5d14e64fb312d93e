"""What every `EndpointStore` promises."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conformance.house import House, Ports
from conformance.values import (
    NOW,
    SECOND,
    Space,
    a_link,
    a_merchant,
    an_endpoint,
    put_settings,
    settle_all,
    settled,
    with_events,
)
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import EndpointState, LanePolicy
from dastak.webhooks.log import DeliveryFilter
from dastak.webhooks.retry import RetryPolicy
from dastak.webhooks.verdict import Outcome

LATER = NOW + 10 * SECOND
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))


async def test_an_endpoint_comes_back_as_it_was_secrets_and_intervals_included(ports: Ports) -> None:
    retry = RetryPolicy.custom((timedelta(seconds=1), timedelta(days=7)))
    endpoint = replace(an_endpoint(policy=LanePolicy.STRICT, event_types=("KYC_LINK_SUCCESS",)), retry=retry)
    await ports.endpoints.add_endpoint(replace(endpoint, updated_at=endpoint.created_at))
    assert await ports.endpoints.endpoint("mer_1", endpoint.id) == endpoint


async def test_another_merchant_s_endpoint_is_none(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    assert await ports.endpoints.endpoint("mer_2", an_endpoint().id) is None
    assert not await ports.endpoints.endpoints("mer_2")


async def test_all_but_deleted_endpoints_are_listed_oldest_first(ports: Ports) -> None:
    for number in (2, 3, 1):
        await ports.endpoints.add_endpoint(an_endpoint(number))
    await put_settings(ports.endpoints, replace(an_endpoint(2), state=EndpointState.DELETED), LATER)
    disabled = replace(an_endpoint(3), state=EndpointState.DISABLED, disabled_reason="by_merchant", updated_at=LATER)
    await put_settings(ports.endpoints, disabled, LATER)
    assert await ports.endpoints.endpoints("mer_1") == [an_endpoint(1), disabled]


async def test_a_deleted_endpoint_stays_deleted_whoever_saves_it_afterwards(ports: Ports) -> None:
    endpoint = an_endpoint()
    await ports.endpoints.add_endpoint(endpoint)
    await put_settings(ports.endpoints, replace(endpoint, state=EndpointState.DELETED), LATER)
    await put_settings(ports.endpoints, replace(endpoint, description="late"), LATER)
    kept = await ports.endpoints.endpoint("mer_1", endpoint.id)
    assert kept is not None
    assert kept.state is EndpointState.DELETED


async def test_deleting_cancels_what_is_pending_or_in_flight_and_leaves_what_is_finished(ports: Ports) -> None:
    endpoint = an_endpoint()
    await ports.endpoints.add_endpoint(endpoint)
    await ports.links.add_link(a_link(), ())
    await with_events(ports, a_link(), 3)
    await settle_all(ports, list(await ports.deliveries.claim(NOW, LATER, Space())), Outcome.DELIVERED)
    flying = list(await ports.deliveries.claim(NOW, LATER, Space()))
    await put_settings(ports.endpoints, replace(endpoint, state=EndpointState.DELETED), LATER)
    assert await ports.deliveries.next_due() is None
    await settle_all(ports, flying, Outcome.RETRY, LATER)
    rows = await ports.history.deliveries("mer_1", DeliveryFilter(), 0, 9)
    assert [row.state for row in rows] == [DeliveryState.DELIVERED, DeliveryState.CANCELLED, DeliveryState.CANCELLED]
    assert rows[1].finished_at == LATER
    assert len(await ports.history.attempts("mer_1", flying[0].id)) == 1, "what came back is logged all the same"
    assert not await ports.deliveries.claim(LATER + HOUR, LATER + HOUR, Space())


async def test_a_disabled_endpoint_gathers_deliveries_and_gets_them_once_it_is_enabled(ports: Ports) -> None:
    endpoint = an_endpoint()
    await ports.endpoints.add_endpoint(endpoint)
    await put_settings(ports.endpoints, replace(endpoint, state=EndpointState.DISABLED), NOW)
    await ports.links.add_link(a_link(), ())
    await with_events(ports, a_link(), 1)
    assert not await ports.deliveries.claim(NOW, LATER, Space())
    assert await ports.deliveries.next_due() is None
    await put_settings(ports.endpoints, endpoint, NOW)
    assert await ports.deliveries.next_due() is not None
    assert len(await ports.deliveries.claim(NOW, LATER, Space())) == 1


async def test_another_lane_policy_counts_at_once_for_what_waits_already(ports: Ports) -> None:
    strict = an_endpoint(policy=LanePolicy.STRICT)
    await ports.endpoints.add_endpoint(strict)
    await ports.links.add_link(a_link(), ())
    await with_events(ports, a_link(), 2)
    first = list(await ports.deliveries.claim(NOW, LATER, Space()))
    await ports.deliveries.settle([settled(first[0], Outcome.RETRY, NOW, NOW + HOUR)], NOW)
    assert not await ports.deliveries.claim(NOW, LATER, Space()), "strict: the second waits for the first"
    await put_settings(ports.endpoints, replace(strict, lane_policy=LanePolicy.RELAXED), NOW)
    assert [one.sequence for one in await ports.deliveries.claim(NOW, LATER, Space())] == [2]


async def test_a_lane_that_became_strict_lets_nothing_overtake_any_more(ports: Ports) -> None:
    relaxed = an_endpoint()
    await ports.endpoints.add_endpoint(relaxed)
    await ports.links.add_link(a_link(), ())
    await with_events(ports, a_link(), 2)
    first = list(await ports.deliveries.claim(NOW, LATER, Space()))
    await ports.deliveries.settle([settled(first[0], Outcome.RETRY, NOW, NOW + HOUR)], NOW)
    await put_settings(ports.endpoints, replace(relaxed, lane_policy=LanePolicy.STRICT), NOW)
    assert not await ports.deliveries.claim(NOW, LATER, Space())
    assert [one.sequence for one in await ports.deliveries.claim(NOW + HOUR, NOW + 2 * HOUR, Space())] == [1]


async def test_events_are_owed_to_the_merchant_s_endpoints_that_want_them(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint(1))
    await ports.endpoints.add_endpoint(an_endpoint(2, event_types=("KYC_LINK_SUCCESS",)))
    await ports.endpoints.add_endpoint(an_endpoint(3, "mer_2"))
    await ports.links.add_link(a_link(), ())
    link = await with_events(ports, a_link(), 1)
    await ports.endpoints.add_endpoint(an_endpoint(4))
    await with_events(ports, link, 1)
    rows = await ports.history.deliveries("mer_1", DeliveryFilter(), 0, 9)
    assert [(row.sequence, row.endpoint_id) for row in rows] == [
        (1, "ep_mer_1_1"),
        (2, "ep_mer_1_1"),
        (2, "ep_mer_1_4"),
    ]
    assert not await ports.history.deliveries("mer_2", DeliveryFilter(), 0, 9)


async def test_endpoints_survive_a_crash(house: House) -> None:
    await house.ports.endpoints.add_endpoint(an_endpoint())
    await house.crash()
    assert await house.ports.endpoints.endpoints("mer_1") == [an_endpoint()]
