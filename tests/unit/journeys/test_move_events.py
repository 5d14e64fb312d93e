"""What the merchant hears, and in which order: the rules of seed 002 and of contract.md §7 rulings 30-33."""

import json

from dastak.journeys.kyc_link.link import Check, KycLink
from dastak.journeys.kyc_link.move import Moved, move, payload
from dastak.journeys.kyc_link.signal import (
    AadhaarAbandoned,
    AadhaarStarted,
    CheckFailed,
    CheckPassed,
    LinkExpired,
    Signal,
)
from dastak_sdk import CheckStatus, CheckType, EventType, FormStatus, encode_event
from unit.journeys.people import AFTER, ALL_CHECKS, END, NOW, a_check, a_link, a_session

AADHAAR, PAN, BANK, UPI = ALL_CHECKS


def after(link: KycLink, *signals: Signal) -> Moved:
    """The last move of these."""
    moved = Moved(link)
    for signal in signals:
        moved = move(moved.link, signal, NOW)
    return moved


def details(moved: Moved, index: int = 0) -> list[tuple[int, str, str]]:
    found = moved.happenings[index].data.verification_details
    return [(detail.reference_id, detail.type, detail.status) for detail in found]


def types(moved: Moved) -> list[EventType]:
    return [happening.type for happening in moved.happenings]


def test_a_check_performed_with_success_is_one_event_and_the_form_stays_received() -> None:
    moved = after(a_link(), CheckPassed(AADHAAR, 234))
    assert types(moved) == [EventType.KYC_LINK_ACTION_PERFORMED]
    assert moved.happenings[0].data.form_status == "RECEIVED"
    assert details(moved) == [
        (234, "OFFLINE_AADHAAR_VERIFICATION", "SUCCESS"),
        (0, "PANDETAILS_VERIFICATION", "RECEIVED"),
        (0, "BANKDETAILS_VALIDATION", "RECEIVED"),
        (0, "UPIDETAILS_VALIDATION", "RECEIVED"),
    ]


def test_a_check_performed_without_success_is_an_event_too_and_the_form_stays_received() -> None:
    moved = after(a_link(), CheckFailed(PAN, 77, "no"))
    assert types(moved) == [EventType.KYC_LINK_ACTION_PERFORMED]
    assert moved.happenings[0].data.form_status == "RECEIVED"
    assert details(moved)[1] == (77, "PANDETAILS_VERIFICATION", "FAILED")


def test_a_failed_check_that_passes_later_shows_its_latest_run() -> None:
    moved = after(a_link(), CheckFailed(PAN, 77, "no"), CheckPassed(PAN, 78))
    assert details(moved)[1] == (78, "PANDETAILS_VERIFICATION", "SUCCESS")


def test_beginning_and_giving_up_an_aadhaar_session_is_no_event() -> None:
    assert not after(a_link(), AadhaarStarted(a_session())).happenings
    assert not after(a_link(), AadhaarStarted(a_session()), AadhaarAbandoned()).happenings


def test_the_last_success_is_its_own_event_first_and_then_the_link_s() -> None:
    three = (a_check(AADHAAR, CheckStatus.SUCCESS, 234), a_check(PAN, CheckStatus.SUCCESS, 235))
    moved = after(a_link(*three, a_check(BANK, CheckStatus.SUCCESS, 236), Check(UPI)), CheckPassed(UPI, 237))
    assert types(moved) == [EventType.KYC_LINK_ACTION_PERFORMED, EventType.KYC_LINK_SUCCESS]
    assert [happening.data.form_status for happening in moved.happenings] == ["RECEIVED", "SUCCESS"]
    assert [happening.sequence for happening in moved.happenings] == [1, 2]
    assert details(moved, 0) == details(moved, 1)
    assert details(moved, 1) == [
        (234, "OFFLINE_AADHAAR_VERIFICATION", "SUCCESS"),
        (235, "PANDETAILS_VERIFICATION", "SUCCESS"),
        (236, "BANKDETAILS_VALIDATION", "SUCCESS"),
        (237, "UPIDETAILS_VALIDATION", "SUCCESS"),
    ]


def test_the_checks_of_the_expired_event_stand_exactly_as_in_the_seed_s_sample() -> None:
    link = a_link(
        a_check(AADHAAR, CheckStatus.SUCCESS, 234), Check(PAN), a_check(BANK, CheckStatus.SUCCESS, 236), Check(UPI)
    )
    moved = move(link, LinkExpired(), AFTER)
    body = json.loads(encode_event(moved.happenings[0].type, AFTER, moved.happenings[0].data, client_secret="s"))
    assert body["event_type"] == "KYC_LINK_EXPIRED"
    assert body["data"]["form_status"] == "EXPIRED"
    assert body["data"]["verification_details"] == [
        {"reference_id": 234, "type": "OFFLINE_AADHAAR_VERIFICATION", "status": "SUCCESS"},
        {"reference_id": 0, "type": "PANDETAILS_VERIFICATION", "status": "EXPIRED"},
        {"reference_id": 236, "type": "BANKDETAILS_VALIDATION", "status": "SUCCESS"},
        {"reference_id": 0, "type": "UPIDETAILS_VALIDATION", "status": "EXPIRED"},
    ]


def test_a_failed_check_stays_failed_when_the_link_expires_and_keeps_its_run() -> None:
    moved = move(a_link(a_check(PAN, CheckStatus.FAILED, 77), Check(UPI)), LinkExpired(), END)
    assert details(moved) == [(77, "PANDETAILS_VERIFICATION", "FAILED"), (0, "UPIDETAILS_VALIDATION", "EXPIRED")]


def test_expiry_is_one_event_and_forgets_an_aadhaar_session_that_was_open() -> None:
    started = move(a_link(), AadhaarStarted(a_session()), NOW).link
    moved = move(started, LinkExpired(), END)
    assert types(moved) == [EventType.KYC_LINK_EXPIRED]
    assert all(check.aadhaar is None for check in moved.link.checks)


def test_the_data_of_an_event_has_the_seed_s_fields_in_the_seed_s_order() -> None:
    data = payload(a_link()).to_json()
    assert list(data) == [
        "name",
        "phone",
        "email",
        "verification_id",
        "reference_id",
        "link_expiry",
        "form_link",
        "form_status",
        "verification_details",
    ]
    assert list(data["verification_details"][0]) == ["reference_id", "type", "status"]
    assert (data["link_expiry"], data["reference_id"], data["phone"]) == ("2026-01-12", 235461, "9999999999")


def test_a_link_of_one_check_finishes_with_it() -> None:
    moved = after(a_link(Check(CheckType.UPI)), CheckPassed(UPI, 1))
    assert types(moved) == [EventType.KYC_LINK_ACTION_PERFORMED, EventType.KYC_LINK_SUCCESS]
    assert moved.link.form_status is FormStatus.SUCCESS
    assert moved.link.sequence == 2
