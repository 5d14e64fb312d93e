"""The customer's way to the call: Aadhaar, prechecks, booking, queue. Pure; called by `move`.

In: a case, one of the customer's signals, the time. Out: a `Step`, or an error and nothing has changed.
Rules: contract.md §1.2 and §1.3; a precheck that fails the same way twice in a row is told once.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from dastak.journeys.video_kyc.checks import AadhaarStep, DeviceFacts, IpFacts, Location, Precheck, Prechecks
from dastak.journeys.video_kyc.clock import PRECHECK_LIFE, REMIND_BEFORE, SLOT, is_in_slot
from dastak.journeys.video_kyc.errors import NotReady, SlotUnavailable, StepClosed
from dastak.journeys.video_kyc.signal import (
    AadhaarAbandoned,
    AadhaarFailed,
    AadhaarPassed,
    AadhaarStarted,
    Booked,
    Consented,
    CustomerSignal,
    Detailed,
    LeftQueue,
    PrecheckFailed,
    PrecheckPassed,
    Queued,
    Unbooked,
)
from dastak.journeys.video_kyc.step import Step, aside, quietly, repeat, stand_back, stay, tell
from dastak.journeys.video_kyc.table import PRECHECK_FAILURES, PRECHECK_PASSES, STAGES, Stage
from dastak.journeys.video_kyc.template import USER_TEMPLATES
from dastak.journeys.video_kyc.template import Step as CustomerStep
from dastak.journeys.video_kyc.video_kyc import Priority, QueueEntry, Schedule, VideoKyc


def before_call(case: VideoKyc, signal: CustomerSignal, now: datetime) -> Step:  # noqa: PLR0911 - a line per signal
    """Answer one of the customer's signals."""
    match signal:
        case Consented():
            return repeat(case) if case.consented_at else stay(case, consented_at=now)
        case Detailed(details=details):
            return repeat(case) if dict(case.details) == dict(details) else stay(case, details=dict(details))
        case AadhaarStarted() | AadhaarAbandoned() | AadhaarPassed() | AadhaarFailed():
            return _aadhaar(case, signal, now)
        case PrecheckPassed(facts=facts):
            return _passed(case, facts)
        case PrecheckFailed():
            return _failed(case, signal)
        case Booked(at=at):
            return _book(case, at, now)
        case Unbooked():
            return _unbook(case)
        case Queued():
            return _queue(case, now)
        case LeftQueue():
            return stand_back(case, queue=None)


def missing_for_call(case: VideoKyc, now: datetime) -> tuple[str, ...]:
    """What the customer must still do before joining the queue, in order; empty when ready."""
    asks_details = CustomerStep.DETAILS in USER_TEMPLATES[case.user_template].steps
    open_: list[tuple[str, bool]] = [
        ("consent", case.consented_at is None),
        ("details", asks_details and not case.details),
        ("aadhaar", not case.aadhaar.is_done),
        *((check.value, _is_stale(case.prechecks.passed_at(check), now)) for check in Precheck),
    ]
    return tuple(name for name, is_missing in open_ if is_missing)


def is_slot(at: datetime) -> bool:
    """Whether a slot can begin then: on the quarter of an hour."""
    return (at.timestamp() % SLOT.total_seconds()) == 0


def _is_stale(passed_at: datetime | None, now: datetime) -> bool:
    return passed_at is None or now - passed_at >= PRECHECK_LIFE


def _aadhaar(
    case: VideoKyc, signal: AadhaarStarted | AadhaarAbandoned | AadhaarPassed | AadhaarFailed, now: datetime
) -> Step:
    step = case.aadhaar
    if step.is_done:
        raise StepClosed("Aadhaar is done")
    if step.tries >= case.max_tries:
        raise StepClosed("no Aadhaar try is left")
    without = replace(step, session=None)
    match signal:
        case AadhaarStarted(session=session):
            return stay(case, aadhaar=replace(step, session=session, starts=step.starts + 1))
        case AadhaarAbandoned():
            return repeat(case) if step.session is None else stay(case, aadhaar=without)
        case AadhaarPassed(kept=kept):
            done = AadhaarStep(done_at=now, tries=step.tries, starts=step.starts, kept=dict(kept))
            return tell(case, "AADHAAR_VERIFICATION_SUCCESS", aadhaar=done)
        case AadhaarFailed(reason=reason):
            failed = replace(without, tries=step.tries + 1, reason=reason)
            return tell(case, "AADHAAR_VERIFICATION_FAILED", aadhaar=failed)


