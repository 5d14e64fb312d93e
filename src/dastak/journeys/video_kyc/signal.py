"""The signals of a Video KYC: everything that can happen to one.

In: the desks and the clock make them. Out: the move answers each with the next case, or raises. `by` says for the
timeline who did it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dastak.journeys.facts import AadhaarSession
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.checks import DeviceFacts, IpFacts, Location, Precheck
from dastak.journeys.video_kyc.interview import Liveness, SecurityQuestion, Still


class Kind(StrEnum):
    """The columns of the move's table."""

    CONSENTED = "consented"
    DETAILED = "detailed"
    AADHAAR_STARTED = "aadhaar_started"
    AADHAAR_ABANDONED = "aadhaar_abandoned"
    AADHAAR_PASSED = "aadhaar_passed"
    AADHAAR_FAILED = "aadhaar_failed"
    PRECHECK_PASSED = "precheck_passed"
    PRECHECK_FAILED = "precheck_failed"
    BOOKED = "booked"
    UNBOOKED = "unbooked"
    QUEUED = "queued"
    LEFT_QUEUE = "left_queue"
    ACCEPTED = "accepted"
    JOINED = "joined"
    AWAY = "away"
    LEFT_CALL = "left_call"
    RELEASED = "released"
    QUESTION_JUDGED = "question_judged"
    LIVENESS_MADE = "liveness_made"
    LIVENESS_JUDGED = "liveness_judged"
    STILL_TAKEN = "still_taken"
    NOTED = "noted"
    AGENT_DECIDED = "agent_decided"
    AUDITOR_DECIDED = "auditor_decided"
    RECORDED = "recorded"
    COMPOSED = "composed"
    EXAMINED = "examined"
    CANCELLED = "cancelled"
    TIME_UP = "time_up"


@dataclass(frozen=True, slots=True)
class Consented:
    """The customer agreed to the terms of the Video KYC."""

    kind: Kind = field(default=Kind.CONSENTED, init=False)


@dataclass(frozen=True, slots=True)
class Detailed:
    """The customer typed the personal details that the user template asks for."""

    details: Mapping[str, str]
    kind: Kind = field(default=Kind.DETAILED, init=False)


@dataclass(frozen=True, slots=True)
class AadhaarStarted:
    """The source sent an OTP to the phone linked with the Aadhaar."""

    session: AadhaarSession
    kind: Kind = field(default=Kind.AADHAAR_STARTED, init=False)


@dataclass(frozen=True, slots=True)
class AadhaarAbandoned:
    """The customer wants to use another number; nothing was performed."""

    kind: Kind = field(default=Kind.AADHAAR_ABANDONED, init=False)


@dataclass(frozen=True, slots=True)
class AadhaarPassed:
    """The source confirmed the Aadhaar."""

    kept: Mapping[str, str] = field(default_factory=dict)
    kind: Kind = field(default=Kind.AADHAAR_PASSED, init=False)


@dataclass(frozen=True, slots=True)
class AadhaarFailed:
    """The source did not confirm the Aadhaar."""

    reason: str
    kind: Kind = field(default=Kind.AADHAAR_FAILED, init=False)


@dataclass(frozen=True, slots=True)
class PrecheckPassed:
    """A check before the call was passed; its facts say which."""

    facts: IpFacts | Location | DeviceFacts
    kind: Kind = field(default=Kind.PRECHECK_PASSED, init=False)


@dataclass(frozen=True, slots=True)
class PrecheckFailed:
    """A check failed: before the call, or, of the place alone, in it."""

    check: Precheck
    """Which one; what it found before counts no more."""
    sub_status: str
    """One of `table.PRECHECK_FAILURES`."""
    place: Location | None = None
    """Where the device said it was, if that is why."""
    kind: Kind = field(default=Kind.PRECHECK_FAILED, init=False)


@dataclass(frozen=True, slots=True)
class Booked:
    """A slot was booked, or booked anew in place of the one before."""

    at: datetime
    by: str = Party.CUSTOMER.value
    kind: Kind = field(default=Kind.BOOKED, init=False)


@dataclass(frozen=True, slots=True)
class Unbooked:
    """The booking was given back."""

    by: str = Party.CUSTOMER.value
    kind: Kind = field(default=Kind.UNBOOKED, init=False)


@dataclass(frozen=True, slots=True)
class Queued:
    """The customer is ready and waits for an agent."""

    kind: Kind = field(default=Kind.QUEUED, init=False)


