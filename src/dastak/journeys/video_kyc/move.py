"""The pure move of a Video KYC: case, signal, time → next case and the event that tells of it.

In: a case, a signal and the time. Out: the next case and what happened. No I/O, no clock, no chance here. Called by
`moving`, which commits the result in one transaction. The table stands in `table.py`; each phase answers its own
signals (`before_call`, `in_call`, `after_call`, `time_up`).

Sources: seed 000 (the ten events, their fields and which of these are null when); contract.md §1.2-1.4, §7 rulings
20-22.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from dastak.journeys.errors import IllegalSignal, JourneyError
from dastak.journeys.video_kyc.after_call import review, write_down
from dastak.journeys.video_kyc.before_call import before_call, missing_for_call
from dastak.journeys.video_kyc.clock import next_due
from dastak.journeys.video_kyc.errors import AlreadyDecided, CaseClosed, NotReady, NotWaiting, StepClosed
from dastak.journeys.video_kyc.in_call import decide, in_room, interview
from dastak.journeys.video_kyc.signal import (
    Accepted,
    AgentDecided,
    AuditorDecided,
    Away,
    Booked,
    Cancelled,
    Composed,
    Examined,
    Joined,
    Kind,
    LeftCall,
    LivenessJudged,
    LivenessMade,
    Noted,
    QuestionJudged,
    Queued,
    Recorded,
    Released,
    Signal,
    StillTaken,
    TimeUp,
    Unbooked,
)
from dastak.journeys.video_kyc.step import Step
from dastak.journeys.video_kyc.table import EVENTS, FINAL, STAGES, TABLE, Stage
from dastak.journeys.video_kyc.time_up import end, time_up
from dastak.journeys.video_kyc.video_kyc import TimelineEntry, VideoKyc
from dastak_sdk import EventType, VideoKycData

LONGEST_TIMELINE = 400
"""Lines; of a longer story, the middle is left out."""

_ALWAYS = frozenset({Kind.TIME_UP, Kind.RECORDED, Kind.COMPOSED, Kind.EXAMINED})
"""What may come after the link's end."""
_ROOM_STAGES = frozenset({Stage.ASSIGNED, Stage.IN_CALL, Stage.DECIDED})
"""What is under way when the link ends is not cut off."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the journey, before it is turned into bytes."""

    type: EventType
    sequence: int
    at: datetime
    data: VideoKycData


@dataclass(frozen=True, slots=True)
class Moved:
    """The next case, and what the merchant must hear."""

    case: VideoKyc
    happenings: tuple[Happening, ...] = ()


def begin(case: VideoKyc, now: datetime) -> Moved:
    """A case that was just made, with VKYC_USER_LINK_GENERATED."""
    return _moved(case, Step(case, tells=True), "link_generated", "merchant", now)


def move(case: VideoKyc, signal: Signal, now: datetime) -> Moved:
    """Answer a signal with the next case and its event.

    Args:
        case: the journey as it stands; never changed.
        signal: what happened.
        now: aware UTC time of the signal.

    Raises:
        CaseClosed: the case is over, or its link has ended.
        AlreadyDecided: the agent, or the auditor, has decided before.
        NotWaiting: an agent accepts somebody who does not wait.
        StepClosed: the customer, or an operator, is late: that step is past.
        IllegalSignal: the clock came too early.
        JourneyError: what the phases raise; `NotReady`, `NotYours`, `AuditorIsAgent`, `SlotUnavailable`.
    """
    stage = STAGES[case.sub_status]
    if signal.kind not in TABLE[stage]:
        raise _refusal(case, stage, signal, now)
    if now >= case.expires_at and signal.kind not in _ALWAYS and stage not in _ROOM_STAGES:
        raise CaseClosed("the link has expired")
    step = _answer(case, signal, now)
    if step.is_repeat:
        return Moved(case)
    after = STAGES[step.case.sub_status]
    if after not in TABLE[stage][signal.kind]:
        raise IllegalSignal(f"{signal.kind.value} does not lead from {stage.value} to {after.value}")
    return _moved(case, step, signal.kind.value if step.what is None else step.what, _by(case, signal), now)


