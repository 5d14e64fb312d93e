"""What a move causes: events for the merchant and messages for the customer, still without delivery.

In: a journey's move and desk make them. Out: the store commits them with the journey, in one transaction.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SealedEvent:
    """An immutable fact with its exact bytes; every delivery of it sends these bytes."""

    id: str
    """`evt_…`, the receiver's dedupe key."""
    merchant_id: str
    journey_id: str
    verification_id: str
    type: str
    sequence: int
    """1, 2, 3… within the journey."""
    occurred_at: datetime
    body: bytes
    trace: str = ""
    """The W3C `traceparent` that its attempts go on with; empty when nobody traces it."""


@dataclass(frozen=True, slots=True)
class Message:
    """Words for the customer, to be sent by SMS, e-mail or WhatsApp after the commit."""

    id: str
    merchant_id: str
    journey_id: str
    channel: str
    """A wire value of `notification_types`."""
    purpose: str
    """`link`, `otp`, or `endpoint_…` for those who run a merchant's webhooks."""
    recipient: str
    subject: str
    text: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Consent:
    """Proof that the customer agreed: which text, when, from where."""

    merchant_id: str
    journey_id: str
    purpose: str
    text_sha256: str
    given_at: datetime
    client_ip: str
