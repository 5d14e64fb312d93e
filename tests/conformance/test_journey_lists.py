"""What lists of KYC Links promise: newest first, narrowed, whole, page by page, and nothing of another merchant."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from conformance.cases import a_case_of
from conformance.house import House, Ports
from conformance.values import NOW, a_full_link, a_link, a_merchant
from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.kyc_link.ports import LinkFilter
from dastak.journeys.paging import Cursor
from dastak_sdk import FormStatus

EVERYTHING = LinkFilter()


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))


def made(number: int, merchant_id: str = "mer_1") -> KycLink:
    """Two in each minute, so that ids decide, too."""
    return replace(a_link(number, merchant_id), created_at=NOW + timedelta(minutes=number // 2))


async def added(ports: Ports, *links: KycLink) -> None:
    for link in links:
        await ports.links.add_link(link, ())


def numbers(links: Sequence[KycLink]) -> list[int]:
    return [link.reference_id for link in links]


async def test_a_link_is_found_by_its_id_and_not_by_another_merchant(ports: Ports) -> None:
    link = a_full_link()
    await added(ports, link)
    assert await ports.links.link_by_id("mer_1", link.id) == link
    assert await ports.links.link_by_id("mer_2", link.id) is None
    assert await ports.links.link_by_id("mer_1", "jrn_nothing") is None


async def test_a_list_has_every_link_whole_and_newest_first(ports: Ports) -> None:
    links = [made(number) for number in (3, 1, 5, 2, 4)]
    await added(ports, *links)
    found = await ports.links.links("mer_1", EVERYTHING, None, 9)
    assert found == sorted(links, key=lambda link: (link.created_at, link.id), reverse=True)


async def test_pages_join_without_a_gap_or_a_repeat_whatever_the_status(ports: Ports) -> None:
    statuses = list(FormStatus)
    links = [replace(made(number), form_status=statuses[number % 3]) for number in range(1, 24)]
    await added(ports, *links)
    seen: list[KycLink] = []
    after = None
    while page := await ports.links.links("mer_1", EVERYTHING, after, 5):
        seen += page
        after = Cursor(page[-1].created_at, page[-1].id)
    assert seen == sorted(links, key=lambda link: (link.created_at, link.id), reverse=True)


async def test_a_list_is_narrowed_by_status_phone_and_time(ports: Ports) -> None:
    done = replace(made(2), form_status=FormStatus.SUCCESS)
    other = replace(made(4), phone="+919000000001", form_status=FormStatus.SUCCESS)
    await added(ports, made(1), done, made(3), other)

    async def found(wanted: LinkFilter) -> list[int]:
        return numbers(await ports.links.links("mer_1", wanted, None, 9))

    assert await found(LinkFilter(statuses=("SUCCESS",))) == [4, 2]
    assert await found(LinkFilter(statuses=("SUCCESS", "EXPIRED"))) == [4, 2]
    assert await found(LinkFilter(statuses=())) == []
    assert await found(LinkFilter(phone="+919000000001")) == [4]
    assert await found(LinkFilter(phone="9876543210", statuses=("RECEIVED",))) == [3, 1]
    assert await found(LinkFilter(phone="9876543")) == []
    assert await found(LinkFilter(created_from=NOW + timedelta(minutes=1))) == [4, 3, 2]
    assert await found(LinkFilter(created_until=NOW + timedelta(minutes=1))) == [1]


async def test_a_list_has_nothing_of_another_merchant_nor_a_video_kyc(ports: Ports) -> None:

    await added(ports, a_link(1, "mer_2"))
    await ports.video_kycs.add_case(a_case_of(2), (), ())
    assert await ports.links.links("mer_1", EVERYTHING, None, 9) == []
    assert await ports.links.links("mer_1", LinkFilter(phone=a_link().phone), None, 9) == []


async def test_a_moved_link_is_listed_as_it_stands(ports: Ports) -> None:
    await added(ports, a_link())
    assert await ports.links.save_link(replace(a_link(), form_status=FormStatus.SUCCESS), (), ())
    (link,) = await ports.links.links("mer_1", LinkFilter(statuses=("SUCCESS",)), None, 9)
    assert (link.form_status, link.version) == (FormStatus.SUCCESS, 1)
    assert await ports.links.links("mer_1", LinkFilter(statuses=("RECEIVED",)), None, 9) == []


async def test_a_phone_number_does_not_lie_open_on_the_disk(house: House) -> None:
    await added(house.ports, replace(a_link(), phone="+918888877777"))
    assert b"8888877777" not in await house.on_disk()
