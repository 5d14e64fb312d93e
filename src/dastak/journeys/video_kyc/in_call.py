"""The call: accepted, joined, lost and found again, the agent's work and decision. Pure; called by `move`.

In: a case, a signal of the room or of the agent, the time. Out: a `Step`, or an error and nothing has changed.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from dastak.journeys.video_kyc.call import CallEnd, CallSession, Party
from dastak.journeys.video_kyc.errors import NotReady, NotYours, StepClosed
from dastak.journeys.video_kyc.interview import Decision, Recording
from dastak.journeys.video_kyc.signal import (
    Accepted,
    AgentDecided,
    Away,
    CallSignal,
    InterviewSignal,
    Joined,
    LeftCall,
    LivenessJudged,
    LivenessMade,
    Noted,
    QuestionJudged,
    Released,
    StillTaken,
)
from dastak.journeys.video_kyc.step import (
    Step,
    aside,
    hung_up,
    quietly,
    repeat,
    stand_back,
    stay,
    tell,
    the_call,
    with_call,
)
from dastak.journeys.video_kyc.template import AGENT_TEMPLATES
from dastak.journeys.video_kyc.video_kyc import Priority, QueueEntry, VideoKyc

MOST_STILLS = 40
"""In the life of a case."""


def in_room(case: VideoKyc, signal: CallSignal, now: datetime) -> Step:
    """Answer a signal about who is in the room."""
    match signal:
        case Accepted(call_id=call_id, agent_id=agent_id, questions=drawn):
            calls = (*case.calls, CallSession(call_id, agent_id, now))
            return quietly(case, "AGENT_ASSIGNED_TO_USER", calls=calls, queue=None, questions=drawn or case.questions)
        case Joined(party=party, call_id=call_id):
            return _join(case, party, the_call(case, call_id), now)
        case Away(party=party, call_id=call_id):
            return _lose(case, party, the_call(case, call_id), now)
        case LeftCall(call_id=call_id):
            if the_call(case, call_id).started_at is None:
                return customer_absent(case, now)
            return drop_off(case, CallEnd.CUSTOMER_LEFT, now)
        case Released(call_id=call_id):
            the_call(case, call_id)
            return agent_lost(case, now)


def interview(case: VideoKyc, signal: InterviewSignal, now: datetime) -> Step:
    """Answer what the agent does in the call."""
    match signal:
        case QuestionJudged(order=order, passed=passed):
            return _judge(case, order, passed=passed, now=now)
        case LivenessMade(liveness=liveness):
            if case.liveness is not None and case.liveness.is_passed:
                raise StepClosed("liveness is confirmed already")
            return stay(case, liveness=liveness)
        case LivenessJudged(name=name, passed=passed):
            if case.liveness is None or name not in ("code", *case.liveness.challenges):
                raise StepClosed("that was not asked of the customer")
            return stay(case, liveness=replace(case.liveness, done={**case.liveness.done, name: passed}))
        case StillTaken(still=still):
            if any(known.id == still.id for known in case.stills):
                return repeat(case)
            if len(case.stills) >= MOST_STILLS:
                raise StepClosed("no more pictures can be taken in this case")
            return stay(case, stills=(*case.stills, still))
        case Noted(notes=notes):
            return repeat(case) if notes == case.notes else aside(case, notes=notes)


def decide(case: VideoKyc, signal: AgentDecided, now: datetime) -> Step:
    """End the call with the agent's decision.

    Raises:
        NotYours: another agent has the customer.
        NotReady: an approval before everything was done, or a rejection without a reason.
    """
    call = case.call
    if call is None or call.agent_id != signal.agent_id:
        raise NotYours("another agent has this case")
    missing = missing_for_approval(case) if signal.approved else () if signal.reason else ("reason",)
    if missing:
        raise NotReady(missing)
    reason = None if signal.approved else signal.reason
    return tell(
        case,
        "AGENT_APPROVED" if signal.approved else "AGENT_REJECTED",
        calls=hung_up(case, CallEnd.DECIDED, now),
        agent=Decision(signal.agent_id, signal.approved, signal.remarks, reason, now),
        recording=Recording(signal.recording_link, call.id),
    )


def missing_for_approval(case: VideoKyc) -> tuple[str, ...]:
    """What the agent must still do before approving; a rejection is always possible.

    All of it in the present call, since that is the one that the auditor sees.
    """
    call = case.call
    taken = {still.kind for still in case.stills if call is not None and still.call_id == call.id}
    wanted = AGENT_TEMPLATES[case.agent_template].stills
    questions = tuple(f"question_{one.order}" for one in case.questions if one.passed is None)
    liveness = () if case.liveness is not None and case.liveness.is_passed else ("liveness",)
    place = ("location",) if case.prechecks.abroad else ()
    return (*place, *questions, *liveness, *(f"{kind.value}_still" for kind in wanted if kind not in taken))


def agent_lost(case: VideoKyc, now: datetime, what: str | None = None) -> Step:
    """The agent is gone for good: the customer waits again, before everybody else."""
    entry = QueueEntry(Priority.FRONT, now)
    calls = hung_up(case, CallEnd.AGENT_LOST, now)
    return tell(case, "USER_QUEUED", what, calls=calls, queue=entry, schedule=None)


def customer_absent(case: VideoKyc, now: datetime, what: str | None = None) -> Step:
    """The customer did not come into the room: no drop-off, there was no call."""
    return stand_back(case, what, calls=hung_up(case, CallEnd.CUSTOMER_ABSENT, now))


def drop_off(case: VideoKyc, end: CallEnd, now: datetime, what: str | None = None) -> Step:
    """The customer left the call before its end."""
    return tell(case, "USER_DROPPED_OFF", what, calls=hung_up(case, end, now))


def _join(case: VideoKyc, party: Party, call: CallSession, now: datetime) -> Step:
    is_customer = party is Party.CUSTOMER
    joined = call.customer_joined_at if is_customer else call.agent_joined_at
    away = call.customer_away_since if is_customer else call.agent_away_since
    if joined is not None and away is None:
        return repeat(case)
    changes: dict[str, Any] = {f"{party.value}_joined_at": joined or now, f"{party.value}_away_since": None}
    other = call.agent_joined_at if is_customer else call.customer_joined_at
    if call.started_at is not None or other is None:
        return stay(case, calls=with_call(case, **changes))
    started = with_call(case, **changes, started_at=now)
    asked = tuple(replace(one, passed=None, judged_at=None) for one in case.questions)
    return tell(case, "USER_ACCEPTED_MEETING", calls=started, schedule=None, liveness=None, questions=asked)


def _lose(case: VideoKyc, party: Party, call: CallSession, now: datetime) -> Step:
    is_customer = party is Party.CUSTOMER
    joined = call.customer_joined_at if is_customer else call.agent_joined_at
    away = call.customer_away_since if is_customer else call.agent_away_since
    if joined is None or away is not None:
        return repeat(case)
    if call.started_at is None:
        return stay(case, calls=with_call(case, **{f"{party.value}_joined_at": None}))
    return stay(case, calls=with_call(case, **{f"{party.value}_away_since": now}))


def _judge(case: VideoKyc, order: int, *, passed: bool, now: datetime) -> Step:
    before = next((one for one in case.questions if one.order == order), None)
    if before is None:
        raise StepClosed("there is no such question")
    if before.passed is passed:
        return repeat(case)
    after = replace(before, passed=passed, judged_at=now)
    return stay(case, questions=tuple(after if one is before else one for one in case.questions))
