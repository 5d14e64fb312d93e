"""What every `LinkStore` promises."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from conformance.house import House, Ports
from conformance.values import NOW, a_consent, a_full_link, a_link, a_merchant, a_message, an_endpoint, an_event
from dastak.journeys.errors import DuplicateVerificationId
from dastak.webhooks.log import DeliveryFilter, EventFilter
from dastak_sdk import FormStatus


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))


async def test_a_link_comes_back_as_it_was_with_every_field_by_each_of_its_three_names(ports: Ports) -> None:
    link = a_full_link()
    await ports.links.add_link(link, ())
    assert await ports.links.link_by_code(link.code) == link
    assert await ports.links.link_by_verification_id("mer_1", link.verification_id) == link
    assert await ports.links.link_by_reference_id("mer_1", link.reference_id) == link


async def test_an_unknown_link_is_none(ports: Ports) -> None:
    assert await ports.links.link_by_code("nothing") is None
    assert await ports.links.link_by_verification_id("mer_1", "nothing") is None
    assert await ports.links.link_by_reference_id("mer_1", 99) is None


async def test_a_merchant_finds_its_own_links_only(ports: Ports) -> None:
    await ports.links.add_link(a_link(1, "mer_1"), ())
    assert await ports.links.link_by_verification_id("mer_2", "v-1") is None
    assert await ports.links.link_by_reference_id("mer_2", 1) is None


async def test_a_verification_id_is_used_once_per_merchant(ports: Ports) -> None:
    await ports.links.add_link(a_link(1), ())
    again = replace(a_link(2), verification_id="v-1")
    with pytest.raises(DuplicateVerificationId):
        await ports.links.add_link(again, [a_message()])
    assert await ports.links.link_by_code(again.code) is None
    assert await ports.notices.next_notice_due() is None, "the refused link's message was queued"
    await ports.links.add_link(replace(a_link(2, "mer_2"), verification_id="v-1"), ())


async def test_of_many_links_with_one_verification_id_at_once_exactly_one_is_added(ports: Ports) -> None:
    links = [replace(a_link(number), verification_id="same") for number in range(1, 31)]
    answers = await asyncio.gather(*(ports.links.add_link(link, ()) for link in links), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["DuplicateVerificationId"] * 29 + ["NoneType"]
    winner = await ports.links.link_by_verification_id("mer_1", "same")
    assert winner is not None
    assert answers[winner.reference_id - 1] is None


async def test_saving_commits_link_events_deliveries_and_messages_together(ports: Ports) -> None:
    link = a_link()
    await ports.endpoints.add_endpoint(an_endpoint())
    await ports.links.add_link(link, ())
    moved = replace(link, form_status=FormStatus.SUCCESS, sequence=2)
    events = [an_event(link, 1), an_event(link, 2)]
    assert await ports.links.save_link(moved, events, [a_message()], a_consent(link))
    assert await ports.links.link_by_code(link.code) == replace(moved, version=1)
    assert [row.body for row in await ports.history.events("mer_1", EventFilter(), 0, 9)] == [e.body for e in events]
    assert len(await ports.history.deliveries("mer_1", DeliveryFilter(), 0, 9)) == 2
    assert [one.notice.id for one in await ports.notices.claim_notices(NOW, NOW, 9)] == ["ntc_1"]


async def test_a_save_against_an_older_version_changes_nothing(ports: Ports) -> None:
    link = a_link()
    await ports.endpoints.add_endpoint(an_endpoint())
    await ports.links.add_link(link, ())
    assert await ports.links.save_link(replace(link, name="First"), (), ())
    late = replace(link, name="Second", sequence=1)
    assert not await ports.links.save_link(late, [an_event(link, 1)], [a_message()], a_consent(link))
    kept = await ports.links.link_by_code(link.code)
    assert kept is not None
    assert (kept.name, kept.version) == ("First", 1)
    assert not await ports.history.events("mer_1", EventFilter(), 0, 9)
    assert not await ports.history.deliveries("mer_1", DeliveryFilter(), 0, 9)
    assert await ports.notices.next_notice_due() is None


async def test_of_many_saves_of_one_version_at_once_exactly_one_wins(ports: Ports) -> None:
    link = a_link()
    await ports.links.add_link(link, ())
    saves = (ports.links.save_link(replace(link, name=f"n{n}"), [an_event(link, 1)], ()) for n in range(20))
    assert sorted(await asyncio.gather(*saves)) == [False] * 19 + [True]
    assert len(await ports.history.events("mer_1", EventFilter(), 0, 9)) == 1


async def test_what_was_saved_survives_a_crash(house: House) -> None:
    link = a_full_link()
    await house.ports.endpoints.add_endpoint(an_endpoint())
    await house.ports.links.add_link(link, ())
    assert await house.ports.links.save_link(link, [an_event(link, 6)], [a_message()])
    await house.crash()
    assert await house.ports.links.link_by_code(link.code) == replace(link, version=1)
    assert len(await house.ports.history.deliveries("mer_1", DeliveryFilter(), 0, 9)) == 1
    assert await house.ports.notices.next_notice_due() is not None


async def test_unfinished_links_past_their_time_are_listed_oldest_first_up_to_a_limit(ports: Ports) -> None:
    for number in (3, 1, 2):
        link = replace(a_link(number), expires_at=NOW + timedelta(hours=number))
        await ports.links.add_link(link, ())
    done = replace(a_link(4), expires_at=NOW, form_status=FormStatus.SUCCESS)
    await ports.links.add_link(done, ())
    due = await ports.links.links_to_expire(NOW + timedelta(hours=2), 10)
    assert [link.reference_id for link in due] == [1, 2]
    assert [link.reference_id for link in await ports.links.links_to_expire(NOW + timedelta(days=1), 1)] == [1]
    assert await ports.links.next_expiry() == NOW + timedelta(hours=1)


async def test_a_link_is_listed_from_the_very_instant_of_its_end(ports: Ports) -> None:
    link = a_link()
    await ports.links.add_link(link, ())
    assert not await ports.links.links_to_expire(link.expires_at - timedelta(microseconds=1), 10)
    assert [one.id for one in await ports.links.links_to_expire(link.expires_at, 10)] == [link.id]


async def test_without_unfinished_links_there_is_no_next_expiry(ports: Ports) -> None:
    await ports.links.add_link(replace(a_link(), form_status=FormStatus.EXPIRED), ())
    assert await ports.links.next_expiry() is None


async def test_reference_ids_start_above_zero_and_never_repeat_not_even_after_a_crash(house: House) -> None:
    numbers = list(await asyncio.gather(*(house.ports.links.next_reference_id() for _ in range(250))))
    await house.crash()
    numbers += [await house.ports.links.next_reference_id() for _ in range(5)]
    assert len(set(numbers)) == 255
    assert min(numbers) >= 1


async def test_the_store_says_so_when_a_commit_may_have_caused_work(house: House) -> None:
    before = house.commits
    await house.ports.links.add_link(a_link(), [a_message()])
    assert house.commits == before + 1
    await house.ports.links.save_link(a_link(), [an_event(a_link(), 1)], ())
    assert house.commits == before + 2
