"""Merchants list their links, end them before their time, and have the invitation sent again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dastak.journeys.errors import TooSoon
from dastak.journeys.kyc_link.errors import LinkClosed, LinkNotFound
from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.kyc_link.merchant_desk import RESEND_AFTER, MerchantDesk
from dastak.journeys.kyc_link.moving import Mover
from dastak.journeys.kyc_link.ports import LinkFilter
from dastak.journeys.tally import Kind
from dastak_sdk import CheckStatus, CheckType, FormStatus
from unit.journeys.stage import GOOD_PAN, Stage


@pytest.fixture
def desk(stage: Stage) -> MerchantDesk:
    mover = Mover(stage.ports.links, stage.accounts, stage.here)
    return MerchantDesk(stage.ports.links, stage.accounts, mover, stage.here)


async def sent(stage: Stage, link: KycLink) -> list[tuple[str, str]]:
    now = stage.clock()
    found = await stage.ports.notices.claim_notices(now, now + timedelta(hours=1), 99)
    assert all(one.notice.journey_id == link.id for one in found)
    return sorted((one.notice.channel.value, one.notice.recipient) for one in found)


async def test_a_cancelled_link_has_expired_and_the_merchant_is_told(stage: Stage, desk: MerchantDesk) -> None:
    link = await stage.new_link()
    cancelled = await desk.cancel(stage.merchant.id, link.id)
    assert cancelled.form_status is FormStatus.EXPIRED
    assert {check.status for check in cancelled.checks} == {CheckStatus.EXPIRED}
    assert await stage.types() == ["EXPIRED"]
    with pytest.raises(LinkClosed):
        await stage.desk.submit_pan(link.code, GOOD_PAN)


async def test_cancelling_twice_is_harmless_and_tells_once(stage: Stage, desk: MerchantDesk) -> None:
    link = await stage.new_link()
    first = await desk.cancel(stage.merchant.id, link.id)
    assert replace(await desk.cancel(stage.merchant.id, link.id), version=0) == replace(first, version=0)
    assert await stage.types() == ["EXPIRED"]


async def test_a_finished_link_cannot_be_cancelled_nor_sent_again(stage: Stage, desk: MerchantDesk) -> None:
    link = await stage.new_link("v-1", "Pan_verification")
    assert (await stage.desk.submit_pan(link.code, GOOD_PAN)).form_status is FormStatus.SUCCESS
    with pytest.raises(LinkClosed):
        await desk.cancel(stage.merchant.id, link.id)
    with pytest.raises(LinkClosed):
        await desk.resend(stage.merchant.id, link.id, ("sms",))


async def test_the_invitation_goes_out_again_on_the_channels_that_were_asked_for(
    stage: Stage, desk: MerchantDesk
) -> None:
    link = await stage.new_link()
    await desk.resend(stage.merchant.id, link.id, ("sms", "email", "sms"))
    assert await sent(stage, link) == [("email", "asha@example.com"), ("sms", "9876543210")]
    assert await stage.types() == []


async def test_nobody_is_invited_twice_within_a_minute(stage: Stage, desk: MerchantDesk) -> None:
    link = await stage.new_link()
    await desk.resend(stage.merchant.id, link.id, ("sms",))
    with pytest.raises(TooSoon):
        await desk.resend(stage.merchant.id, link.id, ("sms",))
    stage.clock.advance(RESEND_AFTER)
    await desk.resend(stage.merchant.id, link.id, ("sms",))
    assert len(await sent(stage, link)) == 2


async def test_a_link_past_its_day_is_not_sent_again(stage: Stage, desk: MerchantDesk) -> None:
    link = await stage.new_link()
    stage.clock.advance(link.expires_at - stage.clock())
    with pytest.raises(LinkClosed):
        await desk.resend(stage.merchant.id, link.id, ("sms",))


async def test_another_merchant_s_link_is_like_none(stage: Stage, desk: MerchantDesk) -> None:
    link = await stage.new_link()
    other = await stage.accounts.create("Other Bank")
    for act in (desk.read, desk.cancel):
        with pytest.raises(LinkNotFound):
            await act(other.id, link.id)
    with pytest.raises(LinkNotFound):
        await desk.resend(other.id, link.id, ("sms",))
    assert await desk.named(other.id, link.verification_id) is None
    assert await desk.numbered(other.id, link.reference_id) is None


async def test_pages_end_with_none(stage: Stage, desk: MerchantDesk) -> None:
    made = [await stage.new_link(f"v-{number}") for number in range(3)]
    first, following = await desk.page(stage.merchant.id, LinkFilter(), None, 2)
    assert following is not None
    last, end = await desk.page(stage.merchant.id, LinkFilter(), following, 2)
    assert end is None
    assert {link.id for link in (*first, *last)} == {link.id for link in made}


async def test_a_customer_s_way_is_counted_as_it_is_gone(stage: Stage) -> None:
    link = await stage.new_link("v-1", "Pan_verification")
    await stage.desk.send_otp(link.code)
    await stage.desk.submit_pan(link.code, GOOD_PAN)
    now = stage.clock()
    found = await stage.ports.tallies.tallies(stage.merchant.id, Kind.KYC_LINK, now, now + timedelta(minutes=30))
    assert {one.step: one.number for one in found} == dict.fromkeys(
        ("created", "opened", "began", CheckType.PAN.value, "done"), 1
    )