def _passed(case: VideoKyc, facts: IpFacts | Location | DeviceFacts) -> Step:
    prechecks, check = _with(case.prechecks, facts)
    if case.prechecks.abroad and STAGES[case.sub_status] is Stage.IN_CALL and prechecks.abroad is None:
        return Step(replace(case, prechecks=prechecks), what="back_in_india")
    if STAGES[case.sub_status] in {Stage.WAITING, Stage.IN_CALL}:
        return aside(case, prechecks=prechecks)
    return quietly(case, PRECHECK_PASSES[check], prechecks=prechecks)


def _with(prechecks: Prechecks, facts: IpFacts | Location | DeviceFacts) -> tuple[Prechecks, Precheck]:
    match facts:
        case IpFacts():
            return replace(prechecks, ip=facts), Precheck.IP
        case Location():
            return replace(prechecks, location=facts, abroad=None), Precheck.LOCATION
        case DeviceFacts():
            return replace(prechecks, device=facts), Precheck.DEVICE


_VOID: dict[Precheck, Callable[[Prechecks], Prechecks]] = {
    Precheck.IP: lambda prechecks: replace(prechecks, ip=None),
    Precheck.LOCATION: lambda prechecks: replace(prechecks, location=None, abroad=None),
    Precheck.DEVICE: lambda prechecks: replace(prechecks, device=None),
}


def _failed(case: VideoKyc, signal: PrecheckFailed) -> Step:
    check, sub_status = signal.check, signal.sub_status
    if STAGES[case.sub_status] is Stage.IN_CALL:
        return _strayed(case, signal)
    if check not in PRECHECK_FAILURES.get(sub_status, ()):
        raise StepClosed(f"{check.value} cannot fail as {sub_status}")
    without = _VOID[check](case.prechecks)
    if case.sub_status == sub_status and case.prechecks == without:
        return repeat(case)
    return tell(case, sub_status, prechecks=without)


def _strayed(case: VideoKyc, signal: PrecheckFailed) -> Step:
    """In a call the place is said again and again; outside India it is kept, and stands in the way of an approval."""
    if signal.check is not Precheck.LOCATION:
        raise StepClosed(f"{signal.check.value} is not checked in a call")
    if signal.place is None:
        return repeat(case)
    prechecks = replace(case.prechecks, abroad=signal.place)
    if case.prechecks.abroad is not None:
        return aside(case, prechecks=prechecks)
    return Step(replace(case, prechecks=prechecks), what="outside_india")


def _book(case: VideoKyc, at: datetime, now: datetime) -> Step:
    if not is_slot(at) or at <= now or at + SLOT > case.expires_at:
        raise SlotUnavailable("choose a slot that is to come, and ends while the link lives")
    if case.schedule is not None and case.schedule.at == at and case.sub_status == "USER_MEETING_SCHEDULED":
        return repeat(case)
    is_near = at - now <= REMIND_BEFORE + timedelta(minutes=1)
    return tell(case, "USER_MEETING_SCHEDULED", schedule=Schedule(at, now if is_near else None), queue=None)


def _unbook(case: VideoKyc) -> Step:
    if case.schedule is None:
        return repeat(case)
    if case.sub_status == "USER_MEETING_SCHEDULED":
        return stand_back(case, schedule=None)
    return stay(case, schedule=None)


def _queue(case: VideoKyc, now: datetime) -> Step:
    if STAGES[case.sub_status] is Stage.WAITING:
        return repeat(case)
    missing = missing_for_call(case, now)
    if missing:
        raise NotReady(missing)
    if is_in_slot(case.schedule, now):
        return tell(case, "SCHEDULED_USER_QUEUED", queue=QueueEntry(Priority.AHEAD, now))
    is_back = STAGES[case.sub_status] is Stage.DROPPED
    entry = QueueEntry(Priority.AHEAD if is_back else Priority.ORDINARY, now)
    return tell(case, "USER_QUEUED", queue=entry, schedule=None)
