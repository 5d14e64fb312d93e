"""What one signal makes of a case, before it is numbered and told: the small words in which the phases speak. Pure.

In: a case and where it should stand. Out: a `Step`, for `move`.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dastak.journeys.video_kyc.call import CallEnd, CallSession
from dastak.journeys.video_kyc.checks import Precheck
from dastak.journeys.video_kyc.errors import StepClosed
from dastak.journeys.video_kyc.table import PRECHECK_PASSES
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak_sdk import SUB_STATUSES


@dataclass(frozen=True, slots=True)
class Step:
    """The case as it will be."""

    case: VideoKyc
    tells: bool = False
    """Whether the merchant hears of it, by the event of the new sub_status."""
    what: str | None = None
    """For the timeline, where the signal's kind says too little; empty: not worth a line."""
    is_repeat: bool = False
    """The same thing once more: nothing is written down."""


def repeat(case: VideoKyc) -> Step:
    """Nothing has changed."""
    return Step(case, is_repeat=True)


def stay(case: VideoKyc, **changes: Any) -> Step:
    """Something was learnt; the case stands where it stood, and nobody is told."""
    return Step(replace(case, **changes))


def aside(case: VideoKyc, **changes: Any) -> Step:
    """Something was learnt that is no part of the story."""
    return Step(replace(case, **changes), what="")


def tell(case: VideoKyc, sub_status: str, what: str | None = None, **changes: Any) -> Step:
    """The case stands at `sub_status` now, and the merchant hears of it."""
    return Step(_at(case, sub_status, changes), tells=True, what=what)


def quietly(case: VideoKyc, sub_status: str, what: str | None = None, **changes: Any) -> Step:
    """The case stands at `sub_status` now; the merchant sees it when asking."""
    return Step(_at(case, sub_status, changes), what=what)


def stand_back(case: VideoKyc, what: str | None = None, **changes: Any) -> Step:
    """The case stands where its finished steps had brought it: nothing is repeated, nothing is told again."""
    after = replace(case, **changes)
    return Step(_at(after, standing(after), {}), what=what)


def standing(case: VideoKyc) -> str:
    """The sub_status that the finished steps of a case amount to, while nobody waits and nobody talks."""
    if case.schedule is not None:
        return "USER_MEETING_SCHEDULED"
    checks = (Precheck.DEVICE, Precheck.LOCATION, Precheck.IP)
    passed = next((check for check in checks if case.prechecks.passed_at(check)), None)
    if passed is not None:
        return PRECHECK_PASSES[passed]
    return "AADHAAR_VERIFICATION_SUCCESS" if case.aadhaar.done_at else "LINK_GENERATED"


def the_call(case: VideoKyc, call_id: str) -> CallSession:
    """The call under way, if it is that one. Raises `StepClosed`."""
    if case.call is None or case.call.id != call_id:
        raise StepClosed("that call is over")
    return case.call


def with_call(case: VideoKyc, **changes: Any) -> tuple[CallSession, ...]:
    """The calls, the latest one changed."""
    return (*case.calls[:-1], replace(case.calls[-1], **changes))


def hung_up(case: VideoKyc, end: CallEnd, now: datetime) -> tuple[CallSession, ...]:
    """The calls, the one under way ended; unchanged when there is none."""
    if case.call is None:
        return case.calls
    return with_call(case, ended_at=now, end=end, customer_away_since=None, agent_away_since=None)


def _at(case: VideoKyc, sub_status: str, changes: dict[str, Any]) -> VideoKyc:
    return replace(case, sub_status=sub_status, status=SUB_STATUSES[sub_status].status, **changes)
