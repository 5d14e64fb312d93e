"""Values for journey tests: a link, its checks, and times around its last day."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from dastak.journeys.calendar import end_of
from dastak.journeys.facts import AadhaarSession
from dastak.journeys.kyc_link.link import Check, KycLink
from dastak.journeys.kyc_link.signal import (
    AadhaarAbandoned,
    AadhaarStarted,
    CheckFailed,
    CheckPassed,
    LinkCancelled,
    LinkExpired,
    Signal,
)
from dastak_sdk import CheckStatus, CheckType, FormStatus

NOW = datetime(2026, 1, 10, 9, 30, tzinfo=UTC)
LAST_DAY = date(2026, 1, 12)
END = end_of(LAST_DAY)
AFTER = END + timedelta(seconds=1)
ALL_CHECKS = (CheckType.AADHAAR, CheckType.PAN, CheckType.BANK, CheckType.UPI)


def a_check(type_: CheckType = CheckType.PAN, status: CheckStatus = CheckStatus.RECEIVED, run: int = 0) -> Check:
    """A check as it stands after its latest run; `run` is that run's reference id."""
    return Check(type_, status, reference_id=run, tries=1 if run else 0)


def a_link(*checks: Check, status: FormStatus = FormStatus.RECEIVED, max_tries: int = 5) -> KycLink:
    """A link of these checks; of all four, untouched, when none is given."""
    return KycLink(
        merchant_id="mer_1",
        id="jrn_1",
        code="code1",
        verification_id="testverificationid",
        reference_id=235461,
        name="Test",
        phone="9999999999",
        email="test@cashfree.com",
        template_name="Full_kyc",
        checks=checks or tuple(Check(type_) for type_ in ALL_CHECKS),
        form_status=status,
        link_expiry=LAST_DAY,
        expires_at=END,
        created_at=NOW,
        form_link="https://forms.example.com/verification/code1",
        max_tries=max_tries,
    )


def a_session() -> AadhaarSession:
    return AadhaarSession("ref", "3712", NOW)


def signals_for(type_: CheckType) -> tuple[Signal, ...]:
    """One of each kind of signal, aimed at that check where a signal has an aim."""
    return (
        AadhaarStarted(a_session(), type_),
        AadhaarAbandoned(type_),
        CheckPassed(type_, 900, {"k": "v"}),
        CheckFailed(type_, 901, "Check it and try again."),
        LinkExpired(),
        LinkCancelled(),
    )


check_types = st.sampled_from(ALL_CHECKS)
templates = st.permutations(ALL_CHECKS).flatmap(lambda order: st.integers(1, 4).map(lambda n: tuple(order[:n])))
