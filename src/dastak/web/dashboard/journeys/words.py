"""How journeys are told to members: statuses, steps, what happened, in plain words. Pure.

In: values of journeys. Out: words, and the tone in which they are shown.
"""

from collections.abc import Mapping

from dastak.journeys.video_kyc.signal import Kind
from dastak.journeys.video_kyc.table import Stage
from dastak.web.design.charts.chart import Tone
from dastak_sdk import CheckStatus, CheckType, FormStatus, VideoKycStatus

Said = tuple[str, Tone]

FORM: Mapping[FormStatus, Said] = {
    FormStatus.RECEIVED: ("Open", Tone.PLAIN),
    FormStatus.SUCCESS: ("Done", Tone.GOOD),
    FormStatus.EXPIRED: ("Expired", Tone.SOFT),
}
CHECK: Mapping[CheckStatus, Said] = {
    CheckStatus.RECEIVED: ("Open", Tone.PLAIN),
    CheckStatus.SUCCESS: ("Confirmed", Tone.GOOD),
    CheckStatus.FAILED: ("Not confirmed", Tone.BAD),
    CheckStatus.EXPIRED: ("Expired", Tone.SOFT),
}
CHECKS: Mapping[CheckType, str] = {
    CheckType.AADHAAR: "Aadhaar",
    CheckType.PAN: "PAN",
    CheckType.BANK: "Bank account",
    CheckType.UPI: "UPI",
}
STAGE: Mapping[Stage, Said] = {
    Stage.OPENED: ("Link sent", Tone.PLAIN),
    Stage.PREPARING: ("Checks", Tone.PLAIN),
    Stage.SCHEDULED: ("Booked", Tone.SECOND),
    Stage.WAITING: ("In the queue", Tone.NOTE),
    Stage.ASSIGNED: ("Agent assigned", Tone.SECOND),
    Stage.IN_CALL: ("In the call", Tone.SECOND),
    Stage.DROPPED: ("Dropped", Tone.BAD),
    Stage.DECIDED: ("Waits for review", Tone.NOTE),
    Stage.REVIEWED: ("Reviewed", Tone.GOOD),
    Stage.EXPIRED: ("Expired", Tone.SOFT),
}
VIDEO: Mapping[VideoKycStatus, str] = {
    VideoKycStatus.RECEIVED: "Link sent",
    VideoKycStatus.PRE_VIDEO_CALL: "Before the call",
    VideoKycStatus.VIDEO_CALL: "In the call",
    VideoKycStatus.POST_VIDEO_CALL: "Waits for review",
    VideoKycStatus.AUDITOR_REVIEWED: "Reviewed",
    VideoKycStatus.EXPIRED: "Expired",
}
"""What a list of Video KYCs can be narrowed to."""

CHECK_LINES = frozenset(
    kind.value
    for kind in (
        Kind.CONSENTED,
        Kind.DETAILED,
        Kind.AADHAAR_STARTED,
        Kind.AADHAAR_ABANDONED,
        Kind.AADHAAR_PASSED,
        Kind.AADHAAR_FAILED,
        Kind.PRECHECK_PASSED,
        Kind.PRECHECK_FAILED,
        Kind.QUESTION_JUDGED,
        Kind.LIVENESS_MADE,
        Kind.LIVENESS_JUDGED,
        Kind.STILL_TAKEN,
        Kind.AGENT_DECIDED,
        Kind.AUDITOR_DECIDED,
    )
)
"""Lines of a timeline that are about what was found out; the others are about where the case stands."""
FAILED = frozenset({Kind.AADHAAR_FAILED.value, Kind.PRECHECK_FAILED.value, "aadhaar_expired"})
PASSED = frozenset({Kind.AADHAAR_PASSED.value, Kind.PRECHECK_PASSED.value, Kind.CONSENTED.value})


def tone_of_line(what: str) -> Tone:
    """Of a line of a timeline."""
    if what in FAILED:
        return Tone.BAD
    return Tone.GOOD if what in PASSED else Tone.PLAIN
