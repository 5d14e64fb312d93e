"""A delivery: one event owed to one endpoint, and the attempts made at it.

In: fan-out makes deliveries, the dispatcher claims and settles them. Out: the API reads them. Not
frozen, for the reason given in `post`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.post import Answer
from dastak.webhooks.verdict import Verdict
from dastak_sdk.traceparent import child


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    CANCELLED = "cancelled"
    """Its endpoint was deleted first."""


@dataclass(slots=True)
class Claimed:
    """A delivery leased to one dispatcher, with all that is needed to send it."""

    id: str
    endpoint: Endpoint
    event_id: str
    event_type: str
    journey_id: str
    sequence: int
    body: bytes
    client_secret: str
    """Signs `x-webhook-signature`."""
    attempt: int
    """From 1, never reset: the `x-webhook-attempt` of this POST."""
    failures: int
    """Failed attempts of the present round (a resend begins a new round)."""
    created_at: datetime
    """When the event was committed and the delivery with it."""
    position: int = 0
    """Where the delivery stands in the store's log; the store's own."""
    lane: int = 0
    """The lane's name; the store's own."""
    trace: str = ""
    """The event's W3C `traceparent`; empty when nobody traces it."""

    def attempt_trace(self) -> str:
        """The `traceparent` of this attempt: the event's trace, with this attempt as the parent of what follows."""
        return child(self.trace, self.id, str(self.attempt)) if self.trace else ""


@dataclass(slots=True)
class Settled:
    """One finished attempt, to be recorded with what it means."""

    claimed: Claimed
    request_headers: tuple[tuple[str, str], ...]
    answer: Answer
    verdict: Verdict
    started_at: datetime
    ended_at: datetime
