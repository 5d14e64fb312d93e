"""What customers can do with a Video KYC, step by step."""

from datetime import timedelta

import pytest

from dastak.journeys.calendar import end_of
from dastak.journeys.errors import ConsentMissing, OtpRefused
from dastak.journeys.facts import SourceUnavailable, SyntaxRefused
from dastak.journeys.video_kyc.errors import CaseClosed, CaseNotFound, NotReady, StepClosed
from dastak.journeys.video_kyc.precheck import DeviceReport, IpFinding
from unit.journeys.video_kyc.cases import AGENT, minutes
from unit.journeys.video_kyc.house import AADHAAR_OTP, DETAILS, GOOD_AADHAAR, MERCHANT, PHONE_OTP, PUNE, WORKING, House

CONSENT = "I agree that my Aadhaar is used."


@pytest.fixture
def house() -> House:
    return House()


async def test_the_whole_way_to_the_auditor_is_told_event_by_event(house: House) -> None:
    case = await house.new_case()
    desk, code = house.customer, case.code
    await desk.send_otp(code)
    await desk.confirm_otp(code, PHONE_OTP)
    await desk.consent(code, text="I agree.", client_ip="203.0.113.9")
    await desk.give_details(code, DETAILS)
    await desk.start_aadhaar(code, GOOD_AADHAAR, consent=True, consent_text=CONSENT, client_ip="203.0.113.9")
    case = await desk.finish_aadhaar(code, AADHAAR_OTP)
    assert case.aadhaar.kept["aadhaar_number"].endswith("3712")
    assert GOOD_AADHAAR not in repr(case)
    await desk.check_ip(code, "203.0.113.9")
    await desk.report_location(code, *PUNE)
    await desk.report_device(code, WORKING)
    await desk.join_queue(code)
    case = await house.agents.accept_next(MERCHANT, AGENT) or case
    await house.agents.join_call(MERCHANT, AGENT, case.id)
    await desk.join_call(code, case.calls[-1].id)
    await house.interviewed(case)
    await house.agents.approve(MERCHANT, AGENT, case.id, "Good to go")
    await house.auditors.approve(MERCHANT, "opr_auditor", case.id, "Looks Good")
    assert house.heard() == [
        ("LINK_GENERATED", "LINK_GENERATED"),
        ("AADHAAR_VERIFIED", "AADHAAR_VERIFICATION_SUCCESS"),
        ("CALL_QUEUED", "USER_QUEUED"),
        ("CALL_STARTED", "USER_ACCEPTED_MEETING"),
        ("CALL_COMPLETED", "AGENT_APPROVED"),
        ("AUDITOR_REVIEW_COMPLETED", "AUDITOR_APPROVED"),
    ]
    assert [event.sequence for event in house.cases.events] == [1, 2, 3, 4, 5, 6]
    assert [one.purpose for one in house.cases.consents] == ["video_kyc", "aadhaar"]


async def test_the_phone_otp_is_sent_by_sms_and_guessed_at_in_vain(house: House) -> None:
    case = await house.new_case()
    sent = await house.customer.send_otp(case.code)
    assert sent.sandbox_otp is None
    assert (house.cases.messages[-1].purpose, PHONE_OTP in house.cases.messages[-1].text) == ("otp", True)
    with pytest.raises(OtpRefused):
        await house.customer.confirm_otp(case.code, "000000")
    stored = await house.stored(case)
    assert stored.otp is not None
    assert stored.otp.wrong == 1
    assert PHONE_OTP not in repr(stored)


async def test_the_sandbox_shows_its_fixed_otp() -> None:
    house = House(shown_otp="123456")
    case = await house.new_case()
    assert (await house.customer.send_otp(case.code)).sandbox_otp == "123456"
    assert (await house.customer.confirm_otp(case.code, "123456")).otp is not None


