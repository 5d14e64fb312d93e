"""Receive the webhooks of KYC Link and Video KYC: verify the signature, get a typed event.

In: what your web framework hands over, headers and raw body. Out: an `Event`, or a `WebhookError` that says what to do.
The server that sends the events imports the same catalogue, so the promise is written once.
"""

from dastak_sdk.envelope import Event, encode_event, encode_test_event, parse_event
from dastak_sdk.errors import PayloadError, Reason, RequestError, SignatureError, WebhookError
from dastak_sdk.event_time import TimeForm
from dastak_sdk.events import EVENT_TYPES, TEST_EVENT_TYPE, UNREADABLE_EVENT_TYPE, EventSpec, EventType, Product
from dastak_sdk.kyc_link import KycLinkData, VerificationDetail
from dastak_sdk.operations import OPERATIONAL_EVENT_TYPES, EndpointData, OperationalSpec, OperationalType
from dastak_sdk.receiver import DEFAULT_MAX_BODY_BYTES, DEFAULT_TOLERANCE, Receiver, verify_body_signature
from dastak_sdk.signature import body_signature, sign, sign_standard
from dastak_sdk.status import (
    EVENT_SUB_STATUSES,
    SUB_STATUSES,
    CheckStatus,
    CheckType,
    EventSubStatus,
    FormStatus,
    SubStatus,
    VideoKycStatus,
)
from dastak_sdk.video_kyc import VideoKycData

__all__ = [
    "DEFAULT_MAX_BODY_BYTES",
    "DEFAULT_TOLERANCE",
    "EVENT_SUB_STATUSES",
    "EVENT_TYPES",
    "OPERATIONAL_EVENT_TYPES",
    "SUB_STATUSES",
    "TEST_EVENT_TYPE",
    "UNREADABLE_EVENT_TYPE",
    "CheckStatus",
    "CheckType",
    "EndpointData",
    "Event",
    "EventSpec",
    "EventSubStatus",
    "EventType",
    "FormStatus",
    "KycLinkData",
    "OperationalSpec",
    "OperationalType",
    "PayloadError",
    "Product",
    "Reason",
    "Receiver",
    "RequestError",
    "SignatureError",
    "SubStatus",
    "TimeForm",
    "VerificationDetail",
    "VideoKycData",
    "VideoKycStatus",
    "WebhookError",
    "body_signature",
    "encode_event",
    "encode_test_event",
    "parse_event",
    "sign",
    "sign_standard",
    "verify_body_signature",
]
