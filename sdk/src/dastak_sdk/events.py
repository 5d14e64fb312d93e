"""The catalogue: the thirteen events of the contract, in its order, with what each means and carries.

In: the rows of `status`. Out: `envelope` decides by it which payload type and whether a body signature belong to an
event; the server, the published schemas and the merchant's code read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from dastak_sdk.status import EVENT_SUB_STATUSES, SUB_STATUSES, EventSubStatus, FormStatus

if TYPE_CHECKING:
    from collections.abc import Mapping


class EventType(str, Enum):
    """The name of an event, as `event_type` carries it."""

    KYC_LINK_ACTION_PERFORMED = "KYC_LINK_ACTION_PERFORMED"
    KYC_LINK_SUCCESS = "KYC_LINK_SUCCESS"
    KYC_LINK_EXPIRED = "KYC_LINK_EXPIRED"
    VKYC_USER_LINK_GENERATED = "VKYC_USER_LINK_GENERATED"
    VKYC_USER_LINK_EXPIRED = "VKYC_USER_LINK_EXPIRED"
    VKYC_USER_AADHAAR_VERIFIED = "VKYC_USER_AADHAAR_VERIFIED"
    VKYC_USER_CALL_SCHEDULED = "VKYC_USER_CALL_SCHEDULED"
    VKYC_USER_PRECHECK_FAILED = "VKYC_USER_PRECHECK_FAILED"
    VKYC_USER_CALL_QUEUED = "VKYC_USER_CALL_QUEUED"
    VKYC_USER_CALL_STARTED = "VKYC_USER_CALL_STARTED"
    VKYC_USER_DROPOFF_FROM_CALL = "VKYC_USER_DROPOFF_FROM_CALL"
    VKYC_USER_CALL_COMPLETED = "VKYC_USER_CALL_COMPLETED"
    VKYC_AUDITOR_REVIEW_COMPLETED = "VKYC_AUDITOR_REVIEW_COMPLETED"

    __str__ = str.__str__


class Product(str, Enum):
    """Which journey an event belongs to."""

    KYC_LINK = "kyc_link"
    VIDEO_KYC = "video_kyc"

    __str__ = str.__str__


UNREADABLE_EVENT_TYPE = "UNREADABLE_EVENT"
"""Never on the wire: what `Receiver.receive` calls an authentic body that cannot be read as an event."""

TEST_EVENT_TYPE = "WEBHOOK_TEST"
"""What a URL gets when it is added: signed like an event, but none of the thirteen."""


@dataclass(frozen=True)
class EventSpec:
    """What is promised about one event."""

    type: EventType
    product: Product
    description: str
    statuses: tuple[str, ...]
    """Values that `form_status` (KYC Link) or `status` (Video KYC) takes in this event."""
    sub_statuses: tuple[EventSubStatus, ...] = ()
    """Values that `sub_status` takes; empty for KYC Link, which has none."""
    signs_body: bool = True
    """Whether the contract's sample of this event carries the legacy `signature` inside the body."""

    @property
    def name(self) -> str:
        """The wire name."""
        return self.type.value


def _kyc_link(type_: EventType, form_status: FormStatus, description: str, *, signs_body: bool) -> EventSpec:
    return EventSpec(type_, Product.KYC_LINK, description, (form_status.value,), signs_body=signs_body)


def _video_kyc(type_: EventType, description: str) -> EventSpec:
    sub_statuses = EVENT_SUB_STATUSES[type_.value]
    statuses = dict.fromkeys(SUB_STATUSES[each.name].status.value for each in sub_statuses)
    return EventSpec(type_, Product.VIDEO_KYC, description, tuple(statuses), sub_statuses)


_E = EventType
_SPECS = (
    _kyc_link(
        _E.KYC_LINK_ACTION_PERFORMED,
        FormStatus.RECEIVED,
        "One of the link's checks was performed.",
        signs_body=True,
    ),
    _kyc_link(_E.KYC_LINK_SUCCESS, FormStatus.SUCCESS, "Every check of the link has succeeded.", signs_body=False),
    _kyc_link(
        _E.KYC_LINK_EXPIRED, FormStatus.EXPIRED, "The link expired before every check succeeded.", signs_body=False
    ),
    _video_kyc(_E.VKYC_USER_LINK_GENERATED, "A Video KYC link was made for the customer."),
    _video_kyc(_E.VKYC_USER_LINK_EXPIRED, "The Video KYC link expired."),
    _video_kyc(_E.VKYC_USER_AADHAAR_VERIFIED, "The customer's Aadhaar is verified."),
    _video_kyc(_E.VKYC_USER_CALL_SCHEDULED, "The customer booked a time for the call."),
    _video_kyc(_E.VKYC_USER_PRECHECK_FAILED, "A check before the call failed: device, network or location."),
    _video_kyc(_E.VKYC_USER_CALL_QUEUED, "The customer waits in the queue for an agent."),
    _video_kyc(_E.VKYC_USER_CALL_STARTED, "The call between customer and agent began."),
    _video_kyc(_E.VKYC_USER_DROPOFF_FROM_CALL, "The customer left the call before its end."),
    _video_kyc(_E.VKYC_USER_CALL_COMPLETED, "The call is over and the agent has decided."),
    _video_kyc(_E.VKYC_AUDITOR_REVIEW_COMPLETED, "The auditor approved or rejected the case."),
)

EVENT_TYPES: Mapping[str, EventSpec] = MappingProxyType({spec.name: spec for spec in _SPECS})
"""The thirteen events by name; iterating gives the names in the contract's order."""
