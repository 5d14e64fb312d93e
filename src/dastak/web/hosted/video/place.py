"""Which page a Video KYC deserves. Pure.

In: the case, the time, and where the customer wants to go. Out: exactly one page. `front` shows it; `live` tells open
pages when it is another one.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

from dastak.journeys.video_kyc.before_call import missing_for_call
from dastak.journeys.video_kyc.clock import is_in_slot
from dastak.journeys.video_kyc.signal import Kind
from dastak.journeys.video_kyc.table import PRECHECK_FAILURES, STAGES, Stage
from dastak.journeys.video_kyc.video_kyc import VideoKyc


class Page(StrEnum):
    """Every page of a customer inside, by the name of its template."""

    CONSENT = "consent"
    DETAILS = "details"
    AADHAAR = "aadhaar"
    AADHAAR_OTP = "aadhaar_otp"
    AADHAAR_STUCK = "aadhaar_stuck"
    READY = "ready"
    SLOTS = "slots"
    BOOKED = "booked"
    CHECKS = "checks"
    CHECK_FAILED = "check_failed"
    JOIN = "join"
    QUEUE = "queue"
    NO_AGENT = "no_agent"
    CALL = "call"
    REJOIN = "rejoin"
    DONE = "done"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class Wish(StrEnum):
    """Where a customer wants to go, as `?step=` says it; granted where the case allows it."""

    CHECKS = "checks"
    SCHEDULE = "schedule"


CLOSED = frozenset({Page.DONE, Page.EXPIRED, Page.CANCELLED})
"""Pages on which nothing can be done; they show nothing of the customer."""

_BY_STAGE: Mapping[Stage, Page] = {
    Stage.WAITING: Page.QUEUE,
    Stage.ASSIGNED: Page.CALL,
    Stage.IN_CALL: Page.CALL,
    Stage.DECIDED: Page.DONE,
    Stage.REVIEWED: Page.DONE,
}
"""Stages that have one page whatever was done and wished."""


def _aadhaar(case: VideoKyc) -> Page:
    if case.aadhaar.tries >= case.max_tries:
        return Page.AADHAAR_STUCK
    return Page.AADHAAR_OTP if case.aadhaar.session else Page.AADHAAR


_STEPS: Mapping[str, Callable[[VideoKyc], Page]] = {
    "consent": lambda _: Page.CONSENT,
    "details": lambda _: Page.DETAILS,
    "aadhaar": _aadhaar,
}
"""The first thing that is missing → its page."""


def place(case: VideoKyc, now: datetime, wish: str = "") -> Page:
    """The page for a customer who is inside. A wish that is none, or that the case does not allow, is not granted."""
    stage = STAGES[case.sub_status]
    if stage is Stage.EXPIRED:
        return Page.CANCELLED if was_cancelled(case) else Page.EXPIRED
    if stage in _BY_STAGE:
        return _BY_STAGE[stage]
    missing = missing_for_call(case, now)
    if missing and missing[0] in _STEPS:
        return _STEPS[missing[0]](case)
    if wish == Wish.SCHEDULE:
        return Page.SLOTS
    if wish == Wish.CHECKS:
        return Page.CHECKS if missing else Page.JOIN
    return _between(case, stage, now, is_ready=not missing)


def was_cancelled(case: VideoKyc) -> bool:
    """Whether the merchant ended the case, and not the clock."""
    return any(entry.what == Kind.CANCELLED.value for entry in case.timeline)


def _between(case: VideoKyc, stage: Stage, now: datetime, *, is_ready: bool) -> Page:
    """The steps are done, nobody waits and nobody talks: what comes next, or what went wrong last."""
    if case.sub_status in PRECHECK_FAILURES:
        return Page.CHECK_FAILED
    if stage is Stage.DROPPED:
        return Page.REJOIN
    if case.schedule is not None and not (is_ready and is_in_slot(case.schedule, now)):
        return Page.BOOKED
    if case.sub_status == "NO_AGENT_FOUND":
        return Page.NO_AGENT
    return Page.JOIN if is_ready else Page.READY
