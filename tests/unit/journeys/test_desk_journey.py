"""A customer goes through a link: the whole way, and every way of doing it wrong."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from dastak.journeys.errors import ConsentMissing
from dastak.journeys.facts import Fact, SourceUnavailable, SyntaxRefused
from dastak.journeys.kyc_link.desk import AADHAAR_STARTS
from dastak.journeys.kyc_link.errors import CheckClosed, LinkClosed, LinkNotFound
from dastak.webhooks.log import EventFilter
from dastak_sdk import CheckStatus, CheckType, EventType, FormStatus, verify_body_signature
from unit.journeys.stage import (
    AADHAAR_OTP,
    BAD_PAN,
    CLIENT_SECRET,
    CONSENT,
    GOOD_BANK,
    GOOD_PAN,
    GOOD_UPI,
    GatedPan,
    Stage,
    the_check,
)

_ANY = EventFilter()
R, S, F = "RECEIVED", "SUCCESS", "FAILED"
PERFORMED = "KYC_LINK_ACTION_PERFORMED"


async def test_the_whole_way_with_one_failure_is_told_event_by_event(stage: Stage) -> None:
    code = (await stage.new_link()).code
    await stage.start_aadhaar(code)
    await stage.desk.finish_aadhaar(code, AADHAAR_OTP)
    await stage.desk.submit_pan(code, BAD_PAN)
    await stage.desk.submit_pan(code, GOOD_PAN)
    await stage.desk.submit_bank(code, *GOOD_BANK)
    link = await stage.desk.submit_upi(code, GOOD_UPI)
    heard = await stage.heard()
    a, bad_pan, pan, bank, upi = (max(ref for _, ref in checks) for _, _, checks in heard[:5])
    assert heard == [
        (PERFORMED, R, [(S, a), (R, 0), (R, 0), (R, 0)]),
        (PERFORMED, R, [(S, a), (F, bad_pan), (R, 0), (R, 0)]),
        (PERFORMED, R, [(S, a), (S, pan), (R, 0), (R, 0)]),
        (PERFORMED, R, [(S, a), (S, pan), (S, bank), (R, 0)]),
        (PERFORMED, R, [(S, a), (S, pan), (S, bank), (S, upi)]),
        ("KYC_LINK_SUCCESS", S, [(S, a), (S, pan), (S, bank), (S, upi)]),
    ]
    assert 0 < a < bad_pan < pan < bank < upi
    assert link.form_status is FormStatus.SUCCESS
    assert await stage.desk.link(code) == replace(link, version=link.version + 1)


async def test_bodies_carry_the_legacy_signature_where_the_seed_s_sample_has_it(stage: Stage) -> None:
    code = (await stage.new_link("v-1", "Upi_verification")).code
    await stage.desk.submit_upi(code, GOOD_UPI)
    performed, success = [event for event, _ in await stage.events()]
    assert verify_body_signature(CLIENT_SECRET, performed.raw).type == EventType.KYC_LINK_ACTION_PERFORMED
    assert "signature" not in json.loads(success.raw)


async def test_what_a_source_lets_us_keep_is_masked_and_kept_with_its_check(stage: Stage) -> None:
    code = (await stage.new_link()).code
    link = await stage.desk.submit_pan(code, GOOD_PAN)
    assert the_check(link, CheckType.PAN).kept == {"pan": "XXXXXX234D", "registered_name": "JOHN DOE"}


async def test_checks_can_be_done_in_any_order(stage: Stage) -> None:
    code = (await stage.new_link()).code
    await stage.desk.submit_upi(code, GOOD_UPI)
    await stage.desk.submit_pan(code, GOOD_PAN)
    assert await stage.types() == ["ACTION_PERFORMED"] * 2


async def test_a_done_check_cannot_be_submitted_again(stage: Stage) -> None:
    code = (await stage.new_link()).code
    await stage.desk.submit_pan(code, GOOD_PAN)
    with pytest.raises(CheckClosed):
        await stage.desk.submit_pan(code, GOOD_PAN)
    assert await stage.types() == ["ACTION_PERFORMED"]


async def test_nothing_can_be_submitted_to_a_finished_link(stage: Stage) -> None:
    code = (await stage.new_link("v-1", "Upi_verification")).code
    await stage.desk.submit_upi(code, GOOD_UPI)
    with pytest.raises(LinkClosed):
        await stage.desk.submit_upi(code, GOOD_UPI)
    with pytest.raises(LinkClosed):
        await stage.desk.send_otp(code)
    with pytest.raises(LinkClosed):
        await stage.desk.confirm_otp(code, "123456")


async def test_a_check_that_the_link_does_not_ask_for_is_refused(stage: Stage) -> None:
    code = (await stage.new_link("v-1", "Upi_verification")).code
    with pytest.raises(CheckClosed):
        await stage.desk.submit_pan(code, GOOD_PAN)
    with pytest.raises(CheckClosed):
        await stage.start_aadhaar(code)
    assert await stage.types() == []


async def test_an_unknown_code_is_not_found(stage: Stage) -> None:
    with pytest.raises(LinkNotFound):
        await stage.desk.link("nothing")
    with pytest.raises(LinkNotFound):
        await stage.desk.submit_pan("nothing", GOOD_PAN)


async def test_five_failures_close_a_check(stage: Stage) -> None:
    code = (await stage.new_link()).code
    for _ in range(5):
        await stage.desk.submit_pan(code, BAD_PAN)
    with pytest.raises(CheckClosed):
        await stage.desk.submit_pan(code, GOOD_PAN)
    assert await stage.types() == ["ACTION_PERFORMED"] * 5


async def test_a_typing_mistake_or_a_silent_source_is_no_try_and_no_event(stage: Stage) -> None:
    code = (await stage.new_link()).code
    with pytest.raises(SyntaxRefused):
        await stage.desk.submit_pan(code, "not a pan")
    with pytest.raises(SourceUnavailable):
        await stage.desk.submit_pan(code, "OFFLN0001X")
    assert await stage.types() == []
    assert the_check(await stage.desk.link(code), CheckType.PAN).tries == 0


async def test_without_consent_aadhaar_is_not_used(stage: Stage) -> None:
    code = (await stage.new_link()).code
    with pytest.raises(ConsentMissing):
        await stage.desk.start_aadhaar(code, "655675523712", consent=False, consent_text=CONSENT, client_ip="::1")
    assert the_check(await stage.desk.link(code), CheckType.AADHAAR).aadhaar is None


async def test_a_wrong_aadhaar_otp_is_a_try_and_ends_the_session(stage: Stage) -> None:
    code = (await stage.new_link()).code
    await stage.start_aadhaar(code)
    link = await stage.desk.finish_aadhaar(code, "999999")
    check = the_check(link, CheckType.AADHAAR)
    assert (check.status, check.tries, check.aadhaar) == (CheckStatus.FAILED, 1, None)
    with pytest.raises(CheckClosed):
        await stage.desk.finish_aadhaar(code, AADHAAR_OTP)
    await stage.start_aadhaar(code)
    await stage.desk.finish_aadhaar(code, AADHAAR_OTP)
    assert await stage.types() == ["ACTION_PERFORMED"] * 2


async def test_an_aadhaar_number_that_fails_at_once_is_a_try(stage: Stage) -> None:
    code = (await stage.new_link()).code
    link = await stage.start_aadhaar(code, "200000000107")
    assert the_check(link, CheckType.AADHAAR).tries == 1
    assert await stage.types() == ["ACTION_PERFORMED"]


async def test_giving_up_an_aadhaar_session_is_no_event_and_twice_is_harmless(stage: Stage) -> None:
    code = (await stage.new_link()).code
    await stage.start_aadhaar(code)
    for _ in range(2):
        link = await stage.desk.cancel_aadhaar(code)
        assert the_check(link, CheckType.AADHAAR).aadhaar is None
    assert await stage.types() == []


async def test_aadhaar_codes_per_link_are_bounded(stage: Stage) -> None:
    code = (await stage.new_link()).code
    for _ in range(AADHAAR_STARTS):
        await stage.start_aadhaar(code)
    with pytest.raises(CheckClosed):
        await stage.start_aadhaar(code)


async def test_a_double_click_is_one_try_and_one_event(stage: Stage) -> None:
    code = (await stage.new_link()).code
    pan = GatedPan(Fact(confirmed=False, reason="no"))
    desk = stage.desk_with(replace(stage.sources, pan=pan))
    clicks = [asyncio.ensure_future(desk.submit_pan(code, BAD_PAN)) for _ in range(5)]
    for _ in clicks:
        await pan.asked.get()
    pan.gate.set()
    answers = await asyncio.gather(*clicks, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["CheckClosed"] * 4 + ["KycLink"]
    assert await stage.types() == ["ACTION_PERFORMED"]
    assert the_check(await stage.desk.link(code), CheckType.PAN).tries == 1


async def test_a_double_click_on_an_aadhaar_number_that_fails_is_one_try_and_one_event(stage: Stage) -> None:
    code = (await stage.new_link()).code
    clicks = (stage.start_aadhaar(code, "200000000107") for _ in range(4))
    answers = await asyncio.gather(*clicks, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["CheckClosed"] * 3 + ["KycLink"]
    assert await stage.types() == ["ACTION_PERFORMED"]


async def test_a_double_click_on_the_last_check_ends_the_link_once(stage: Stage) -> None:
    code = (await stage.new_link("v-1", "Upi_verification")).code
    answers = await asyncio.gather(*(stage.desk.submit_upi(code, GOOD_UPI) for _ in range(6)), return_exceptions=True)
    assert sum(not isinstance(answer, Exception) for answer in answers) == 1
    assert all(isinstance(a, CheckClosed | LinkClosed) for a in answers if isinstance(a, Exception))
    assert await stage.types() == ["ACTION_PERFORMED", "SUCCESS"]


async def test_all_checks_at_once_make_one_event_each_and_one_success_at_the_end(stage: Stage) -> None:
    code = (await stage.new_link()).code
    await stage.start_aadhaar(code)
    await asyncio.gather(
        stage.desk.finish_aadhaar(code, AADHAAR_OTP),
        stage.desk.submit_pan(code, GOOD_PAN),
        stage.desk.submit_bank(code, *GOOD_BANK),
        stage.desk.submit_upi(code, GOOD_UPI),
    )
    assert await stage.types() == ["ACTION_PERFORMED"] * 4 + ["SUCCESS"]
    sequences = [row.sequence for row in await stage.ports.history.events(stage.merchant.id, _ANY, 0, 9)]
    assert sequences == [1, 2, 3, 4, 5]


async def test_what_is_told_is_what_the_store_holds(stage: Stage) -> None:
    code = (await stage.new_link()).code
    await stage.desk.submit_pan(code, BAD_PAN)
    link = await stage.desk.link(code)
    _, data = (await stage.events())[-1]
    assert [(d.type, d.status, d.reference_id) for d in data.verification_details] == [
        (check.type.value, check.status.value, check.reference_id) for check in link.checks
    ]


async def test_a_link_that_ends_while_the_source_thinks_expires_and_nothing_else_happens(stage: Stage) -> None:
    code = (await stage.new_link()).code
    pan = GatedPan(Fact(confirmed=True))
    desk = stage.desk_with(replace(stage.sources, pan=pan))
    submitting = asyncio.ensure_future(desk.submit_pan(code, GOOD_PAN))
    await pan.asked.get()
    stage.clock.advance(timedelta(days=40))
    pan.gate.set()
    with pytest.raises(LinkClosed):
        await submitting
    assert await stage.types() == ["EXPIRED"]
    assert the_check(await stage.desk.link(code), CheckType.PAN).status is CheckStatus.EXPIRED
