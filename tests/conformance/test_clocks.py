"""A wall clock that jumps loses nothing and holds nothing up."""

from datetime import timedelta

import pytest

from conformance.house import Ports
from conformance.values import LEASE, NOW, Space, a_link, a_merchant, an_endpoint, settled, with_events
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.log import DeliveryFilter, Resent
from dastak.webhooks.verdict import Outcome

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
async def owed(ports: Ports) -> None:
    """One event, owed to one endpoint."""
    await ports.merchants.add_merchant(a_merchant())
    await ports.endpoints.add_endpoint(an_endpoint())
    await ports.links.add_link(a_link(1), ())
    await with_events(ports, a_link(1), 1)


async def test_a_clock_set_back_makes_nothing_wait_for_the_time_that_was(ports: Ports) -> None:
    (claimed,) = await ports.deliveries.claim(NOW + DAY, NOW + DAY + LEASE, Space())
    await ports.deliveries.settle([settled(claimed, Outcome.GONE, NOW + DAY)], NOW + DAY)
    (endpoint,) = await ports.endpoints.endpoints("mer_1")
    assert endpoint.disabled_reason == "gone"
    await ports.endpoints.change_endpoint("mer_1", endpoint.id, lambda _: an_endpoint(), NOW)
    assert len(await ports.deliveries.claim(NOW, NOW + LEASE, Space())) == 1


async def test_an_answer_that_comes_after_its_lease_ran_out_still_counts(ports: Ports) -> None:
    (claimed,) = await ports.deliveries.claim(NOW, NOW + LEASE, Space())
    assert len(await ports.deliveries.claim(NOW + DAY, NOW + DAY + LEASE, Space())) == 1
    await ports.deliveries.settle([settled(claimed, Outcome.DELIVERED, NOW + DAY)], NOW + DAY)
    (row,) = await ports.history.deliveries("mer_1", DeliveryFilter(), 0, 9)
    assert row.state is DeliveryState.DELIVERED
    assert not await ports.deliveries.claim(NOW + 2 * DAY, NOW + 2 * DAY + LEASE, Space())


async def test_a_resend_that_fails_does_not_undo_a_delivery(ports: Ports) -> None:
    (claimed,) = await ports.deliveries.claim(NOW, NOW + LEASE, Space())
    await ports.deliveries.settle([settled(claimed, Outcome.DELIVERED, NOW)], NOW)
    assert await ports.history.resend("mer_1", claimed.id, NOW) is Resent.BEGUN
    (again,) = await ports.deliveries.claim(NOW, NOW + LEASE, Space())
    await ports.deliveries.settle([settled(again, Outcome.GIVEN_UP, NOW)], NOW)
    (row,) = await ports.history.deliveries("mer_1", DeliveryFilter(), 0, 9)
    assert row.state is DeliveryState.DELIVERED
