"""A row that the vault does not open (damaged, or its key was taken away) must not hold up anybody else."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.house import SqliteHouse
from conformance.values import LEASE, NOW, Space, a_link, a_merchant, an_endpoint, with_events
from dastak.store.vault import VaultLocked
from dastak.webhooks.endpoint import EndpointState
from dastak.webhooks.log import DeliveryFilter, EventFilter


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[SqliteHouse]:
    """Two links with an event each, owed to one endpoint."""
    house = await SqliteHouse.opened(tmp_path)
    await house.ports.merchants.add_merchant(a_merchant())
    await house.ports.endpoints.add_endpoint(an_endpoint())
    for number in (1, 2):
        await house.ports.links.add_link(a_link(number), ())
        await with_events(house.ports, a_link(number), 1)
    yield house
    await house.close()


async def damage(house: SqliteHouse, sql: str) -> None:
    def work(connection: sqlite3.Connection) -> int:
        return connection.execute(sql).rowcount

    assert await house.store._engine.write(work) == 1


async def test_a_damaged_link_is_an_error_and_not_a_wrong_link(house: SqliteHouse) -> None:
    await damage(house, "UPDATE journeys SET sealed_state = zeroblob(80) WHERE reference_id = 1")
    with pytest.raises(VaultLocked):
        await house.ports.links.link_by_code(a_link(1).code)
    assert await house.ports.links.link_by_code(a_link(2).code) is not None


async def test_the_state_of_one_link_does_not_open_as_another_s(house: SqliteHouse) -> None:
    copied = "(SELECT sealed_state FROM journeys WHERE reference_id = 2)"
    await damage(house, f"UPDATE journeys SET sealed_state = {copied} WHERE reference_id = 1")
    with pytest.raises(VaultLocked):
        await house.ports.links.link_by_code(a_link(1).code)


async def test_an_event_that_cannot_be_read_does_not_hold_up_the_others(house: SqliteHouse) -> None:
    await damage(house, "UPDATE events SET sealed_body = zeroblob(80) WHERE journey_id = 'jrn_mer_1_1'")
    claimed = await house.ports.deliveries.claim(NOW, NOW + LEASE, Space())
    assert [one.journey_id for one in claimed] == ["jrn_mer_1_2"]


async def test_a_link_that_cannot_be_read_does_not_keep_the_others_from_expiring(house: SqliteHouse) -> None:
    await damage(house, "UPDATE journeys SET sealed_state = zeroblob(80) WHERE reference_id = 1")
    due = await house.ports.links.links_to_expire(a_link().expires_at, 10)
    assert [link.reference_id for link in due] == [2]


async def test_an_endpoint_that_cannot_be_read_stops_no_customer_and_can_be_deleted(house: SqliteHouse) -> None:
    await damage(house, "UPDATE endpoints SET sealed_settings = zeroblob(80)")
    house.store._engine._forget()
    fresh = await house.ports.links.link_by_reference_id("mer_1", 1)
    assert fresh is not None
    await with_events(house.ports, fresh, 1)
    (shown,) = await house.ports.endpoints.endpoints("mer_1")
    assert (shown.state, shown.disabled_reason) == (EndpointState.DISABLED, "unreadable")
    assert not await house.ports.deliveries.claim(NOW, NOW + LEASE, Space())
    assert len(await house.ports.history.deliveries("mer_1", DeliveryFilter(), 0, 9)) == 3, "what it is owed is kept"
    with pytest.raises(VaultLocked):
        await house.ports.endpoints.change_endpoint("mer_1", shown.id, lambda one: one, NOW)
    gone = await house.ports.endpoints.change_endpoint(
        "mer_1", shown.id, lambda one: replace(one, state=EndpointState.DELETED), NOW
    )
    assert gone is not None


async def test_a_page_of_the_log_shows_what_can_be_read_around_what_cannot(house: SqliteHouse) -> None:
    await damage(house, "UPDATE events SET sealed_body = zeroblob(80) WHERE journey_id = 'jrn_mer_1_1'")
    rows = await house.ports.history.events("mer_1", EventFilter(), 0, 9)
    assert [row.body is None for row in rows] == [True, False]
