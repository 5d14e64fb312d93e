"""Video KYCs that stores are asked to keep: numbered, of any merchant, at any stage."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from conformance.values import NOW
from dastak.journeys.happening import Consent, Message, SealedEvent
from dastak.journeys.video_kyc.move import begin
from dastak.journeys.video_kyc.signal import Accepted, AgentDecided, Signal
from dastak.journeys.video_kyc.table import Stage
from dastak.journeys.video_kyc.user import VkycUser
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from unit.journeys.video_kyc.cases import NOW as BEGUN_AT
from unit.journeys.video_kyc.cases import WAYS, a_case, after

AGENT = "opr_agent"


def a_case_of(number: int = 1, merchant_id: str = "mer_1") -> VideoKyc:
    """Case `number` of a merchant, as it is made; later numbers are younger by a second each."""
    case = begin(a_case(), BEGUN_AT).case
    return replace(
        case,
        merchant_id=merchant_id,
        id=f"jrn_{merchant_id}_{number:03d}",
        code=f"code-{merchant_id}-{number}",
        verification_id=f"v-{number}",
        reference_id=number,
        created_at=BEGUN_AT + number * timedelta(seconds=1),
    )


def moved_to(stage: Stage, case: VideoKyc, agent: str = AGENT, at: datetime = BEGUN_AT) -> VideoKyc:
    """That case at a stage, whose agent is this one; nothing is saved."""
    return after(case, [_by(agent, signal) for signal in WAYS[stage]], at)


def case_event(case: VideoKyc, sequence: int, at: datetime = NOW) -> SealedEvent:
    return SealedEvent(
        id=f"evt_{case.id}_{sequence}",
        merchant_id=case.merchant_id,
        journey_id=case.id,
        verification_id=case.verification_id,
        type="VKYC_USER_LINK_GENERATED",
        sequence=sequence,
        occurred_at=at,
        body=f'{{"case":"{case.id}","n":{sequence},"name":"Asha Gupta"}}'.encode(),
    )


def case_message(case: VideoKyc, at: datetime = NOW) -> Message:
    return Message(
        id=f"ntc_{case.id}",
        merchant_id=case.merchant_id,
        journey_id=case.id,
        channel="sms",
        purpose="link",
        recipient=case.phone,
        subject="",
        text="Your link",
        created_at=at,
        expires_at=at + timedelta(minutes=10),
    )


def case_consent(case: VideoKyc) -> Consent:
    return Consent(case.merchant_id, case.id, "video_kyc", "ab" * 32, NOW, "203.0.113.9")


def a_user(number: int = 1, merchant_id: str = "mer_1") -> VkycUser:
    return VkycUser(
        merchant_id=merchant_id,
        user_id=f"user-{number}",
        user_reference_id=number,
        phone="9876543210",
        email="asha@secret.example",
        name="Asha Gupta",
        address=None,
        created_at=NOW,
    )


def ids(cases: Sequence[VideoKyc]) -> list[str]:
    return [case.id for case in cases]


def _by(agent: str, signal: Signal) -> Signal:
    return replace(signal, agent_id=agent) if isinstance(signal, Accepted | AgentDecided) else signal
