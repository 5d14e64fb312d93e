"""Every status and sub-status that goes over the wire, as data.

In: nothing. Out: `events` builds the catalogue from these rows, the server moves journeys between the values, and
documentation prints them. Correcting a name is a change of one line here: public documentation of the contract is
incomplete, and a row whose name was concluded rather than read is marked `inferred=True`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class CheckType(str, Enum):
    """The four checks that a KYC Link can ask for."""

    AADHAAR = "OFFLINE_AADHAAR_VERIFICATION"
    PAN = "PANDETAILS_VERIFICATION"
    BANK = "BANKDETAILS_VALIDATION"
    UPI = "UPIDETAILS_VALIDATION"

    __str__ = str.__str__


class CheckStatus(str, Enum):
    """Where one check of a KYC Link stands."""

    RECEIVED = "RECEIVED"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"

    __str__ = str.__str__


class FormStatus(str, Enum):
    """Where a whole KYC Link stands."""

    RECEIVED = "RECEIVED"
    SUCCESS = "SUCCESS"
    EXPIRED = "EXPIRED"

    __str__ = str.__str__


class VideoKycStatus(str, Enum):
    """The phase of a Video KYC."""

    REJECTED = "REJECTED"
    RECEIVED = "RECEIVED"
    EXPIRED = "EXPIRED"
    PRE_VIDEO_CALL = "PRE_VIDEO_CALL"
    VIDEO_CALL = "VIDEO_CALL"
    POST_VIDEO_CALL = "POST_VIDEO_CALL"
    AUDITOR_REVIEWED = "AUDITOR_REVIEWED"

    __str__ = str.__str__


@dataclass(frozen=True)
class SubStatus:
    """One row of the table: a sub-status, the phase it belongs to, and what it says."""

    name: str
    status: VideoKycStatus
    meaning: str
    inferred: bool = False
    """True when the name is a conclusion, not found in public text. It may be corrected in a later version."""


_S = VideoKycStatus
_ROWS = (
    SubStatus("INSUFFICIENT_BALANCE", _S.REJECTED, "The merchant's wallet is too low; nothing was created."),
    SubStatus("LINK_GENERATED", _S.RECEIVED, "The link exists and can be given to the customer."),
    SubStatus("VKYC_EXPIRED", _S.EXPIRED, "The link can no longer be used."),
    SubStatus("AADHAAR_VERIFICATION_SUCCESS", _S.PRE_VIDEO_CALL, "The Aadhaar data is confirmed."),
    SubStatus("AADHAAR_VERIFICATION_FAILED", _S.PRE_VIDEO_CALL, "The Aadhaar data is not confirmed."),
    SubStatus("AADHAAR_VERIFICATION_EXPIRED", _S.PRE_VIDEO_CALL, "The Aadhaar session ran out of time."),
    SubStatus("USER_IP_VERIFICATION_SUCCESSFUL", _S.PRE_VIDEO_CALL, "The IP address is acceptable."),
    SubStatus("USER_PROXY_DETECTED", _S.PRE_VIDEO_CALL, "The customer comes through a VPN or a proxy."),
    SubStatus("TECHNICAL_FAILURE", _S.PRE_VIDEO_CALL, "A check could not be carried out."),
    SubStatus("USER_LOCATION_VERIFICATION_SUCCESS", _S.PRE_VIDEO_CALL, "The location is acceptable."),
    SubStatus("USER_LOCATION_OUTSIDE_INDIA", _S.PRE_VIDEO_CALL, "The customer is not in India."),
    SubStatus("USER_AUDIO_CHECK_FAILED", _S.PRE_VIDEO_CALL, "The microphone cannot be used."),
    SubStatus("USER_VIDEO_CHECK_FAILED", _S.PRE_VIDEO_CALL, "The camera cannot be used."),
    SubStatus("USER_LOCATION_PERMISSION_DISABLED", _S.PRE_VIDEO_CALL, "The customer did not share the location."),
    SubStatus("USER_DEVICE_CHECK_SUCCESS", _S.PRE_VIDEO_CALL, "Microphone, camera and location all work."),
    SubStatus("USER_QUEUED", _S.PRE_VIDEO_CALL, "The customer waits for an agent."),
    SubStatus("SCHEDULED_USER_QUEUED", _S.PRE_VIDEO_CALL, "The customer waits for an agent in a booked slot."),
    SubStatus("NO_AGENT_FOUND", _S.PRE_VIDEO_CALL, "No agent is available."),
    SubStatus("AGENT_ASSIGNED_TO_USER", _S.PRE_VIDEO_CALL, "An agent has been chosen."),
    SubStatus("USER_MEETING_SCHEDULED", _S.PRE_VIDEO_CALL, "The customer has booked a slot."),
    SubStatus("USER_ACCEPTED_MEETING", _S.VIDEO_CALL, "Customer and agent are connected."),
    SubStatus("USER_DROPPED_OFF", _S.VIDEO_CALL, "The customer left the call before its end."),
    SubStatus("AGENT_APPROVED", _S.POST_VIDEO_CALL, "The agent approved; the auditor is next."),
    SubStatus("AGENT_REJECTED", _S.POST_VIDEO_CALL, "The agent rejected.", inferred=True),
    SubStatus("AUDITOR_APPROVED", _S.AUDITOR_REVIEWED, "The auditor approved: the final good outcome."),
    SubStatus("AUDITOR_REJECTED", _S.AUDITOR_REVIEWED, "The auditor rejected: the final bad outcome.", inferred=True),
)

SUB_STATUSES: Mapping[str, SubStatus] = MappingProxyType({row.name: row for row in _ROWS})
"""Every known sub-status of a Video KYC by name. Receivers must treat an unknown one as opaque."""


@dataclass(frozen=True)
class EventSubStatus:
    """A sub-status that an event can carry."""

    name: str
    inferred: bool = False
    """True when no public sample shows this event with this sub-status."""


def _seen(name: str, *inferred: str) -> tuple[EventSubStatus, ...]:
    return (EventSubStatus(name), *(EventSubStatus(other, inferred=True) for other in inferred))


EVENT_SUB_STATUSES: Mapping[str, tuple[EventSubStatus, ...]] = MappingProxyType(
    {
        "VKYC_USER_LINK_GENERATED": _seen("LINK_GENERATED"),
        "VKYC_USER_LINK_EXPIRED": _seen("VKYC_EXPIRED"),
        "VKYC_USER_AADHAAR_VERIFIED": _seen("AADHAAR_VERIFICATION_SUCCESS"),
        "VKYC_USER_CALL_SCHEDULED": _seen("USER_MEETING_SCHEDULED", "SCHEDULED_USER_QUEUED"),
        "VKYC_USER_PRECHECK_FAILED": _seen(
            "USER_VIDEO_CHECK_FAILED",
            "USER_AUDIO_CHECK_FAILED",
            "USER_LOCATION_PERMISSION_DISABLED",
            "USER_LOCATION_OUTSIDE_INDIA",
            "USER_PROXY_DETECTED",
            "TECHNICAL_FAILURE",
            "AADHAAR_VERIFICATION_FAILED",
            "AADHAAR_VERIFICATION_EXPIRED",
        ),
        "VKYC_USER_CALL_QUEUED": _seen("USER_QUEUED", "SCHEDULED_USER_QUEUED"),
        "VKYC_USER_CALL_STARTED": _seen("USER_ACCEPTED_MEETING"),
        "VKYC_USER_DROPOFF_FROM_CALL": _seen("USER_DROPPED_OFF"),
        "VKYC_USER_CALL_COMPLETED": _seen("AGENT_APPROVED", "AGENT_REJECTED"),
        "VKYC_AUDITOR_REVIEW_COMPLETED": _seen("AUDITOR_APPROVED", "AUDITOR_REJECTED"),
    }
)
"""Which sub-statuses each Video KYC event can carry; the first is the one in the contract's sample."""
