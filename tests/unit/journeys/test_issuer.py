"""Merchants make and find links, templates and static links."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from conformance.house import PUBLIC_URL
from dastak.journeys.calendar import end_of
from dastak.journeys.errors import DuplicateVerificationId
from dastak.journeys.kyc_link.errors import LinkNotFound, StaticLinkNotLinked, UnknownTemplate
from dastak.journeys.kyc_link.issuing import NewLink
from dastak.journeys.kyc_link.template import Template
from dastak.notices.notice import Notice
from dastak_sdk import CheckStatus, CheckType, FormStatus
from unit.journeys.stage import GOOD_UPI, Stage

NEW = NewLink("v-1", "Full_kyc", "9876543210", None, None, date(2026, 1, 12), ())


async def invitations(stage: Stage) -> list[Notice]:
    now = stage.clock()
    return [one.notice for one in await stage.ports.notices.claim_notices(now, now + timedelta(hours=1), 99)]


async def test_a_new_link_is_untouched_and_lives_to_the_end_of_its_day(stage: Stage) -> None:
    link = await stage.issuer.create(stage.merchant.id, NEW)
    assert link.form_status is FormStatus.RECEIVED
    assert link.expires_at == end_of(date(2026, 1, 12))
    assert link.form_link == f"{PUBLIC_URL}/verification/{link.code}"
    assert link.reference_id > 0
    assert [(check.status, check.reference_id) for check in link.checks] == [(CheckStatus.RECEIVED, 0)] * 4
    assert await stage.types() == [], "there is no event for a link that was made"


async def test_without_a_last_day_a_link_gets_thirty_days(stage: Stage) -> None:
    link = await stage.issuer.create(stage.merchant.id, replace(NEW, link_expiry=None))
    assert link.link_expiry == date(2026, 2, 9)


async def test_of_many_requests_with_one_verification_id_exactly_one_makes_a_link(stage: Stage) -> None:
    creates = (stage.issuer.create(stage.merchant.id, replace(NEW, notification_types=("sms",))) for _ in range(25))
    answers = await asyncio.gather(*creates, return_exceptions=True)
    assert sum(isinstance(answer, DuplicateVerificationId) for answer in answers) == 24
    assert len(await invitations(stage)) == 1, "refused requests sent invitations"


async def test_every_link_has_its_own_number_and_code(stage: Stage) -> None:
    creates = (stage.issuer.create(stage.merchant.id, replace(NEW, verification_id=f"v-{n}")) for n in range(150))
    links = await asyncio.gather(*creates)
    assert len({link.reference_id for link in links}) == len({link.code for link in links}) == 150


async def test_invitations_go_out_once_per_channel_to_the_right_address(stage: Stage) -> None:
    new = replace(NEW, email="a@example.com", notification_types=("sms", "email", "sms", "whatsapp"))
    link = await stage.issuer.create(stage.merchant.id, new)
    sent = await invitations(stage)
    assert sorted((one.channel.value, one.recipient) for one in sent) == [
        ("email", "a@example.com"),
        ("sms", "9876543210"),
        ("whatsapp", "9876543210"),
    ]
    assert all(link.form_link in one.text and one.expires_at == link.expires_at for one in sent)


async def test_a_link_is_found_by_either_id_and_with_both_only_if_they_agree(stage: Stage) -> None:
    link = await stage.new_link("v-1")
    other = await stage.new_link("v-2")
    find = stage.issuer.find
    assert (await find(stage.merchant.id, "v-1", None)).id == link.id
    assert (await find(stage.merchant.id, None, link.reference_id)).id == link.id
    assert (await find(stage.merchant.id, "v-1", link.reference_id)).id == link.id
    for verification_id, reference_id in [("v-1", other.reference_id), ("v-3", None), (None, 10**9), (None, None)]:
        with pytest.raises(LinkNotFound):
            await find(stage.merchant.id, verification_id, reference_id)


async def test_another_merchant_finds_nothing(stage: Stage) -> None:
    link = await stage.new_link("v-1")
    with pytest.raises(LinkNotFound):
        await stage.issuer.find("mer_other", "v-1", None)
    with pytest.raises(LinkNotFound):
        await stage.issuer.find("mer_other", None, link.reference_id)


async def test_an_own_template_wins_over_a_built_in_one_and_links_keep_what_they_were_made_with(stage: Stage) -> None:
    before = await stage.new_link("v-1", "Full_kyc")
    await stage.issuer.put_template(stage.merchant.id, Template("Full_kyc", (CheckType.UPI,)))
    after = await stage.new_link("v-2", "Full_kyc")
    assert [len((await stage.desk.link(link.code)).checks) for link in (before, after)] == [4, 1]
    await stage.issuer.delete_template(stage.merchant.id, "Full_kyc")
    assert len((await stage.new_link("v-3", "Full_kyc")).checks) == 4


async def test_templates_are_listed_by_name_with_the_built_in_ones(stage: Stage) -> None:
    await stage.issuer.put_template(stage.merchant.id, Template("Mine", (CheckType.UPI,)))
    names = [template.name for template in await stage.issuer.templates(stage.merchant.id)]
    assert names == sorted(names)
    assert {"Mine", "Aadhaar_verification", "Full_kyc"} <= set(names)


async def test_an_unknown_template_is_refused_everywhere(stage: Stage) -> None:
    merchant_id = stage.merchant.id
    for attempt in (
        stage.issuer.create(merchant_id, replace(NEW, template_name="none")),
        stage.issuer.open_static_link(merchant_id, "none"),
        stage.issuer.close_static_link(merchant_id, "none"),
        stage.issuer.delete_template(merchant_id, "none"),
        stage.issuer.delete_template(merchant_id, "Full_kyc"),
    ):
        with pytest.raises(UnknownTemplate):
            await attempt


async def test_a_static_link_starts_a_link_of_its_own_for_every_visitor(stage: Stage) -> None:
    static = await stage.issuer.open_static_link(stage.merchant.id, "Upi_verification")
    assert (await stage.issuer.open_static_link(stage.merchant.id, "Upi_verification")).code == static.code
    links = [await stage.desk.start_from_static(static.code, "9876543210", "", "") for _ in range(2)]
    assert len({link.verification_id for link in links}) == 2
    assert {(link.name, link.email) for link in links} == {(None, None)}
    await stage.desk.submit_upi(links[0].code, GOOD_UPI)
    assert await stage.types() == ["ACTION_PERFORMED", "SUCCESS"]


async def test_a_closed_static_link_starts_nothing_more_and_what_was_started_goes_on(stage: Stage) -> None:
    static = await stage.issuer.open_static_link(stage.merchant.id, "Upi_verification")
    link = await stage.desk.start_from_static(static.code, "9876543210", "Asha", "")
    assert not (await stage.issuer.close_static_link(stage.merchant.id, "Upi_verification")).active
    with pytest.raises(LinkNotFound):
        await stage.desk.start_from_static(static.code, "9876543210", "Asha", "")
    with pytest.raises(StaticLinkNotLinked):
        await stage.issuer.close_static_link(stage.merchant.id, "Upi_verification")
    assert (await stage.desk.submit_upi(link.code, GOOD_UPI)).form_status is FormStatus.SUCCESS
