"""What a `TallyReader` promises: each journey is counted once per step, in the commit that made it, where it began."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from conformance.cases import a_case_of, moved_to
from conformance.house import House, Ports
from conformance.values import NOW, a_link, a_merchant
from dastak.journeys.errors import DuplicateVerificationId
from dastak.journeys.tally import Kind, Tally, slot_of
from dastak.journeys.video_kyc.table import Stage

HOUR = timedelta(hours=1)
SLOT = slot_of(NOW)


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))


async def counted(
    ports: Ports, kind: Kind = Kind.KYC_LINK, since: datetime = NOW - HOUR, until: datetime = NOW + HOUR
) -> list[Tally]:
    return list(await ports.tallies.tallies("mer_1", kind, since, until))


async def test_a_new_link_is_counted_as_created(ports: Ports) -> None:
    await ports.links.add_link(a_link(1), ())
    await ports.links.add_link(a_link(2), ())
    await ports.links.add_link(replace(a_link(3), template_name="Pan_only"), ())
    assert await counted(ports) == [Tally(SLOT, "Full_kyc", "created", 2), Tally(SLOT, "Pan_only", "created", 1)]


async def test_what_a_move_came_to_is_counted_where_the_link_began(ports: Ports) -> None:
    old = replace(a_link(), created_at=NOW - 3 * HOUR)
    await ports.links.add_link(old, ())
    assert await ports.links.save_link(old, (), (), None, ("opened", "began"))
    assert await counted(ports) == []
    then = await counted(ports, since=NOW - 4 * HOUR, until=NOW - 2 * HOUR)
    assert [(one.slot, one.step, one.number) for one in then] == [
        (slot_of(old.created_at), "began", 1),
        (slot_of(old.created_at), "created", 1),
        (slot_of(old.created_at), "opened", 1),
    ]


async def test_a_save_that_was_refused_and_a_link_that_was_not_added_count_for_nothing(ports: Ports) -> None:
    await ports.links.add_link(a_link(), ())
    assert await ports.links.save_link(a_link(), (), ())
    assert not await ports.links.save_link(a_link(), (), (), None, ("opened",))
    with pytest.raises(DuplicateVerificationId):
        await ports.links.add_link(replace(a_link(2), verification_id="v-1"), ())
    assert await counted(ports) == [Tally(SLOT, "Full_kyc", "created", 1)]


async def test_of_many_that_move_at_once_each_is_counted(ports: Ports) -> None:
    links = [a_link(number) for number in range(1, 61)]
    await asyncio.gather(*(ports.links.add_link(link, ()) for link in links))
    await asyncio.gather(*(ports.links.save_link(link, (), (), None, ("opened", "began")) for link in links))
    assert {one.step: one.number for one in await counted(ports)} == {"created": 60, "opened": 60, "began": 60}


async def test_cases_are_counted_for_the_whole_way_and_apart_from_links(ports: Ports) -> None:
    case = a_case_of(2)
    await ports.video_kycs.add_case(case, (), ())
    assert await ports.video_kycs.save_case(case, (), (), None, None, ("opened", "consented"))
    there = slot_of(case.created_at)
    found = await counted(ports, Kind.VIDEO_KYC, there, there + HOUR)
    assert found == [Tally(there, case.user_template, step, 1) for step in ("consented", "created", "opened")]
    assert await counted(ports, Kind.KYC_LINK, there, there + HOUR) == []


async def test_a_case_that_is_refused_counts_for_nothing(ports: Ports) -> None:
    first = moved_to(Stage.IN_CALL, a_case_of(1))
    await ports.video_kycs.add_case(first, (), ())
    assert not await ports.video_kycs.save_case(replace(first, version=5), (), (), None, None, ("decided",))
    there = slot_of(first.created_at)
    assert "decided" not in {one.step for one in await counted(ports, Kind.VIDEO_KYC, there, there + HOUR)}


async def test_another_merchant_s_numbers_are_its_own(ports: Ports) -> None:
    await ports.links.add_link(a_link(1, "mer_2"), ())
    assert await counted(ports) == []


async def test_whole_half_hours_are_read_from_the_first_to_before_the_end(ports: Ports) -> None:
    for number, minutes in enumerate((-31, -1, 0, 29, 30, 61)):
        link = replace(a_link(number + 1), created_at=SLOT + timedelta(minutes=minutes))
        await ports.links.add_link(link, ())
    found = await counted(ports, since=SLOT + timedelta(minutes=7), until=SLOT + timedelta(minutes=60))
    assert [(one.slot, one.number) for one in found] == [(SLOT, 2), (SLOT + timedelta(minutes=30), 1)]


async def test_what_was_counted_survives_a_crash(house: House) -> None:
    await house.ports.links.add_link(a_link(), ())
    assert await house.ports.links.save_link(a_link(), (), (), None, ("opened",))
    await house.crash()
    assert {one.step: one.number for one in await counted(house.ports)} == {"created": 1, "opened": 1}
