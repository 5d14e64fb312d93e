"""The journey of a KYC Link as a table, and the pure move that reads it.

In: a link, a signal and the time. Out: the next link and what happened, in order. No I/O, no clock, no chance here.
Called by `moving`, which commits the result in one transaction.

Sources: seed 002 (the three events and their samples); contract.md §7 rulings 30-33.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from dastak.journeys.errors import IllegalSignal
from dastak.journeys.kyc_link.errors import CheckClosed, LinkClosed
from dastak.journeys.kyc_link.link import Check, KycLink
from dastak.journeys.kyc_link.signal import (
    AadhaarStarted,
    CheckFailed,
    CheckPassed,
    CheckSignal,
    EndSignal,
    Kind,
    LinkCancelled,
    LinkExpired,
    Signal,
)
from dastak_sdk import CheckStatus, EventType, FormStatus, KycLinkData, VerificationDetail

CHECK_TABLE: Mapping[CheckStatus, Mapping[Kind, CheckStatus]] = {
    CheckStatus.RECEIVED: {
        Kind.STARTED: CheckStatus.RECEIVED,
        Kind.ABANDONED: CheckStatus.RECEIVED,
        Kind.PASSED: CheckStatus.SUCCESS,
        Kind.FAILED: CheckStatus.FAILED,
        Kind.EXPIRED: CheckStatus.EXPIRED,
        Kind.CANCELLED: CheckStatus.EXPIRED,
    },
    CheckStatus.FAILED: {
        Kind.STARTED: CheckStatus.FAILED,
        Kind.ABANDONED: CheckStatus.FAILED,
        Kind.PASSED: CheckStatus.SUCCESS,
        Kind.FAILED: CheckStatus.FAILED,
        Kind.EXPIRED: CheckStatus.FAILED,  # ruling 32: a failed check stays failed
        Kind.CANCELLED: CheckStatus.FAILED,
    },
    CheckStatus.SUCCESS: {
        Kind.EXPIRED: CheckStatus.SUCCESS,
        Kind.CANCELLED: CheckStatus.SUCCESS,
    },
    CheckStatus.EXPIRED: {},
}
"""check status x signal → check status. A pair that is not here is illegal."""

FORM_TABLE: Mapping[FormStatus, Mapping[Kind, FormStatus]] = {
    FormStatus.RECEIVED: {
        Kind.STARTED: FormStatus.RECEIVED,
        Kind.ABANDONED: FormStatus.RECEIVED,
        Kind.PASSED: FormStatus.RECEIVED,  # and on to SUCCESS when it was the last: `_finish`
        Kind.FAILED: FormStatus.RECEIVED,
        Kind.EXPIRED: FormStatus.EXPIRED,
        Kind.CANCELLED: FormStatus.EXPIRED,  # told as KYC_LINK_EXPIRED: the contract has no other word for it
    },
    FormStatus.SUCCESS: {},
    FormStatus.EXPIRED: {},
}
"""form status x signal → form status. Finished forms take no signal at all."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the journey, before it is turned into bytes."""

    type: EventType
    sequence: int
    at: datetime
    data: KycLinkData


@dataclass(frozen=True, slots=True)
class Moved:
    """The next link, and what the merchant must hear, in this order."""

    link: KycLink
    happenings: tuple[Happening, ...] = ()


def move(link: KycLink, signal: Signal, now: datetime) -> Moved:
    """Answer a signal with the next link and its events.

    Args:
        link: the journey as it stands; never changed.
        signal: what happened.
        now: aware UTC time of the signal.

    Raises:
        LinkClosed: the form is finished, or its time is over and the signal is not the clock's.
        CheckClosed: the check is finished, not on this link, or out of tries.
        IllegalSignal: the clock's signal came early.
    """
    if signal.kind not in FORM_TABLE[link.form_status]:
        raise LinkClosed(f"the link is {link.form_status.value}")
    if isinstance(signal, LinkExpired | LinkCancelled):
        return _end(link, signal, now)
    if now >= link.expires_at:
        raise LinkClosed("the link's time is over")
    check = _check_for(link, signal)
    after = replace(_with(link, _checked(check, signal)), form_status=FORM_TABLE[link.form_status][signal.kind])
    if signal.kind in {Kind.STARTED, Kind.ABANDONED}:
        return Moved(after)
    return _finish(_happen(after, EventType.KYC_LINK_ACTION_PERFORMED, now, ()), now)


def payload(link: KycLink) -> KycLinkData:
    """The `data` of a webhook for this link (seed 002, key order included)."""
    return KycLinkData(
        name=link.name,
        phone=link.phone,
        email=link.email,
        verification_id=link.verification_id,
        reference_id=link.reference_id,
        link_expiry=link.link_expiry.isoformat(),
        form_link=link.form_link,
        form_status=link.form_status.value,
        verification_details=tuple(
            VerificationDetail(reference_id=check.reference_id, type=check.type.value, status=check.status.value)
            for check in link.checks
        ),
    )


def _end(link: KycLink, signal: EndSignal, now: datetime) -> Moved:
    if isinstance(signal, LinkExpired) and now < link.expires_at:
        raise IllegalSignal(f"the link lives until {link.expires_at.isoformat()}")
    checks = tuple(replace(check, status=CHECK_TABLE[check.status][signal.kind], aadhaar=None) for check in link.checks)
    after = replace(link, checks=checks, form_status=FORM_TABLE[link.form_status][signal.kind])
    return _happen(after, EventType.KYC_LINK_EXPIRED, now, ())


def _check_for(link: KycLink, signal: CheckSignal) -> Check:
    check = link.check(signal.type)
    if check is None:
        raise CheckClosed(f"this link does not ask for {signal.type.value}")
    if signal.kind not in CHECK_TABLE[check.status]:
        raise CheckClosed(f"{signal.type.value} is already {check.status.value}")
    if link.tries_left(check) == 0:
        raise CheckClosed(f"{signal.type.value} has no try left")
    return check


def _checked(check: Check, signal: CheckSignal) -> Check:
    after = replace(check, status=CHECK_TABLE[check.status][signal.kind], aadhaar=None)
    match signal:
        case AadhaarStarted(session=session):
            return replace(after, aadhaar=session, starts=check.starts + 1)
        case CheckPassed(reference_id=reference_id, kept=kept):
            return replace(after, reference_id=reference_id, tries=check.tries + 1, reason="", kept=dict(kept))
        case CheckFailed(reference_id=reference_id, reason=reason):
            return replace(after, reference_id=reference_id, tries=check.tries + 1, reason=reason)
        case _:
            return after


def _with(link: KycLink, after: Check) -> KycLink:
    return replace(link, checks=tuple(after if check.type is after.type else check for check in link.checks))


def _finish(moved: Moved, now: datetime) -> Moved:
    """Add KYC_LINK_SUCCESS, after the last check's own event (ruling 33)."""
    if any(check.status is not CheckStatus.SUCCESS for check in moved.link.checks):
        return moved
    done = replace(moved.link, form_status=FormStatus.SUCCESS)
    return _happen(done, EventType.KYC_LINK_SUCCESS, now, moved.happenings)


def _happen(link: KycLink, type_: EventType, now: datetime, before: tuple[Happening, ...]) -> Moved:
    after = replace(link, sequence=link.sequence + 1)
    return Moved(after, (*before, Happening(type_, after.sequence, now, payload(after))))
