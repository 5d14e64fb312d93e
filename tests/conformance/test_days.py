"""What PostgreSQL alone does: days of attempts are dropped whole, and nobody is waited for or made to wait."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from conformance.house import PostgresHouse
from conformance.values import LEASE, NOW, Space, a_link, a_merchant, an_endpoint, settle_all, with_events
from dastak.webhooks.keeper import Keeper
from dastak.webhooks.log import DeliveryFilter, EventFilter, Resent
from dastak.webhooks.retention import Retention
from dastak.webhooks.verdict import Outcome

DAY = timedelta(days=1)
MADE = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'attempts'::regclass ORDER BY 1"
LATER = NOW + 5 * DAY


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[PostgresHouse]:
    house = await PostgresHouse.opened(tmp_path)
    await house.ports.merchants.add_merchant(a_merchant())
    await house.ports.endpoints.add_endpoint(an_endpoint())
    await house.ports.links.add_link(a_link(), ())
    yield house
    await house.close()


@pytest.fixture
async def outside(house: PostgresHouse) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Somebody else in the same database."""
    connection = await asyncpg.connect(house._url)
    yield connection
    await connection.close()


async def delivered(house: PostgresHouse, at: datetime) -> str:
    """One event and its delivery, over within a moment; the delivery's id."""
    await with_events(house.ports, a_link(), 1, at)
    claimed = list(await house.ports.deliveries.claim(at, at + LEASE, Space()))
    await settle_all(house.ports, claimed, Outcome.DELIVERED, at)
    return claimed[0].id


async def swept(house: PostgresHouse, retention: Retention, now: datetime = LATER) -> int:
    return await Keeper(house.ports.retention, retention, now=lambda: now, sleep=_at_once).sweep()


async def _at_once(span: timedelta) -> None:
    del span


DELIVERIES, BODIES = Retention(0, 1, 0, 0, 0), Retention(0, 0, 1, 0, 0)


async def test_days_are_made_ahead_and_twice_changes_nothing(
    house: PostgresHouse, outside: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    for _ in range(2):
        await house.ports.retention.prepare(NOW)
        assert [row[0] for row in await outside.fetch(MADE)] == [
            "attempts_20260110",
            "attempts_20260111",
            "attempts_20260112",
            "attempts_20260113",
            "attempts_rest",
        ]


async def test_a_day_that_has_begun_in_the_rest_stays_there(
    house: PostgresHouse, outside: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await delivered(house, NOW)
    await house.ports.retention.prepare(NOW)
    assert await outside.fetchval(MADE) == "attempts_20260111"
    assert await outside.fetchval("SELECT count(*) FROM attempts_rest") == 1


async def test_a_day_that_is_over_is_dropped_whole(
    house: PostgresHouse, outside: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await house.ports.retention.prepare(NOW)
    await delivered(house, NOW)
    assert await outside.fetchval("SELECT count(*) FROM attempts_20260110") == 1
    assert await swept(house, DELIVERIES) == 1
    assert "attempts_20260110" not in [row[0] for row in await outside.fetch(MADE)]
    assert await outside.fetchval("SELECT count(*) FROM attempts") == 0


async def test_a_long_reader_is_not_waited_for_and_the_day_goes_when_it_has_ended(
    house: PostgresHouse, outside: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await house.ports.retention.prepare(NOW)
    await delivered(house, NOW)
    async with outside.transaction():
        await outside.fetch("SELECT * FROM attempts")
        assert await swept(house, DELIVERIES) == 1
        assert "attempts_20260110" in [row[0] for row in await outside.fetch(MADE)]
    assert await swept(house, DELIVERIES) == 0
    assert "attempts_20260110" not in [row[0] for row in await outside.fetch(MADE)]


async def test_a_delivery_that_somebody_has_locked_is_left_for_the_next_time(
    house: PostgresHouse, outside: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await delivered(house, NOW)
    async with outside.transaction():
        await outside.execute("SELECT 1 FROM deliveries FOR UPDATE")
        assert await swept(house, DELIVERIES) == 0
    assert await swept(house, DELIVERIES) == 1


async def test_a_body_that_is_being_sent_again_is_left(
    house: PostgresHouse, outside: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    delivery_id = await delivered(house, NOW)
    async with outside.transaction():
        begun = await house.store.history.resend_within(outside, "mer_1", delivery_id, 0)  # type: ignore[arg-type]
        assert begun is Resent.BEGUN
        assert await swept(house, BODIES) == 0
    assert await swept(house, BODIES) == 0, "now it is owed"
    (event,) = await house.ports.history.events("mer_1", EventFilter(), 0, 9)
    assert event.body is not None
    (claimed,) = await house.ports.deliveries.claim(LATER, LATER + LEASE, Space())
    assert claimed.body == event.body


async def test_what_is_delivered_late_is_kept_from_then_on(house: PostgresHouse) -> None:
    await with_events(house.ports, a_link(), 1, NOW)
    claimed = list(await house.ports.deliveries.claim(LATER, LATER + LEASE, Space()))
    await settle_all(house.ports, claimed, Outcome.DELIVERED, LATER)
    assert await swept(house, DELIVERIES, LATER + DAY) == 0
    assert len(await house.ports.history.deliveries("mer_1", DeliveryFilter(), 0, 9)) == 1
    assert await swept(house, DELIVERIES, LATER + 2 * DAY) == 1


async def test_two_keepers_at_once_do_no_harm(house: PostgresHouse) -> None:
    await house.ports.retention.prepare(NOW)
    link = await with_events(house.ports, a_link(), 9, NOW)
    while claimed := list(await house.ports.deliveries.claim(NOW, NOW + LEASE, Space())):
        await settle_all(house.ports, claimed, Outcome.DELIVERED, NOW)
    await with_events(house.ports, link, 1, LATER)
    other = house._planned()
    keepers = [Keeper(store.retention, Retention(1, 1, 1, 1, 1), now=lambda: LATER) for store in (house.store, other)]
    gone = await asyncio.gather(*(keeper.sweep() for keeper in keepers))
    assert sum(gone) >= 9 * 3
    await other.close()
    assert len(await house.ports.history.events("mer_1", EventFilter(), 0, 99)) == 1
    assert len(await house.ports.history.deliveries("mer_1", DeliveryFilter(), 0, 99)) == 1
