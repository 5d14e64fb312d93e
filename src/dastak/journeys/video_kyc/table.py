"""The journey of a Video KYC as a literal table: stages, their sub_statuses, and what each signal may do.

In: nothing. Out: `move` looks every signal up here; the docs draw their diagram from it.

Sources: seed 000 (the ten events), contract.md §1.2 (statuses) and §1.3 (events and their sub_statuses). The names
themselves are data of the SDK (`dastak_sdk.SUB_STATUSES`).
"""

from collections.abc import Mapping
from enum import StrEnum

from dastak.journeys.video_kyc.checks import Precheck
from dastak.journeys.video_kyc.signal import Kind
from dastak_sdk import EventType


class Stage(StrEnum):
    """Where a case stands: what can happen next depends on this alone, and on what was done before."""

    OPENED = "OPENED"
    """The link is out, nothing was checked yet."""
    PREPARING = "PREPARING"
    """The customer goes through the checks before the call."""
    SCHEDULED = "SCHEDULED"
    """A slot is booked."""
    WAITING = "WAITING"
    """In the queue."""
    ASSIGNED = "ASSIGNED"
    """An agent has accepted; the two are not connected yet."""
    IN_CALL = "IN_CALL"
    DROPPED = "DROPPED"
    """The customer left the call before its end, and may rejoin."""
    DECIDED = "DECIDED"
    """The agent has decided; the auditor is next."""
    REVIEWED = "REVIEWED"
    EXPIRED = "EXPIRED"


_S, _K = Stage, Kind

STAGES: Mapping[str, Stage] = {
    "LINK_GENERATED": _S.OPENED,
    "VKYC_EXPIRED": _S.EXPIRED,
    "AADHAAR_VERIFICATION_SUCCESS": _S.PREPARING,
    "AADHAAR_VERIFICATION_FAILED": _S.PREPARING,
    "AADHAAR_VERIFICATION_EXPIRED": _S.PREPARING,
    "USER_IP_VERIFICATION_SUCCESSFUL": _S.PREPARING,
    "USER_PROXY_DETECTED": _S.PREPARING,
    "TECHNICAL_FAILURE": _S.PREPARING,
    "USER_LOCATION_VERIFICATION_SUCCESS": _S.PREPARING,
    "USER_LOCATION_OUTSIDE_INDIA": _S.PREPARING,
    "USER_AUDIO_CHECK_FAILED": _S.PREPARING,
    "USER_VIDEO_CHECK_FAILED": _S.PREPARING,
    "USER_LOCATION_PERMISSION_DISABLED": _S.PREPARING,
    "USER_DEVICE_CHECK_SUCCESS": _S.PREPARING,
    "USER_QUEUED": _S.WAITING,
    "SCHEDULED_USER_QUEUED": _S.WAITING,
    "NO_AGENT_FOUND": _S.PREPARING,
    "AGENT_ASSIGNED_TO_USER": _S.ASSIGNED,
    "USER_MEETING_SCHEDULED": _S.SCHEDULED,
    "USER_ACCEPTED_MEETING": _S.IN_CALL,
    "USER_DROPPED_OFF": _S.DROPPED,
    "AGENT_APPROVED": _S.DECIDED,
    "AGENT_REJECTED": _S.DECIDED,
    "AUDITOR_APPROVED": _S.REVIEWED,
    "AUDITOR_REJECTED": _S.REVIEWED,
}
"""sub_status → stage. `INSUFFICIENT_BALANCE` has none: the contract gives it to what was never made (§1.2)."""

EVENTS: Mapping[str, EventType] = {
    "LINK_GENERATED": EventType.VKYC_USER_LINK_GENERATED,
    "VKYC_EXPIRED": EventType.VKYC_USER_LINK_EXPIRED,
    "AADHAAR_VERIFICATION_SUCCESS": EventType.VKYC_USER_AADHAAR_VERIFIED,
    "AADHAAR_VERIFICATION_FAILED": EventType.VKYC_USER_PRECHECK_FAILED,
    "AADHAAR_VERIFICATION_EXPIRED": EventType.VKYC_USER_PRECHECK_FAILED,
    "USER_PROXY_DETECTED": EventType.VKYC_USER_PRECHECK_FAILED,
    "TECHNICAL_FAILURE": EventType.VKYC_USER_PRECHECK_FAILED,
    "USER_LOCATION_OUTSIDE_INDIA": EventType.VKYC_USER_PRECHECK_FAILED,
    "USER_LOCATION_PERMISSION_DISABLED": EventType.VKYC_USER_PRECHECK_FAILED,
    "USER_AUDIO_CHECK_FAILED": EventType.VKYC_USER_PRECHECK_FAILED,
    "USER_VIDEO_CHECK_FAILED": EventType.VKYC_USER_PRECHECK_FAILED,
    "USER_MEETING_SCHEDULED": EventType.VKYC_USER_CALL_SCHEDULED,
    "USER_QUEUED": EventType.VKYC_USER_CALL_QUEUED,
    "SCHEDULED_USER_QUEUED": EventType.VKYC_USER_CALL_QUEUED,
    "USER_ACCEPTED_MEETING": EventType.VKYC_USER_CALL_STARTED,
    "USER_DROPPED_OFF": EventType.VKYC_USER_DROPOFF_FROM_CALL,
    "AGENT_APPROVED": EventType.VKYC_USER_CALL_COMPLETED,
    "AGENT_REJECTED": EventType.VKYC_USER_CALL_COMPLETED,
    "AUDITOR_APPROVED": EventType.VKYC_AUDITOR_REVIEW_COMPLETED,
    "AUDITOR_REJECTED": EventType.VKYC_AUDITOR_REVIEW_COMPLETED,
}
"""sub_status → the event that tells of it. What is not here is seen by asking only (contract.md §1.3)."""