@dataclass(frozen=True, slots=True)
class LeftQueue:
    """The customer does not wait any longer: said so, or the page is gone."""

    kind: Kind = field(default=Kind.LEFT_QUEUE, init=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """An agent takes the customer."""

    call_id: str
    agent_id: str
    questions: tuple[SecurityQuestion, ...] = ()
    """Drawn anew for this call; empty: those of the case stay."""
    kind: Kind = field(default=Kind.ACCEPTED, init=False)


@dataclass(frozen=True, slots=True)
class Joined:
    """A party came into the room, or came back."""

    party: Party
    call_id: str
    kind: Kind = field(default=Kind.JOINED, init=False)


@dataclass(frozen=True, slots=True)
class Away:
    """A party's connection is lost; it may come back within the grace."""

    party: Party
    call_id: str
    kind: Kind = field(default=Kind.AWAY, init=False)


@dataclass(frozen=True, slots=True)
class LeftCall:
    """The customer left the call for good."""

    call_id: str
    kind: Kind = field(default=Kind.LEFT_CALL, init=False)


@dataclass(frozen=True, slots=True)
class Released:
    """The agent gives the customer back, or is gone for good; the customer goes to the front of the queue."""

    call_id: str
    kind: Kind = field(default=Kind.RELEASED, init=False)


@dataclass(frozen=True, slots=True)
class QuestionJudged:
    """The agent heard the answer to a question."""

    order: int
    passed: bool
    kind: Kind = field(default=Kind.QUESTION_JUDGED, init=False)


@dataclass(frozen=True, slots=True)
class LivenessMade:
    """The code and the challenges of this call were drawn."""

    liveness: Liveness
    kind: Kind = field(default=Kind.LIVENESS_MADE, init=False)


@dataclass(frozen=True, slots=True)
class LivenessJudged:
    """The agent saw whether the code was read, or a challenge done."""

    name: str
    """`code`, or a challenge's name."""
    passed: bool
    kind: Kind = field(default=Kind.LIVENESS_JUDGED, init=False)


@dataclass(frozen=True, slots=True)
class StillTaken:
    """A picture was taken from the call."""

    still: Still
    kind: Kind = field(default=Kind.STILL_TAKEN, init=False)


@dataclass(frozen=True, slots=True)
class Noted:
    """The agent wrote notes for the auditor."""

    notes: str
    kind: Kind = field(default=Kind.NOTED, init=False)


@dataclass(frozen=True, slots=True)
class AgentDecided:
    """The agent ends the call with a decision."""

    agent_id: str
    approved: bool
    remarks: str | None
    reason: str | None
    recording_link: str
    """Where the recording will be found."""
    kind: Kind = field(default=Kind.AGENT_DECIDED, init=False)


@dataclass(frozen=True, slots=True)
class AuditorDecided:
    """The auditor decides on the case."""

    auditor_id: str
    approved: bool
    remarks: str | None
    reason: str | None
    kind: Kind = field(default=Kind.AUDITOR_DECIDED, init=False)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A call's recording has a place in the storage."""

    call_id: str
    reference: str
    kind: Kind = field(default=Kind.RECORDED, init=False)


@dataclass(frozen=True, slots=True)
class Composed:
    """The recording of the decided call is one file now."""

    reference: str
    sha256: str
    kind: Kind = field(default=Kind.COMPOSED, init=False)


@dataclass(frozen=True, slots=True)
class Examined:
    """Something was read from a still, or measured on it."""

    still_id: str
    facts: Mapping[str, str]
    kind: Kind = field(default=Kind.EXAMINED, init=False)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The merchant does not want the case any longer."""

    kind: Kind = field(default=Kind.CANCELLED, init=False)


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The clock has passed the case's `due_at`."""

    kind: Kind = field(default=Kind.TIME_UP, init=False)


CustomerSignal = (
    Consented
    | Detailed
    | AadhaarStarted
    | AadhaarAbandoned
    | AadhaarPassed
    | AadhaarFailed
    | PrecheckPassed
    | PrecheckFailed
    | Booked
    | Unbooked
    | Queued
    | LeftQueue
)
CallSignal = Accepted | Joined | Away | LeftCall | Released
InterviewSignal = QuestionJudged | LivenessMade | LivenessJudged | StillTaken | Noted
LateSignal = Recorded | Composed | Examined
Signal = CustomerSignal | CallSignal | InterviewSignal | LateSignal | AgentDecided | AuditorDecided | Cancelled | TimeUp
