"""What the clock does to a case whose time has come: every waiting state has a way out here. Pure; called by `move`.

In: a case and what is due (`clock.next_due`). Out: a `Step`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from dastak.journeys.video_kyc.call import CallEnd
from dastak.journeys.video_kyc.clock import Due
from dastak.journeys.video_kyc.in_call import agent_lost, customer_absent, drop_off
from dastak.journeys.video_kyc.step import Step, hung_up, quietly, stand_back, tell
from dastak.journeys.video_kyc.video_kyc import VideoKyc


def time_up(case: VideoKyc, due: Due, now: datetime) -> Step:
    """Do what is due."""
    return replace(_ACTS[due](case, now), what=due.value)


def end(case: VideoKyc, now: datetime, what: str | None = None) -> Step:
    """The link can no longer be used, and whatever was under way is over."""
    calls = hung_up(case, CallEnd.CANCELLED, now)
    aadhaar = replace(case.aadhaar, session=None)
    return tell(case, "VKYC_EXPIRED", what, calls=calls, aadhaar=aadhaar, queue=None, schedule=None, otp=None)


def _aadhaar_expired(case: VideoKyc, _: datetime) -> Step:
    return tell(case, "AADHAAR_VERIFICATION_EXPIRED", aadhaar=replace(case.aadhaar, session=None))


def _reminder(case: VideoKyc, now: datetime) -> Step:
    schedule = case.schedule
    return Step(replace(case, schedule=replace(schedule, reminded_at=now) if schedule else None))


def _no_show(case: VideoKyc, _: datetime) -> Step:
    if case.sub_status == "USER_MEETING_SCHEDULED":
        return stand_back(case, schedule=None)
    return Step(replace(case, schedule=None))


def _no_agent(case: VideoKyc, _: datetime) -> Step:
    return quietly(case, "NO_AGENT_FOUND", queue=None, schedule=None)


_ACTS: Mapping[Due, Callable[[VideoKyc, datetime], Step]] = {
    Due.EXPIRED: end,
    Due.REVIEW_OVERDUE: end,
    Due.AADHAAR_EXPIRED: _aadhaar_expired,
    Due.REMINDER: _reminder,
    Due.NO_SHOW: _no_show,
    Due.NO_AGENT: _no_agent,
    Due.CUSTOMER_ABSENT: customer_absent,
    Due.AGENT_ABSENT: agent_lost,
    Due.CUSTOMER_GONE: lambda case, now: drop_off(case, CallEnd.CUSTOMER_LEFT, now),
    Due.AGENT_GONE: agent_lost,
    Due.CALL_TOO_LONG: lambda case, now: drop_off(case, CallEnd.TOO_LONG, now),
}
