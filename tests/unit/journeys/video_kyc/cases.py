"""Values for Video KYC tests: a case, times, and the way to any stage of it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from dastak.journeys.calendar import end_of
from dastak.journeys.facts import AadhaarSession
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.checks import AadhaarStep, DeviceFacts, IpFacts, Location
from dastak.journeys.video_kyc.interview import Liveness, SecurityQuestion, Still, StillKind
from dastak.journeys.video_kyc.move import Happening, begin, move
from dastak.journeys.video_kyc.signal import (
    AadhaarPassed,
    AadhaarStarted,
    Accepted,
    AgentDecided,
    AuditorDecided,
    Booked,
    Cancelled,
    Consented,
    Detailed,
    Joined,
    LeftCall,
    LivenessJudged,
    LivenessMade,
    PrecheckPassed,
    QuestionJudged,
    Queued,
    Signal,
    StillTaken,
)
from dastak.journeys.video_kyc.table import Stage
from dastak.journeys.video_kyc.video_kyc import VideoKyc

NOW = datetime(2026, 1, 10, 9, 30, tzinfo=UTC)
LAST_DAY = date(2026, 2, 9)
END = end_of(LAST_DAY)
SLOT_AT = datetime(2026, 1, 11, 5, 0, tzinfo=UTC)
LINK = "https://forms.example.com/verification/code1"
RECORDING = "https://forms.example.com/recordings/code1?sig=x"
AGENT, OTHER_AGENT, AUDITOR = "opr_agent", "opr_other", "opr_auditor"
QUESTIONS = (SecurityQuestion(1, "Where were you born?", "Pune"), SecurityQuestion(2, "Where do you work?", "Nagpur"))


def a_session(at: datetime = NOW) -> AadhaarSession:
    return AadhaarSession("ref", "3712", at)


def a_case(*, given: bool = False, questions: tuple[SecurityQuestion, ...] = QUESTIONS) -> VideoKyc:
    """A case as it is made; `given`: the merchant sent the Aadhaar details."""
    return VideoKyc(
        merchant_id="mer_1",
        id="jrn_1",
        code="code1",
        verification_id="test333",
        reference_id=10449,
        user_id="test11",
        user_reference_id=10259,
        name="Asha Gupta",
        phone="9876543210",
        email="asha@example.com",
        address=None,
        user_template="vkyc_user_template_v1",
        agent_template="vkyc_agent_template_v1",
        vkyc_link=LINK,
        link_expiry=LAST_DAY,
        expires_at=END,
        created_at=NOW,
        questions=questions,
        aadhaar=AadhaarStep(is_given=given),
    )


def begun(*, given: bool = False) -> VideoKyc:
    return begin(a_case(given=given), NOW).case


def ip(at: datetime = NOW) -> IpFacts:
    return IpFacts("203.0.113.9", "IN", at)


def place(at: datetime = NOW) -> Location:
    return Location(18.52, 73.86, 12.0, at)


def device(at: datetime = NOW) -> DeviceFacts:
    return DeviceFacts(at, 80, 2500)


def prechecks(at: datetime = NOW) -> tuple[Signal, ...]:
    return (PrecheckPassed(ip(at)), PrecheckPassed(place(at)), PrecheckPassed(device(at)))


def a_still(kind: StillKind, id_: str, at: datetime = NOW, call: str = "call_1") -> Still:
    return Still(id_, kind, call, at, f"stills/{id_}", "ab" * 32)


def liveness(at: datetime = NOW) -> Liveness:
    return Liveness("4711", ("turn_left", "smile"), "seed", at)


def joined(call: str = "call_1") -> tuple[Signal, ...]:
    return (Joined(Party.AGENT, call), Joined(Party.CUSTOMER, call))


def whole_interview(at: datetime = NOW, call: str = "call_1") -> tuple[Signal, ...]:
    return (
        QuestionJudged(1, passed=True),
        QuestionJudged(2, passed=True),
        LivenessMade(liveness(at)),
        LivenessJudged("code", passed=True),
        LivenessJudged("turn_left", passed=True),
        LivenessJudged("smile", passed=True),
        StillTaken(a_still(StillKind.PAN, f"stl_pan_{call}", call=call)),
        StillTaken(a_still(StillKind.FACE, f"stl_face_{call}", call=call)),
    )


def approval(agent: str = AGENT) -> AgentDecided:
    return AgentDecided(agent, approved=True, remarks="Good to go", reason=None, recording_link=RECORDING)


def review(auditor: str = AUDITOR) -> AuditorDecided:
    return AuditorDecided(auditor, approved=True, remarks="Looks Good", reason=None)


READY: tuple[Signal, ...] = (
    Consented(),
    Detailed({"employment_type": "Salaried"}),
    AadhaarStarted(a_session()),
    AadhaarPassed({"aadhaar_number": "XXXXXXXX3712"}),
    *prechecks(),
)
"""Everything that the customer does before joining the queue."""

IN_CALL: tuple[Signal, ...] = (*READY, Queued(), Accepted("call_1", AGENT), *joined())

WAYS: dict[Stage, tuple[Signal, ...]] = {
    Stage.OPENED: (),
    Stage.PREPARING: READY,
    Stage.SCHEDULED: (*READY, Booked(SLOT_AT)),
    Stage.WAITING: (*READY, Queued()),
    Stage.ASSIGNED: (*READY, Queued(), Accepted("call_1", AGENT)),
    Stage.IN_CALL: IN_CALL,
    Stage.DROPPED: (*IN_CALL, LeftCall("call_1")),
    Stage.DECIDED: (*IN_CALL, *whole_interview(), approval()),
    Stage.REVIEWED: (*IN_CALL, *whole_interview(), approval(), review()),
    Stage.EXPIRED: (Cancelled(),),
}
"""Stage → the signals that bring a fresh case there."""


def after(case: VideoKyc, signals: Sequence[Signal], now: datetime = NOW) -> VideoKyc:
    for signal in signals:
        case = move(case, signal, now).case
    return case


def case_at(stage: Stage) -> VideoKyc:
    return after(begun(), WAYS[stage])


def told(case: VideoKyc, signals: Sequence[Signal], now: datetime = NOW) -> tuple[VideoKyc, list[Happening]]:
    """The case after the signals, and everything that the merchant heard."""
    heard: list[Happening] = []
    for signal in signals:
        moved = move(case, signal, now)
        case = moved.case
        heard += moved.happenings
    return case, heard


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)
