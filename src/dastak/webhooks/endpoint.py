"""A webhook URL of a merchant: where, which events, how often tried again, with which secrets signed.

In: the management API makes and changes endpoints. Out: fan-out, dispatcher and signature read them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dastak.webhooks.retry import RetryPolicy
from dastak_sdk import EVENT_TYPES, OPERATIONAL_EVENT_TYPES

ROTATION_OVERLAP = timedelta(hours=24)
"""How long an old secret goes on signing beside the new one."""

MOST_ENDPOINTS = 50
"""Of one merchant: every event is owed to each of them."""

MOST_SECRETS = 5
"""The newest sign; each adds a signature to the header, which receivers read only up to a length."""

DEFAULT_WINDOW, LARGEST_WINDOW = 16, 256
"""Attempts of one endpoint that may be in flight together."""

LEAST_RATE, LARGEST_RATE = 0.01, 10_000
"""What an owner may limit attempts per second to."""

LONGEST_OVERLAP = timedelta(days=7)

URL_LIMIT, DESCRIPTION_LIMIT = 2048, 200
"""Characters."""

EVENTS_TO_CHOOSE = (*EVENT_TYPES, *OPERATIONAL_EVENT_TYPES)
"""Types that an endpoint can name."""


class EndpointState(StrEnum):
    ENABLED = "enabled"
    DISABLED = "disabled"
    DELETED = "deleted"


class LanePolicy(StrEnum):
    """What later events of a journey do while an earlier one waits for its next attempt (design §4)."""

    RELAXED = "relaxed"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class EndpointSecret:
    """One `whsec_…` secret; `expires_at` is set once a newer one has replaced it."""

    secret: str
    created_at: datetime
    expires_at: datetime | None = None

    def signs_at(self, now: datetime) -> bool:
        """Whether deliveries at that time carry its signature."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One webhook URL and its settings."""

    id: str
    """`ep_…`"""
    merchant_id: str
    url: str
    description: str
    event_types: tuple[str, ...]
    """Empty: every event of the contract. Those about webhooks are sent only where they are named."""
    retry: RetryPolicy
    lane_policy: LanePolicy
    window: int
    secrets: tuple[EndpointSecret, ...]
    """Newest first."""
    state: EndpointState
    disabled_reason: str
    """Why it is disabled: `by_merchant`, `gone` (the receiver answered 410) or `failing` (for days)."""
    created_at: datetime
    updated_at: datetime
    rate_per_second: float | None = None
    """The owner's limit of attempts per second; None: no limit."""

    def wants(self, event_type: str) -> bool:
        """Whether events of that type are owed to this endpoint."""
        if self.state is EndpointState.DELETED:
            return False
        if not self.event_types:
            return event_type not in OPERATIONAL_EVENT_TYPES
        return event_type in self.event_types

    def signing_secrets(self, now: datetime) -> tuple[str, ...]:
        """The secrets whose signatures a delivery carries now, newest first."""
        return tuple(secret.secret for secret in self.secrets if secret.signs_at(now))


def rotate(endpoint: Endpoint, new_secret: str, now: datetime, overlap: timedelta) -> tuple[EndpointSecret, ...]:
    """The secrets after a rotation: the new one first, the ones that still sign ending after the overlap."""
    kept = tuple(
        EndpointSecret(old.secret, old.created_at, min(now + overlap, old.expires_at or now + overlap))
        for old in endpoint.secrets
        if old.signs_at(now)
    )
    return (EndpointSecret(new_secret, now), *(old for old in kept if old.signs_at(now)))[:MOST_SECRETS]