def noted(case: VideoKyc, what: str, by: str, now: datetime) -> VideoKyc:
    """The case with a line in its timeline, and nothing else."""
    return replace(case, timeline=_appended(case.timeline, TimelineEntry(now, what, case.sub_status, by)))


def payload(case: VideoKyc) -> VideoKycData:
    """The case as its events carry it; nulls by the field table of seed 000."""
    return VideoKycData(
        verification_id=case.verification_id,
        reference_id=case.reference_id,
        user_reference_id=case.user_reference_id,
        user_id=case.user_id,
        status=case.status.value,
        sub_status=case.sub_status,
        vkyc_link=case.vkyc_link,
        link_expiry=case.link_expiry.isoformat(),
        recording_link=case.recording.link if case.recording else None,
        meeting_schedule=_instant(case.schedule.at) if case.schedule else None,
        auditor_remarks=(case.auditor.remarks or case.auditor.reason or "") if case.auditor else None,
        agent_remarks=(case.agent.remarks or case.agent.reason or "") if case.agent else None,
    )


def _answer(case: VideoKyc, signal: Signal, now: datetime) -> Step:  # noqa: PLR0911 - a line per phase
    match signal:
        case TimeUp():
            due = next_due(case)
            if due is None or now < due[0]:
                raise IllegalSignal("nothing is due yet")
            return time_up(case, due[1], now)
        case Cancelled():
            return end(case, now)
        case Accepted() | Joined() | Away() | LeftCall() | Released():
            return in_room(case, signal, now)
        case QuestionJudged() | LivenessMade() | LivenessJudged() | StillTaken() | Noted():
            return interview(case, signal, now)
        case AgentDecided():
            return decide(case, signal, now)
        case AuditorDecided():
            return review(case, signal, now)
        case Recorded() | Composed() | Examined():
            return write_down(case, signal, now)
        case _:
            return before_call(case, signal, now)


def _refusal(case: VideoKyc, stage: Stage, signal: Signal, now: datetime) -> JourneyError:
    """The words for a pair that is not in the table."""
    if isinstance(signal, AuditorDecided) and case.auditor is not None:
        return AlreadyDecided("the case has been reviewed")
    if isinstance(signal, AgentDecided) and case.agent is not None:
        return AlreadyDecided("the call has been decided")
    if stage in FINAL:
        return CaseClosed(f"the case is {stage.value}")
    if isinstance(signal, Accepted):
        return NotWaiting("the customer is not waiting")
    if isinstance(signal, Queued) and stage is Stage.OPENED:
        return NotReady(missing_for_call(case, now))
    return StepClosed(f"a case that is {stage.value} takes no {signal.kind.value}")


def _moved(before: VideoKyc, step: Step, what: str, by: str, now: datetime) -> Moved:
    case = step.case
    timeline = _appended(before.timeline, TimelineEntry(now, what, case.sub_status, by)) if what else before.timeline
    due = next_due(case)
    case = replace(
        case,
        due_at=due[0] if due else None,
        timeline=timeline,
        sequence=case.sequence + (1 if step.tells else 0),
    )
    if not step.tells:
        return Moved(case)
    return Moved(case, (Happening(EVENTS[case.sub_status], case.sequence, now, payload(case)),))


def _appended(timeline: tuple[TimelineEntry, ...], entry: TimelineEntry) -> tuple[TimelineEntry, ...]:
    half = LONGEST_TIMELINE // 2
    kept = timeline if len(timeline) < LONGEST_TIMELINE else (*timeline[:half], *timeline[1 - half :])
    return (*kept, entry)


def _by(case: VideoKyc, signal: Signal) -> str:  # noqa: PLR0911 - a line per kind of person
    match signal:
        case Booked(by=by) | Unbooked(by=by):
            return by
        case Cancelled():
            return "merchant"
        case TimeUp() | Recorded() | Composed() | Examined():
            return "clock" if isinstance(signal, TimeUp) else "server"
        case Accepted(agent_id=operator) | AgentDecided(agent_id=operator) | AuditorDecided(auditor_id=operator):
            return operator
        case Joined(party=party) | Away(party=party):
            return party.value
        case QuestionJudged() | LivenessMade() | LivenessJudged() | StillTaken() | Noted() | Released():
            return case.live_agent_id or ""
        case _:
            return "customer"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
