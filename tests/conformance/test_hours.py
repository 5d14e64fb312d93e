"""What every `HourStore` promises."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from conformance.house import House, Ports
from conformance.values import NOW, a_merchant, an_endpoint, put_settings
from dastak.webhooks.endpoint import EndpointState
from dastak.webhooks.hours import BANDS, HOUR, EndpointHour
from dastak.webhooks.retention import Kept

EP, OTHER = "ep_mer_1_1", "ep_mer_1_2"
AT = NOW.replace(minute=0, second=0, microsecond=0)


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))
    for number in (1, 2):
        await ports.endpoints.add_endpoint(an_endpoint(number))
    await ports.endpoints.add_endpoint(an_endpoint(1, "mer_2"))


def an_hour(
    accepted: int = 0,
    refused: int = 0,
    silent: int = 0,
    *,
    band: int = 3,
    at: datetime = AT,
    endpoint_id: str = EP,
    merchant_id: str = "mer_1",
) -> EndpointHour:
    """Everything that was answered took equally long."""
    bands = tuple(accepted + refused if place == band else 0 for place in range(BANDS))
    return EndpointHour(merchant_id, endpoint_id, at, accepted, refused, silent, bands)


async def test_counts_are_added_up_by_hour_and_by_how_long_answers_took(ports: Ports) -> None:
    later = an_hour(5, at=AT + HOUR)
    await ports.hours.add_hours([an_hour(7, 0, 2), later])
    await ports.hours.add_hours([an_hour(3)])
    await ports.hours.add_hours([an_hour(0, 1, band=20)])
    await ports.hours.add_hours([])
    first, second = await ports.hours.hours("mer_1", AT)
    bands = tuple({3: 10, 20: 1}.get(place, 0) for place in range(BANDS))
    assert first == EndpointHour("mer_1", EP, AT, 10, 1, 2, bands)
    assert second == later


async def test_one_asks_for_one_endpoint_or_for_all_and_since_when(ports: Ports) -> None:
    early, other = an_hour(silent=3, at=AT - HOUR), an_hour(silent=2, endpoint_id=OTHER)
    await ports.hours.add_hours([early, an_hour(silent=1), other])
    assert [(hour.endpoint_id, hour.silent) for hour in await ports.hours.hours("mer_1", AT)] == [(EP, 1), (OTHER, 2)]
    assert [hour.silent for hour in await ports.hours.hours("mer_1", AT - HOUR, EP)] == [3, 1]
    assert await ports.hours.hours("mer_1", AT, OTHER) == [other]


async def test_nobody_sees_another_merchant_s_counts_nor_those_of_a_deleted_endpoint(ports: Ports) -> None:
    await ports.hours.add_hours([an_hour(1)])
    assert list(await ports.hours.hours("mer_2", AT)) == []
    assert list(await ports.hours.hours("mer_2", AT, EP)) == []
    await put_settings(ports.endpoints, replace(an_endpoint(1), state=EndpointState.DELETED), NOW)
    assert list(await ports.hours.hours("mer_1", AT)) == []


async def test_many_processes_count_at_once_and_nothing_is_lost(ports: Ports) -> None:
    batch = [an_hour(1, 2, 3, band=band, endpoint_id=id_) for id_, band in ((EP, 0), (OTHER, BANDS - 1))]
    await asyncio.gather(*(ports.hours.add_hours(batch) for _ in range(20)))
    first, second = await ports.hours.hours("mer_1", AT)
    for hour in (first, second):
        assert (hour.accepted, hour.refused, hour.silent, sum(hour.bands)) == (20, 40, 60, 60)
    assert (first.bands[0], second.bands[-1]) == (60, 60)


async def test_counts_survive_a_crash(house: House) -> None:
    await house.ports.hours.add_hours([an_hour(1)])
    await house.crash()
    assert await house.ports.hours.hours("mer_1", AT) == [an_hour(1)]


async def test_old_hours_go_a_few_at_a_time(ports: Ports) -> None:
    await ports.hours.add_hours([*(an_hour(1, at=AT - n * HOUR) for n in range(40, 35, -1)), an_hour(1)])
    steps = []
    while (step := await ports.retention.expire(Kept.HOURS, AT, 2)).more:
        steps.append(step.count)
    assert sum(steps) + step.count == 5
    assert max(steps) == 2
    assert [hour.hour for hour in await ports.hours.hours("mer_1", AT - timedelta(days=9))] == [AT]
