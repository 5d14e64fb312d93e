"""A notice: one SMS, e-mail or WhatsApp message owed to a customer.

In: the journey's transaction queues notices. Out: the notifier hands each to a gateway and records what came of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Channel(StrEnum):
    """How a customer is reached; the wire values of `notification_types`."""

    SMS = "sms"
    EMAIL = "email"
    WHATSAPP = "whatsapp"


class Purpose(StrEnum):
    """Why the notice is sent: gateways often want another template for each."""

    LINK = "link"
    OTP = "otp"
    SCHEDULE = "schedule"
    """A Video KYC was booked, or is about to begin."""
    ENDPOINT_FAILING = "endpoint_failing"
    ENDPOINT_DISABLED = "endpoint_disabled"
    ENDPOINT_RECOVERED = "endpoint_recovered"
    """The last three go to a merchant's contacts, by mail."""
    OPERATOR_CODE = "operator_code"
    """An operator's sign-in code, by mail."""
    MEMBER_CODE = "member_code"
    """A member's sign-in code, by mail."""
    MEMBER_INVITATION = "member_invitation"
    """An invitation to the dashboard, by mail."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message, complete: nothing has to be looked up to send it."""

    id: str
    """`ntc_…`, stable across retries: a gateway that dedupes can use it."""
    merchant_id: str
    journey_id: str
    channel: Channel
    purpose: Purpose
    recipient: str
    """Phone number or e-mail address."""
    subject: str
    """Used by e-mail alone."""
    text: str
    created_at: datetime
    expires_at: datetime
    """Not worth sending after this instant (an OTP that no longer works); then it is given up."""


@dataclass(frozen=True, slots=True)
class ClaimedNotice:
    """A notice leased to this process, with the number of this attempt (from 1)."""

    notice: Notice
    attempt: int


@dataclass(frozen=True, slots=True)
class NoticeOutcome:
    """What to record for a claimed notice: sent, to be tried again at `retry_at`, or given up."""

    notice_id: str
    merchant_id: str
    sent: bool
    retry_at: datetime | None
    """None with `sent` False: given up."""
    error: str = ""
    """One plain sentence without personal data."""


class GatewayRefused(Exception):  # noqa: N818 - the name says what happened
    """The gateway will never take this notice (bad recipient, 4xx): do not try again."""


class GatewayUnavailable(Exception):  # noqa: N818 - the name says what happened
    """The gateway could not be reached or asked us to come back: try again later."""


class Gateway(Protocol):
    """One way out for notices. Raises `GatewayRefused` or `GatewayUnavailable`; returning means accepted."""

    async def send(self, notice: Notice) -> None: ...


class NoticeQueue(Protocol):
    """Where notices wait; filled inside the journey's transaction by whoever moves journeys."""

    async def claim_notices(self, now: datetime, lease_until: datetime, limit: int) -> Sequence[ClaimedNotice]:
        """Lease due notices to the caller; a lease that runs out makes its notice due again."""

    async def settle_notices(self, outcomes: Sequence[NoticeOutcome], now: datetime) -> None:
        """Record outcomes in one transaction."""

    async def next_notice_due(self) -> datetime | None:
        """The earliest instant at which `claim_notices` could return something; None when nothing waits."""
