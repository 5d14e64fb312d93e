"""A KYC Link: one customer's form of one to four checks, as an immutable value.

In: the store reads it, the move makes the next one. Out: everything else only looks at it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from dastak.journeys.facts import AadhaarSession
from dastak.journeys.phone_otp import PhoneOtp
from dastak_sdk import CheckStatus, CheckType, FormStatus


@dataclass(frozen=True, slots=True)
class Check:
    """One verification inside a link."""

    type: CheckType
    status: CheckStatus = CheckStatus.RECEIVED
    reference_id: int = 0
    """0 until the check has run, then the id of its latest run (seed 002)."""
    tries: int = 0
    """How often it was performed."""
    reason: str = ""
    """Why the latest try failed, for the customer; empty otherwise."""
    kept: Mapping[str, str] = field(default_factory=dict)
    """What the latest confirmed run lets us keep: masked numbers, registered name."""
    aadhaar: AadhaarSession | None = None
    starts: int = 0
    """How many Aadhaar OTP sessions were begun."""


@dataclass(frozen=True, slots=True)
class KycLink:
    """One customer's KYC Link journey."""

    merchant_id: str
    id: str
    """`jrn_…`"""
    code: str
    """The unguessable part of the form link."""
    verification_id: str
    """The merchant's own id, unique per merchant."""
    reference_id: int
    """Our number for the merchant, unique per deployment."""
    name: str | None
    phone: str
    email: str | None
    template_name: str
    checks: tuple[Check, ...]
    form_status: FormStatus
    link_expiry: date
    """Asia/Kolkata date, usable to the end of that day."""
    expires_at: datetime
    created_at: datetime
    form_link: str
    """The whole URL as it was given out."""
    max_tries: int = 5
    """Performed runs per check."""
    otp: PhoneOtp | None = None
    sequence: int = 0
    """Number of the last event of this journey."""
    version: int = 0
    """Grows with every saved move; a save against an older version is refused."""
    invited_at: datetime | None = None
    """When the merchant last had the invitation sent again; None: never."""
    made_by: str = ""
    """A key's client id, or a member's id; empty: not known, or a visitor of a static link."""
    trace: str = ""
    """The W3C `traceparent` that it was begun under; empty when nobody traced that."""

    def check(self, type_: CheckType) -> Check | None:
        """The check of that type, None if the template has none."""
        return next((check for check in self.checks if check.type is type_), None)

    def tries_left(self, check: Check) -> int:
        """How many more runs that check has."""
        return max(0, self.max_tries - check.tries)

    def next_check(self) -> Check | None:
        """The first unfinished check that still has a try; None when nothing can be done now."""
        open_states = (CheckStatus.RECEIVED, CheckStatus.FAILED)
        return next((c for c in self.checks if c.status in open_states and self.tries_left(c)), None)


@dataclass(frozen=True, slots=True)
class StaticLink:
    """One public link per template that starts a new KYC Link for every visitor."""

    merchant_id: str
    code: str
    template_name: str
    url: str
    active: bool
