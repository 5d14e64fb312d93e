"""After the call: the auditor's decision, and what is written down of recordings and pictures. Pure; called by `move`.

In: a case, the signal, the time. Out: a `Step`, or an error and nothing has changed.
"""

from dataclasses import replace
from datetime import datetime

from dastak.journeys.video_kyc.errors import AuditorIsAgent, NotReady, RecordedElsewhere, StepClosed
from dastak.journeys.video_kyc.interview import Decision
from dastak.journeys.video_kyc.signal import AuditorDecided, Composed, Examined, LateSignal, Recorded
from dastak.journeys.video_kyc.step import Step, repeat, stay, tell
from dastak.journeys.video_kyc.video_kyc import VideoKyc


def review(case: VideoKyc, signal: AuditorDecided, now: datetime) -> Step:
    """Close the case with the auditor's decision.

    Raises:
        AuditorIsAgent: whoever accepted a call of the case, decided in it or not, does not review it.
        NotReady: a rejection without a reason.
    """
    if signal.auditor_id in case.agent_ids:
        raise AuditorIsAgent("the auditor of a case is never its agent")
    if not signal.approved and not signal.reason:
        raise NotReady(("reason",))
    reason = None if signal.approved else signal.reason
    return tell(
        case,
        "AUDITOR_APPROVED" if signal.approved else "AUDITOR_REJECTED",
        auditor=Decision(signal.auditor_id, signal.approved, signal.remarks, reason, now),
    )


def write_down(case: VideoKyc, signal: LateSignal, now: datetime) -> Step:
    """Keep where a recording or a finding is; it may come when the case is over."""
    match signal:
        case Recorded(call_id=call_id, reference=reference):
            return _record(case, call_id, reference)
        case Composed(reference=reference, sha256=sha256):
            if case.recording is None:
                raise StepClosed("the case has no recording")
            if case.recording.reference == reference:
                return repeat(case)
            return stay(case, recording=replace(case.recording, reference=reference, sha256=sha256, ready_at=now))
        case Examined(still_id=still_id, facts=facts):
            still = next((one for one in case.stills if one.id == still_id), None)
            if still is None:
                raise StepClosed("the case has no such picture")
            known = {**still.facts, **facts}
            if known == dict(still.facts):
                return repeat(case)
            after_ = replace(still, facts=known)
            return stay(case, stills=tuple(after_ if one is still else one for one in case.stills))


def _record(case: VideoKyc, call_id: str, reference: str) -> Step:
    """A call is recorded at one place: of two that hold its room, the first one has it."""
    before = next((call for call in case.calls if call.id == call_id), None)
    if before is None:
        raise StepClosed("the case has no such call")
    if before.recording == reference:
        return repeat(case)
    if before.recording is not None:
        raise RecordedElsewhere("the call is recorded at another place")
    after = replace(before, recording=reference)
    return stay(case, calls=tuple(after if call is before else call for call in case.calls))