PRECHECK_PASSES: Mapping[Precheck, str] = {
    Precheck.IP: "USER_IP_VERIFICATION_SUCCESSFUL",
    Precheck.LOCATION: "USER_LOCATION_VERIFICATION_SUCCESS",
    Precheck.DEVICE: "USER_DEVICE_CHECK_SUCCESS",
}
"""check → the sub_status of having passed it."""

PRECHECK_FAILURES: Mapping[str, tuple[Precheck, ...]] = {
    "USER_PROXY_DETECTED": (Precheck.IP,),
    "USER_LOCATION_OUTSIDE_INDIA": (Precheck.IP, Precheck.LOCATION),
    "USER_LOCATION_PERMISSION_DISABLED": (Precheck.LOCATION,),
    "USER_AUDIO_CHECK_FAILED": (Precheck.DEVICE,),
    "USER_VIDEO_CHECK_FAILED": (Precheck.DEVICE,),
    "TECHNICAL_FAILURE": (Precheck.IP, Precheck.LOCATION, Precheck.DEVICE),
}
"""sub_status of a failure → which checks can fail so."""

TABLE: Mapping[Stage, Mapping[Kind, tuple[Stage, ...]]] = {
    _S.OPENED: {
        _K.CONSENTED: (_S.OPENED,),
        _K.DETAILED: (_S.OPENED,),
        _K.AADHAAR_STARTED: (_S.OPENED,),
        _K.AADHAAR_ABANDONED: (_S.OPENED,),
        _K.AADHAAR_PASSED: (_S.PREPARING,),
        _K.AADHAAR_FAILED: (_S.PREPARING,),
        _K.PRECHECK_PASSED: (_S.PREPARING,),
        _K.PRECHECK_FAILED: (_S.PREPARING,),
        _K.BOOKED: (_S.SCHEDULED,),
        _K.RECORDED: (_S.OPENED,),
        _K.EXAMINED: (_S.OPENED,),
        _K.CANCELLED: (_S.EXPIRED,),
        _K.TIME_UP: (_S.PREPARING, _S.EXPIRED),  # an Aadhaar code ran out; the link did
    },
    _S.PREPARING: {
        _K.CONSENTED: (_S.PREPARING,),
        _K.DETAILED: (_S.PREPARING,),
        _K.AADHAAR_STARTED: (_S.PREPARING,),
        _K.AADHAAR_ABANDONED: (_S.PREPARING,),
        _K.AADHAAR_PASSED: (_S.PREPARING,),
        _K.AADHAAR_FAILED: (_S.PREPARING,),
        _K.PRECHECK_PASSED: (_S.PREPARING,),
        _K.PRECHECK_FAILED: (_S.PREPARING,),
        _K.BOOKED: (_S.SCHEDULED,),
        _K.UNBOOKED: (_S.PREPARING,),
        _K.QUEUED: (_S.WAITING,),
        _K.RECORDED: (_S.PREPARING,),
        _K.EXAMINED: (_S.PREPARING,),
        _K.CANCELLED: (_S.EXPIRED,),
        _K.TIME_UP: (_S.PREPARING, _S.EXPIRED),  # reminded; an Aadhaar code or a booking ran out; the link did
    },
    _S.SCHEDULED: {
        _K.CONSENTED: (_S.SCHEDULED,),
        _K.DETAILED: (_S.SCHEDULED,),
        _K.AADHAAR_STARTED: (_S.SCHEDULED,),
        _K.AADHAAR_ABANDONED: (_S.SCHEDULED,),
        _K.AADHAAR_PASSED: (_S.PREPARING,),
        _K.AADHAAR_FAILED: (_S.PREPARING,),
        _K.PRECHECK_PASSED: (_S.PREPARING,),
        _K.PRECHECK_FAILED: (_S.PREPARING,),
        _K.BOOKED: (_S.SCHEDULED,),
        _K.UNBOOKED: (_S.OPENED, _S.PREPARING),
        _K.QUEUED: (_S.WAITING,),
        _K.RECORDED: (_S.SCHEDULED,),
        _K.EXAMINED: (_S.SCHEDULED,),
        _K.CANCELLED: (_S.EXPIRED,),
        _K.TIME_UP: (_S.SCHEDULED, _S.OPENED, _S.PREPARING, _S.EXPIRED),  # reminded; nobody came; or as above
    },
    _S.WAITING: {
        _K.PRECHECK_PASSED: (_S.WAITING,),  # a fresher location
        _K.QUEUED: (_S.WAITING,),
        _K.LEFT_QUEUE: (_S.PREPARING, _S.SCHEDULED),
        _K.BOOKED: (_S.SCHEDULED,),
        _K.ACCEPTED: (_S.ASSIGNED,),
        _K.RECORDED: (_S.WAITING,),
        _K.EXAMINED: (_S.WAITING,),
        _K.CANCELLED: (_S.EXPIRED,),
        _K.TIME_UP: (_S.PREPARING, _S.EXPIRED),  # no agent for too long; the link ran out
    },
    _S.ASSIGNED: {
        _K.JOINED: (_S.ASSIGNED, _S.IN_CALL),
        _K.AWAY: (_S.ASSIGNED,),
        _K.LEFT_CALL: (_S.PREPARING, _S.SCHEDULED),
        _K.RELEASED: (_S.WAITING,),
        _K.RECORDED: (_S.ASSIGNED,),
        _K.EXAMINED: (_S.ASSIGNED,),
        _K.CANCELLED: (_S.EXPIRED,),
        _K.TIME_UP: (_S.WAITING, _S.PREPARING, _S.SCHEDULED),  # the agent, or the customer, did not come
    },
    _S.IN_CALL: {
        _K.PRECHECK_PASSED: (_S.IN_CALL,),  # a fresher location
        _K.PRECHECK_FAILED: (_S.IN_CALL,),  # one outside India: the agent sees it, and cannot approve
        _K.JOINED: (_S.IN_CALL,),
        _K.AWAY: (_S.IN_CALL,),
        _K.LEFT_CALL: (_S.DROPPED,),
        _K.RELEASED: (_S.WAITING,),
        _K.QUESTION_JUDGED: (_S.IN_CALL,),
        _K.LIVENESS_MADE: (_S.IN_CALL,),
        _K.LIVENESS_JUDGED: (_S.IN_CALL,),
        _K.STILL_TAKEN: (_S.IN_CALL,),
        _K.NOTED: (_S.IN_CALL,),
        _K.AGENT_DECIDED: (_S.DECIDED,),
        _K.RECORDED: (_S.IN_CALL,),
        _K.EXAMINED: (_S.IN_CALL,),
        _K.CANCELLED: (_S.EXPIRED,),
        _K.TIME_UP: (_S.WAITING, _S.DROPPED),  # the agent, or the customer, stayed away
    },
    _S.DROPPED: {
        _K.PRECHECK_PASSED: (_S.PREPARING,),
        _K.PRECHECK_FAILED: (_S.PREPARING,),
        _K.BOOKED: (_S.SCHEDULED,),
        _K.QUEUED: (_S.WAITING,),
        _K.RECORDED: (_S.DROPPED,),
        _K.EXAMINED: (_S.DROPPED,),
        _K.CANCELLED: (_S.EXPIRED,),
        _K.TIME_UP: (_S.EXPIRED,),
    },
    _S.DECIDED: {
        _K.AUDITOR_DECIDED: (_S.REVIEWED,),
        _K.RECORDED: (_S.DECIDED,),
        _K.COMPOSED: (_S.DECIDED,),
        _K.EXAMINED: (_S.DECIDED,),
        _K.TIME_UP: (_S.EXPIRED,),  # nobody reviewed it
    },
    _S.REVIEWED: {
        _K.RECORDED: (_S.REVIEWED,),
        _K.COMPOSED: (_S.REVIEWED,),
        _K.EXAMINED: (_S.REVIEWED,),
    },
    _S.EXPIRED: {
        _K.RECORDED: (_S.EXPIRED,),
        _K.COMPOSED: (_S.EXPIRED,),
        _K.EXAMINED: (_S.EXPIRED,),
    },
}
"""stage x signal → stages that it can lead to. A pair that is not here is illegal."""

FINAL = frozenset({Stage.REVIEWED, Stage.EXPIRED})
"""Over: only what is still written down of the calls comes in."""