@pytest.mark.parametrize("field", DETAILS)
async def test_details_are_asked_for_and_kept_to_their_choices(house: House, field: str) -> None:
    case = await house.new_case()
    for wrong in ("", " ", "x" * 101, "a\x00b"):
        with pytest.raises(SyntaxRefused) as refused:
            await house.customer.give_details(case.code, {**DETAILS, field: wrong})
        assert refused.value.field == field
    kept = await house.customer.give_details(case.code, {**DETAILS, "else": "not asked"})
    assert kept.details == DETAILS


async def test_aadhaar_needs_consent_and_a_number_that_can_be_right(house: House) -> None:
    case = await house.new_case()
    with pytest.raises(ConsentMissing):
        await house.customer.start_aadhaar(case.code, GOOD_AADHAAR, consent=False, consent_text="", client_ip="")
    with pytest.raises(SyntaxRefused):
        await house.customer.start_aadhaar(case.code, "12", consent=True, consent_text=CONSENT, client_ip="")
    with pytest.raises(StepClosed):
        await house.customer.finish_aadhaar(case.code, AADHAAR_OTP)
    assert house.heard() == [("LINK_GENERATED", "LINK_GENERATED")]


async def test_an_aadhaar_that_is_not_found_costs_a_try_and_a_source_that_is_away_costs_none(house: House) -> None:
    case = await house.new_case()

    async def start(number: str) -> None:
        await house.customer.start_aadhaar(case.code, number, consent=True, consent_text=CONSENT, client_ip="")

    await start("200000000107")
    with pytest.raises(SourceUnavailable):
        await start("200000000304")
    stored = await house.stored(case)
    assert (stored.aadhaar.tries, stored.sub_status) == (1, "AADHAAR_VERIFICATION_FAILED")
    await start("200000000107")
    await start("200000000107")
    with pytest.raises(StepClosed):
        await start(GOOD_AADHAAR)


async def test_another_number_can_be_used_while_a_code_is_on_its_way(house: House) -> None:
    case = await house.new_case()
    await house.customer.start_aadhaar(case.code, GOOD_AADHAAR, consent=True, consent_text=CONSENT, client_ip="")
    after = await house.customer.cancel_aadhaar(case.code)
    assert (after.aadhaar.session, after.aadhaar.tries) == (None, 0)


@pytest.mark.parametrize(
    ("finding", "sub_status"),
    [
        (IpFinding("IN", is_proxy=False), "USER_IP_VERIFICATION_SUCCESSFUL"),
        (IpFinding("IN", is_proxy=True), "USER_PROXY_DETECTED"),
        (IpFinding("NL", is_proxy=False), "USER_LOCATION_OUTSIDE_INDIA"),
        (IpFinding("", is_proxy=False), "TECHNICAL_FAILURE"),
        (None, "TECHNICAL_FAILURE"),
    ],
)
async def test_the_address_is_judged(house: House, finding: IpFinding | None, sub_status: str) -> None:
    case = await house.new_case(given=True)
    house.addresses.finding = finding
    assert (await house.customer.check_ip(case.code, "203.0.113.9")).sub_status == sub_status


@pytest.mark.parametrize(
    ("report", "sub_status"),
    [
        (WORKING, "USER_DEVICE_CHECK_SUCCESS"),
        (DeviceReport(camera=False, microphone=True), "USER_VIDEO_CHECK_FAILED"),
        (DeviceReport(camera=True, microphone=False), "USER_AUDIO_CHECK_FAILED"),
        (DeviceReport(camera=True, microphone=True, round_trip_ms=5000), "TECHNICAL_FAILURE"),
        (DeviceReport(camera=True, microphone=True, kbit_per_second=20), "TECHNICAL_FAILURE"),
        (DeviceReport(camera=True, microphone=True), "USER_DEVICE_CHECK_SUCCESS"),
    ],
)
async def test_the_device_is_judged(house: House, report: DeviceReport, sub_status: str) -> None:
    case = await house.new_case(given=True)
    assert (await house.customer.report_device(case.code, report)).sub_status == sub_status


