"""How far a Video KYC has come, for whoever counts. Pure.

In: a case. Out: the steps that it has come to. A step once come to stays: who stands further on has passed all before.
"""

from dastak.journeys.tally import CREATED
from dastak.journeys.video_kyc.signal import Kind
from dastak.journeys.video_kyc.table import PRECHECK_PASSES, STAGES, Stage
from dastak.journeys.video_kyc.video_kyc import VideoKyc

OPENED = "opened"
"""The customer asked for a code, or came in with the token of the merchant's app and agreed."""
CONSENTED = "consented"
AADHAAR = "aadhaar"
"""Confirmed, or given by the merchant and agreed to."""
CHECKED = "checked"
"""Network, place and device were each found good at some time."""
QUEUED = "queued"
TALKED = "talked"
"""Customer and agent were connected."""
DECIDED = "decided"
REVIEWED = "reviewed"
WAY = (CREATED, OPENED, CONSENTED, AADHAAR, CHECKED, QUEUED, TALKED, DECIDED, REVIEWED)
"""In this order."""
APPROVED, REJECTED, ENDED = "approved", "rejected", "ended"
"""How it came out; beside the way."""


def steps_of(case: VideoKyc) -> tuple[str, ...]:
    """The way up to the furthest step, and how it came out."""
    furthest = max(at for at, step in enumerate(WAY) if _has(case, step))
    return (*WAY[: furthest + 1], *_outcome(case))


def _has(case: VideoKyc, step: str) -> bool:
    return {
        CREATED: True,
        OPENED: case.otp is not None,
        CONSENTED: case.consented_at is not None,
        AADHAAR: case.consented_at is not None and case.aadhaar.is_done,
        CHECKED: _is_checked(case),
        QUEUED: bool(case.calls) or any(entry.what == Kind.QUEUED.value for entry in case.timeline),
        TALKED: any(call.started_at is not None for call in case.calls),
        DECIDED: case.agent is not None,
        REVIEWED: case.auditor is not None,
    }[step]


def _is_checked(case: VideoKyc) -> bool:
    passed = {entry.sub_status for entry in case.timeline if entry.what == Kind.PRECHECK_PASSED.value}
    return passed.issuperset(PRECHECK_PASSES.values())


def _outcome(case: VideoKyc) -> tuple[str, ...]:
    if case.auditor is not None:
        return (APPROVED if case.auditor.approved else REJECTED,)
    return (ENDED,) if STAGES[case.sub_status] is Stage.EXPIRED else ()
