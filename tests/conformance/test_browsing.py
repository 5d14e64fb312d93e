"""What every `DeliveryBrowser` promises: newest first, narrowed, bounded in its work, nothing missed or shown twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from conformance.house import Ports
from conformance.values import (
    LEASE,
    NOW,
    SECOND,
    Space,
    a_link,
    a_merchant,
    an_endpoint,
    put_settings,
    settle_all,
    with_events,
)
from dastak.webhooks.browsing import FEW, SCANNED, Sought
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import EndpointState
from dastak.webhooks.log import DeliveryFilter, DeliveryRow
from dastak.webhooks.verdict import Outcome

MINUTE = 60 * SECOND
STEP = 5 * MINUTE
JOURNEYS, EVENTS, ENDPOINTS = 3, 4, 3


@pytest.fixture(autouse=True)
async def story(ports: Ports) -> None:
    """Twelve events, five minutes apart, of three links in turn, owed to three endpoints; one of these was deleted.

    Of what is owed some is delivered, some given up, some waits to be tried again.
    """
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))
    for number in range(1, ENDPOINTS + 1):
        await ports.endpoints.add_endpoint(an_endpoint(number))
    links = [a_link(number) for number in range(1, JOURNEYS + 1)]
    for link in links:
        await ports.links.add_link(link, ())
    for step in range(JOURNEYS * EVENTS):
        at = step % JOURNEYS
        links[at] = await with_events(ports, links[at], 1, NOW + step * STEP)
    now = NOW + 20 * STEP
    for outcome in (Outcome.DELIVERED, Outcome.GIVEN_UP, Outcome.RETRY):
        claimed = list(await ports.deliveries.claim(now, now + LEASE, Space(total=5)))
        assert claimed
        await settle_all(ports, claimed, outcome, now)
    gone = replace(an_endpoint(ENDPOINTS), state=EndpointState.DELETED)
    await put_settings(ports.endpoints, gone, now)


async def everything(ports: Ports) -> list[DeliveryRow]:
    """The whole log, newest first, as the API reads it."""
    return list(reversed(await ports.history.deliveries("mer_1", DeliveryFilter(), 0, 1000)))


async def all_pages(ports: Ports, sought: Sought, limit: int, scan: int) -> list[list[DeliveryRow]]:
    """Page by page to the end."""
    pages: list[list[DeliveryRow]] = []
    before: int | None = None
    while True:
        page = await ports.browsing.page("mer_1", sought, before, limit, scan)
        assert len(page.rows) <= limit
        pages.append(list(page.rows))
        if page.is_last:
            return pages
        assert before is None or page.reached < before, "each page leads further"
        before = page.reached


def since(moment: datetime) -> Callable[[DeliveryRow], bool]:
    return lambda row: row.created_at >= moment


SOUGHT: dict[str, tuple[Sought, Callable[[DeliveryRow], bool]]] = {
    "anything": (Sought(), lambda _: True),
    "an endpoint": (Sought(endpoint_id="ep_mer_1_2"), lambda row: row.endpoint_id == "ep_mer_1_2"),
    "another's endpoint": (Sought(endpoint_id="ep_mer_2_1"), lambda _: False),
    "a type": (Sought(event_type="KYC_LINK_ACTION_PERFORMED"), lambda _: True),
    "a type that never was": (Sought(event_type="KYC_LINK_EXPIRED"), lambda _: False),
    "a journey": (Sought(journey_id="jrn_mer_1_2"), lambda row: row.journey_id == "jrn_mer_1_2"),
    "a verification_id": (Sought(verification_id="v-3"), lambda row: row.verification_id == "v-3"),
    "an event": (Sought(event_id="evt_jrn_mer_1_1_2"), lambda row: row.event_id == "evt_jrn_mer_1_1_2"),
    "from a time": (Sought(since=NOW + 3 * STEP), since(NOW + 3 * STEP)),
    "until a time": (Sought(until=NOW + 3 * STEP), lambda row: row.created_at < NOW + 3 * STEP),
    "between": (
        Sought(since=NOW + 2 * STEP, until=NOW + 9 * STEP),
        lambda row: NOW + 2 * STEP <= row.created_at < NOW + 9 * STEP,
    ),
    "before the beginning": (Sought(until=NOW - STEP), lambda _: False),
    "after the end": (Sought(since=NOW + 99 * STEP), lambda _: False),
    "all together": (
        Sought(
            endpoint_id="ep_mer_1_1",
            event_type="KYC_LINK_ACTION_PERFORMED",
            state=DeliveryState.PENDING,
            verification_id="v-1",
            since=NOW + STEP,
        ),
        lambda row: (
            row.endpoint_id == "ep_mer_1_1"
            and row.verification_id == "v-1"
            and row.state is DeliveryState.PENDING
            and row.created_at >= NOW + STEP
        ),
    ),
} | {
    f"{state} of an endpoint": (
        Sought(state=state, endpoint_id="ep_mer_1_1"),
        lambda row, state=state: row.state is state and row.endpoint_id == "ep_mer_1_1",
    )
    for state in DeliveryState
}
SOUGHT |= {
    str(state): (Sought(state=state), lambda row, state=state: row.state is state)  # type: ignore[misc]
    for state in DeliveryState
}


@pytest.mark.parametrize(("limit", "scan"), [(50, SCANNED), (4, SCANNED), (50, 5), (3, 4)])
async def test_pages_join_into_all_that_fits_newest_first(ports: Ports, limit: int, scan: int) -> None:
    whole = await everything(ports)
    for name, (sought, fits) in SOUGHT.items():
        found = [row for page in await all_pages(ports, sought, limit, scan) for row in page]
        assert found == [row for row in whole if fits(row)], name


async def test_the_story_has_every_state(ports: Ports) -> None:
    assert {row.state for row in await everything(ports)} == set(DeliveryState)


async def test_a_page_looks_no_further_than_it_may_and_says_how_far_it_came(ports: Ports) -> None:
    newest = await everything(ports)
    rare = Sought(event_type="KYC_LINK_EXPIRED")
    page = await ports.browsing.page("mer_1", rare, None, 50, 5)
    assert (list(page.rows), page.reached, page.is_last) == ([], newest[4].position, False)


async def test_one_journey_is_found_at_once_however_little_is_looked_at(ports: Ports) -> None:
    page = await ports.browsing.page("mer_1", Sought(verification_id="v-1"), None, 50, 1)
    assert (len(page.rows), page.is_last) == (EVENTS * ENDPOINTS, True)


async def test_what_is_pending_is_found_at_once_while_it_is_little(ports: Ports) -> None:
    page = await ports.browsing.page("mer_1", Sought(state=DeliveryState.PENDING), None, 50, 1)
    pending = [row for row in await everything(ports) if row.state is DeliveryState.PENDING]
    assert (list(page.rows), page.is_last) == (pending, True)


async def test_more_than_a_few_that_are_pending_are_found_in_the_log(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("sqlite", "postgres"):
        monkeypatch.setattr(f"dastak.store.{module}.browsing.FEW", 3)
    assert FEW > 3
    found = [row for page in await all_pages(ports, Sought(state=DeliveryState.PENDING), 4, 5) for row in page]
    assert found == [row for row in await everything(ports) if row.state is DeliveryState.PENDING]


async def test_a_time_is_found_by_its_positions(ports: Ports) -> None:
    whole = await everything(ports)
    low, before = await ports.browsing.bounds("mer_1", NOW + 3 * STEP, NOW + 5 * STEP)
    between = [row for row in whole if low < row.position < before]
    assert {row.created_at for row in between} == {NOW + 3 * STEP, NOW + 4 * STEP, NOW + 5 * STEP}
    low, before = await ports.browsing.bounds("mer_1", None, None)
    assert all(low < row.position < before for row in whole)
    assert await ports.browsing.bounds("mer_2", NOW, NOW + STEP) == (low, before)


async def test_deliveries_are_read_again_by_their_ids(ports: Ports) -> None:
    some = (await everything(ports))[2:9:3]
    ids = [row.id for row in reversed(some)]
    assert list(await ports.browsing.named("mer_1", [*ids, "dlv_none"])) == some
    assert not await ports.browsing.named("mer_1", [])


async def test_another_merchant_s_deliveries_are_in_no_page(ports: Ports) -> None:
    one = (await everything(ports))[0]
    assert not await ports.browsing.named("mer_2", [one.id])
    for sought, _ in SOUGHT.values():
        assert not (await ports.browsing.page("mer_2", sought, None, 50, SCANNED)).rows


async def test_the_state_of_a_deleted_endpoint_s_deliveries_is_cancelled(ports: Ports) -> None:
    endpoint = await ports.endpoints.endpoint("mer_1", f"ep_mer_1_{ENDPOINTS}")
    assert endpoint is None or endpoint.state is EndpointState.DELETED
    page = await ports.browsing.page("mer_1", Sought(state=DeliveryState.CANCELLED), None, 50, SCANNED)
    assert {row.endpoint_id for row in page.rows} == {f"ep_mer_1_{ENDPOINTS}"}
