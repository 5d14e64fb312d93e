"""The tables of a KYC Link are total, and what they do not allow changes nothing."""

from copy import deepcopy

import pytest

from dastak.journeys.errors import IllegalSignal
from dastak.journeys.kyc_link.errors import CheckClosed, LinkClosed
from dastak.journeys.kyc_link.link import Check
from dastak.journeys.kyc_link.move import CHECK_TABLE, FORM_TABLE, move
from dastak.journeys.kyc_link.signal import CheckFailed, CheckPassed, Kind, LinkExpired, Signal
from dastak_sdk import CheckStatus, CheckType, FormStatus
from unit.journeys.people import AFTER, ALL_CHECKS, END, NOW, a_check, a_link, signals_for

OPEN = (CheckStatus.RECEIVED, CheckStatus.FAILED)


def test_every_check_status_has_a_row() -> None:
    assert set(CHECK_TABLE) == set(CheckStatus)


def test_every_form_status_has_a_row() -> None:
    assert set(FORM_TABLE) == set(FormStatus)


@pytest.mark.parametrize("status", [FormStatus.SUCCESS, FormStatus.EXPIRED])
def test_a_finished_form_has_an_empty_row(status: FormStatus) -> None:
    assert not FORM_TABLE[status]


def test_an_expired_check_has_an_empty_row_and_a_successful_one_only_stays_what_it_is() -> None:
    assert not CHECK_TABLE[CheckStatus.EXPIRED]
    assert CHECK_TABLE[CheckStatus.SUCCESS] == dict.fromkeys((Kind.EXPIRED, Kind.CANCELLED), CheckStatus.SUCCESS)


def test_an_unfinished_form_and_its_open_checks_take_every_kind_of_signal() -> None:
    assert set(FORM_TABLE[FormStatus.RECEIVED]) == set(Kind)
    assert all(set(CHECK_TABLE[status]) == set(Kind) for status in OPEN)


def test_no_check_can_leave_success() -> None:
    assert set(CHECK_TABLE[CheckStatus.SUCCESS].values()) == {CheckStatus.SUCCESS}


def test_only_a_pass_leads_to_success() -> None:
    leading = {kind for row in CHECK_TABLE.values() for kind, to in row.items() if to is CheckStatus.SUCCESS}
    ends = (Kind.EXPIRED, Kind.CANCELLED)
    assert leading == {Kind.PASSED, *ends}
    assert all(CHECK_TABLE[status][kind] is not CheckStatus.SUCCESS for status in OPEN for kind in ends)


@pytest.mark.parametrize("status", [FormStatus.SUCCESS, FormStatus.EXPIRED])
@pytest.mark.parametrize("signal", signals_for(CheckType.PAN), ids=lambda signal: signal.kind.value)
def test_a_finished_form_takes_no_signal_at_all(status: FormStatus, signal: Signal) -> None:
    link = a_link(status=status)
    before = deepcopy(link)
    for now in (NOW, AFTER):
        with pytest.raises(LinkClosed):
            move(link, signal, now)
    assert link == before


@pytest.mark.parametrize("status", [CheckStatus.SUCCESS, CheckStatus.EXPIRED])
@pytest.mark.parametrize("signal", signals_for(CheckType.PAN)[:4], ids=lambda signal: signal.kind.value)
def test_a_finished_check_refuses_every_signal_of_its_own(status: CheckStatus, signal: Signal) -> None:
    link = a_link(a_check(CheckType.PAN, status, run=5), Check(CheckType.UPI))
    before = deepcopy(link)
    with pytest.raises(CheckClosed):
        move(link, signal, NOW)
    assert link == before


@pytest.mark.parametrize("type_", ALL_CHECKS)
def test_a_check_that_is_not_on_the_link_is_refused(type_: CheckType) -> None:
    link = a_link(*(Check(other) for other in ALL_CHECKS if other is not type_))
    for signal in signals_for(type_)[:4]:
        with pytest.raises(CheckClosed):
            move(link, signal, NOW)


@pytest.mark.parametrize("signal", signals_for(CheckType.PAN)[:4], ids=lambda signal: signal.kind.value)
def test_a_check_without_a_try_left_is_refused(signal: Signal) -> None:
    link = a_link(Check(CheckType.PAN, CheckStatus.FAILED, reference_id=3, tries=5), max_tries=5)
    before = deepcopy(link)
    with pytest.raises(CheckClosed):
        move(link, signal, NOW)
    assert link == before


def test_the_clock_cannot_expire_a_link_early() -> None:
    link = a_link()
    before = deepcopy(link)
    with pytest.raises(IllegalSignal):
        move(link, LinkExpired(), END.replace(microsecond=0) - (AFTER - END))
    assert link == before


@pytest.mark.parametrize("signal", signals_for(CheckType.PAN)[:4], ids=lambda signal: signal.kind.value)
def test_from_its_last_instant_on_a_link_takes_the_clock_s_signal_only(signal: Signal) -> None:
    with pytest.raises(LinkClosed):
        move(a_link(), signal, END)
    assert move(a_link(), LinkExpired(), END).link.form_status is FormStatus.EXPIRED


@pytest.mark.parametrize("signal", signals_for(CheckType.PAN), ids=lambda signal: signal.kind.value)
def test_a_move_makes_a_new_link_and_leaves_the_old_one_alone(signal: Signal) -> None:
    link = a_link()
    before = deepcopy(link)
    moved = move(link, signal, END if signal.kind is Kind.EXPIRED else NOW)
    assert moved.link is not link
    assert link == before


def test_a_later_change_of_what_a_source_said_does_not_reach_the_link() -> None:
    kept = {"pan": "XXXXXX234D"}
    moved = move(a_link(), CheckPassed(CheckType.PAN, 1, kept), NOW)
    kept["pan"] = "ABCPV1234D"
    check = moved.link.check(CheckType.PAN)
    assert check is not None
    assert check.kept == {"pan": "XXXXXX234D"}


def test_a_pass_clears_the_reason_of_the_failure_before_it() -> None:
    failed = move(a_link(), CheckFailed(CheckType.PAN, 1, "not found"), NOW).link
    passed = move(failed, CheckPassed(CheckType.PAN, 2), NOW).link
    checks = [link.check(CheckType.PAN) for link in (failed, passed)]
    assert [check.reason for check in checks if check] == ["not found", ""]
