"""A wall clock that jumps loses nothing and holds nothing up."""

from datetime import timedelta

import pytest

from conformance.house import Ports
from conformance.values import (
    LEASE,
    NOW,
    SECOND,
    Space,
    a_link,
    a_merchant,
    a_message,
    an_endpoint,
    settled,
    with_events,
)
from dastak.notices.notice import NoticeOutcome
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


async def test_a_retry_that_a_clock_of_before_has_put_off_waits_its_own_time_from_now_on(ports: Ports) -> None:
    (claimed,) = await ports.deliveries.claim(NOW + DAY, NOW + DAY + LEASE, Space())
    retry_at = NOW + DAY + 5 * SECOND
    await ports.deliveries.settle([settled(claimed, Outcome.RETRY, NOW + DAY, retry_at)], NOW + DAY)
    assert not await ports.deliveries.claim(NOW, NOW + LEASE, Space())
    assert await ports.clock.retries_wait_from(NOW, timedelta(0)) == 1
    assert await ports.deliveries.next_due() == NOW + 5 * SECOND
    assert await ports.clock.retries_wait_from(NOW + SECOND, DAY) == 0  # by another process, a little later
    assert await ports.deliveries.next_due() == NOW + 5 * SECOND
    assert not await ports.deliveries.claim(NOW + 4 * SECOND, NOW + LEASE, Space())
    assert len(await ports.deliveries.claim(NOW + 5 * SECOND, NOW + LEASE, Space())) == 1


async def test_what_waits_for_a_time_of_this_clock_and_what_is_under_way_are_left_alone(ports: Ports) -> None:
    await ports.links.add_link(a_link(2), ())
    await with_events(ports, a_link(2), 1)
    first, _under_way = await ports.deliveries.claim(NOW, NOW + LEASE, Space())
    await ports.deliveries.settle([settled(first, Outcome.RETRY, NOW, NOW + DAY)], NOW)
    assert await ports.clock.retries_wait_from(NOW, timedelta(0)) == 0
    assert not await ports.deliveries.claim(NOW + SECOND, NOW + LEASE, Space())


async def test_a_message_waits_as_much_less_as_the_clock_went_back(ports: Ports) -> None:
    await ports.links.add_link(a_link(3), [a_message()])
    (notice,) = await ports.notices.claim_notices(NOW + DAY, NOW + DAY + LEASE, 9)
    outcome = NoticeOutcome(notice.notice.id, notice.notice.merchant_id, sent=False, retry_at=NOW + DAY + 600 * SECOND)
    await ports.notices.settle_notices([outcome], NOW + DAY)
    assert await ports.clock.notices_wait_less(NOW, timedelta(0)) == 0
    assert await ports.clock.notices_wait_less(NOW, DAY) == 1
    assert await ports.notices.next_notice_due() == NOW + 600 * SECOND