async def test_a_location_that_is_not_shared_is_told(house: House) -> None:
    case = await house.new_case(given=True)
    await house.customer.refuse_location(case.code)
    assert house.heard()[-1] == ("PRECHECK_FAILED", "USER_LOCATION_PERMISSION_DISABLED")


async def test_the_queue_takes_only_who_is_ready(house: House) -> None:
    case = await house.new_case(given=True)
    with pytest.raises(NotReady) as refused:
        await house.customer.join_queue(case.code)
    assert refused.value.missing == ("consent", "details", "ip", "location", "device")


async def test_the_place_in_the_queue_is_by_coming_and_the_estimate_is_honest(house: House) -> None:
    first = await house.waiting("v-1")
    house.clock.advance(timedelta(seconds=5))
    second = await house.waiting("v-2")
    standing = await house.customer.standing(second.code)
    assert standing is not None
    assert (standing.position, standing.agents_online) == (2, 1)
    assert (standing.at_least, standing.at_most) == (minutes(6), minutes(12))
    house.roster.who.clear()
    standing = await house.customer.standing(first.code)
    assert standing is not None
    assert (standing.position, standing.at_least, standing.at_most) == (1, None, None)
    await house.customer.leave_queue(first.code)
    assert await house.customer.standing(first.code) is None
    standing = await house.customer.standing(second.code)
    assert standing is not None
    assert standing.position == 1


async def test_leaving_a_queue_that_one_is_not_in_does_nothing(house: House) -> None:
    case = await house.in_call()
    assert (await house.customer.leave_queue(case.code)).sub_status == "USER_ACCEPTED_MEETING"


async def test_who_drops_off_rejoins_from_the_queue_and_keeps_everything(house: House) -> None:
    case = await house.in_call()
    await house.agents.judge_question(MERCHANT, AGENT, case.id, 1, passed=True)
    await house.customer.leave_call(case.code, case.calls[-1].id)
    assert await house.agents.current(MERCHANT, AGENT) is None
    await house.customer.join_queue(case.code)
    again = await house.agents.accept_next(MERCHANT, AGENT)
    assert again is not None
    assert again.id == case.id
    assert again.questions[0].passed is True
    assert [event for event, _ in house.heard()][-3:] == ["CALL_STARTED", "DROPOFF_FROM_CALL", "CALL_QUEUED"]
    with pytest.raises(StepClosed):
        await house.customer.join_call(case.code, case.calls[-1].id)


async def test_a_lost_connection_is_a_drop_off_only_after_the_grace(house: House) -> None:
    case = await house.in_call()
    call_id = case.calls[-1].id
    await house.customer.lose_call(case.code, call_id)
    house.clock.advance(timedelta(seconds=10))
    assert (await house.customer.join_call(case.code, call_id)).sub_status == "USER_ACCEPTED_MEETING"
    await house.customer.lose_call(case.code, call_id)
    house.clock.advance(timedelta(seconds=20))
    assert await house.sweeper.sweep() == 1
    assert house.heard()[-1] == ("DROPOFF_FROM_CALL", "USER_DROPPED_OFF")


async def test_whoever_opens_an_ended_link_first_makes_it_end(house: House) -> None:
    case = await house.new_case()
    house.clock.now = end_of(case.link_expiry)
    assert (await house.customer.case(case.code)).sub_status == "VKYC_EXPIRED"
    assert (await house.customer.case(case.code)).sub_status == "VKYC_EXPIRED"
    assert house.heard().count(("LINK_EXPIRED", "VKYC_EXPIRED")) == 1
    with pytest.raises(CaseClosed):
        await house.customer.send_otp(case.code)


async def test_there_is_nothing_behind_a_code_that_nobody_gave_out(house: House) -> None:
    with pytest.raises(CaseNotFound):
        await house.customer.case("nothing")
