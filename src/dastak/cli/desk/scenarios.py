"""Whole journeys as the events that a merchant gets for them, in order.

In: a `Journey`. Out: its events. To add one: a row of `SCENARIOS`, and its acts in `rehearsing`. Called by
`dastak trigger`.
"""

from collections.abc import Mapping
from types import MappingProxyType

from dastak.cli.desk.made_up import Journey, MadeUp

Steps = tuple[tuple[str, str | tuple[str, ...]], ...]

_ASKED = "RECEIVED"
_BEGIN: Steps = (
    ("VKYC_USER_LINK_GENERATED", "LINK_GENERATED"),
    ("VKYC_USER_AADHAAR_VERIFIED", "AADHAAR_VERIFICATION_SUCCESS"),
)
_CALL: Steps = (("VKYC_USER_CALL_QUEUED", "USER_QUEUED"), ("VKYC_USER_CALL_STARTED", "USER_ACCEPTED_MEETING"))
_APPROVED: Steps = (("VKYC_USER_CALL_COMPLETED", "AGENT_APPROVED"),)

SCENARIOS: Mapping[str, Steps] = MappingProxyType(
    {
        "kyc-link-happy": (
            ("KYC_LINK_ACTION_PERFORMED", ("SUCCESS", _ASKED)),
            ("KYC_LINK_ACTION_PERFORMED", ("SUCCESS", "SUCCESS")),
            ("KYC_LINK_SUCCESS", ("SUCCESS", "SUCCESS")),
        ),
        "kyc-link-expired": (
            ("KYC_LINK_ACTION_PERFORMED", ("SUCCESS", _ASKED)),
            ("KYC_LINK_ACTION_PERFORMED", ("SUCCESS", "FAILED")),
            ("KYC_LINK_EXPIRED", ("SUCCESS", "FAILED")),
        ),
        "video-dropoff-then-approve": (
            *_BEGIN,
            *_CALL,
            ("VKYC_USER_DROPOFF_FROM_CALL", "USER_DROPPED_OFF"),
            *_CALL,
            *_APPROVED,
            ("VKYC_AUDITOR_REVIEW_COMPLETED", "AUDITOR_APPROVED"),
        ),
        "kyc-link-retried": (
            ("KYC_LINK_ACTION_PERFORMED", ("FAILED", _ASKED)),
            ("KYC_LINK_ACTION_PERFORMED", ("SUCCESS", _ASKED)),
            ("KYC_LINK_ACTION_PERFORMED", ("SUCCESS", "SUCCESS")),
            ("KYC_LINK_SUCCESS", ("SUCCESS", "SUCCESS")),
        ),
        "video-approved": (*_BEGIN, *_CALL, *_APPROVED, ("VKYC_AUDITOR_REVIEW_COMPLETED", "AUDITOR_APPROVED")),
        "video-booked": (
            *_BEGIN,
            ("VKYC_USER_CALL_SCHEDULED", "USER_MEETING_SCHEDULED"),
            *_CALL,
            *_APPROVED,
            ("VKYC_AUDITOR_REVIEW_COMPLETED", "AUDITOR_APPROVED"),
        ),
        "video-precheck-failed": (
            *_BEGIN,
            ("VKYC_USER_PRECHECK_FAILED", "USER_PROXY_DETECTED"),
            *_CALL,
            *_APPROVED,
            ("VKYC_AUDITOR_REVIEW_COMPLETED", "AUDITOR_APPROVED"),
        ),
        "video-expired": (*_BEGIN, ("VKYC_USER_LINK_EXPIRED", "VKYC_EXPIRED")),
        "agent-rejects": (
            *_BEGIN,
            *_CALL,
            ("VKYC_USER_CALL_COMPLETED", "AGENT_REJECTED"),
            ("VKYC_AUDITOR_REVIEW_COMPLETED", "AUDITOR_REJECTED"),
        ),
        "auditor-rejects": (*_BEGIN, *_CALL, *_APPROVED, ("VKYC_AUDITOR_REVIEW_COMPLETED", "AUDITOR_REJECTED")),
    }
)
"""By name: each event with the sub-status of a Video KYC, or the statuses of a KYC Link's checks."""


def events_of(name: str, journey: Journey) -> list[MadeUp]:
    """The events of a scenario, or the one event of that type. Raises `KeyError` for neither."""
    if name not in SCENARIOS:
        return [journey.event(name)]
    return [
        journey.event(event, checks=told) if isinstance(told, tuple) else journey.event(event, sub_status=told)
        for event, told in SCENARIOS[name]
    ]
