"""A Video KYC: one customer's case from the link to the auditor's decision, as an immutable value.

In: the store reads it, the move makes the next one. Out: everything else only looks at it.

The store needs columns of its own for: merchant_id, id, verification_id, reference_id, the digest of code and of phone,
status, sub_status, user_reference_id, created_at, due_at, `queue`, `schedule`, `live_agent_id`, `agent.at`, `auditor`.
The rest is one sealed value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Any

from dastak.journeys.phone_otp import PhoneOtp
from dastak.journeys.video_kyc.call import CallSession
from dastak.journeys.video_kyc.checks import AadhaarStep, Prechecks
from dastak.journeys.video_kyc.interview import Decision, Liveness, Recording, SecurityQuestion, Still
from dastak_sdk import VideoKycStatus


class Priority(IntEnum):
    """Who is called first; within one priority, who has waited longest."""

    FRONT = 0
    """The agent vanished in the middle of the call."""
    AHEAD = 1
    """In a booked slot, or back after a dropped call."""
    ORDINARY = 2


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A place in the merchant's queue: ordered by priority, then since, then the case's id."""

    priority: Priority
    since: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """A booked slot."""

    at: datetime
    """UTC, the slot's first instant."""
    reminded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of the case's story, for operators and the merchant. Holds no personal data."""

    at: datetime
    what: str
    """The signal's kind, or what the clock did."""
    sub_status: str
    """After it."""
    by: str = ""
    """`customer`, `merchant`, `clock`, or an operator's id."""


@dataclass(frozen=True, slots=True)
class VideoKyc:
    """One customer's Video KYC."""

    merchant_id: str
    id: str
    """`jrn_…`"""
    code: str
    """The unguessable part of the link."""
    verification_id: str
    """The merchant's own id, unique per merchant over all its journeys."""
    reference_id: int
    """Our number for the merchant, unique per deployment over all journeys."""
    user_id: str
    user_reference_id: int
    name: str | None
    """The user's, as it was when the case was made; so the next three."""
    phone: str
    email: str | None
    address: str | None
    user_template: str
    agent_template: str
    vkyc_link: str
    """The whole URL as it was given out."""
    link_expiry: date
    """Asia/Kolkata date, usable to the end of that day."""
    expires_at: datetime
    created_at: datetime
    status: VideoKycStatus = VideoKycStatus.RECEIVED
    sub_status: str = "LINK_GENERATED"
    """A name in `dastak_sdk.SUB_STATUSES`."""
    due_at: datetime | None = None
    """When the clock must look at the case next; None: never again. Set by the move."""
    notification_types: tuple[str, ...] = ()
    aadhaar_details: Mapping[str, Any] | None = None
    """As the merchant sent it, to be given back as it was."""
    max_tries: int = 5
    """Aadhaar runs that may fail."""
    otp: PhoneOtp | None = None
    consented_at: datetime | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    """What the customer typed of themselves, by the user template's field names."""
    aadhaar: AadhaarStep = field(default_factory=AadhaarStep)
    prechecks: Prechecks = field(default_factory=Prechecks)
    schedule: Schedule | None = None
    """The booking while it is live, None otherwise (contract.md §7 ruling 22)."""
    queue: QueueEntry | None = None
    """The place in the queue while the customer waits, None otherwise."""
    calls: tuple[CallSession, ...] = ()
    """Every call, the latest last."""
    questions: tuple[SecurityQuestion, ...] = ()
    liveness: Liveness | None = None
    stills: tuple[Still, ...] = ()
    notes: str = ""
    """The agent's own, for the auditor."""
    agent: Decision | None = None
    auditor: Decision | None = None
    recording: Recording | None = None
    """None until the call is completed."""
    timeline: tuple[TimelineEntry, ...] = ()
    sequence: int = 0
    """Number of the last event of this journey."""
    version: int = 0
    """Grows with every saved move; a save against an older version is refused."""
    made_by: str = ""
    """A key's client id, or a member's id; empty: not known."""
    trace: str = ""
    """The W3C `traceparent` that it was begun under; empty when nobody traced that."""

    @property
    def call(self) -> CallSession | None:
        """The call that is not over; None when there is none."""
        last = self.calls[-1] if self.calls else None
        return last if last is not None and last.ended_at is None else None

    @property
    def live_agent_id(self) -> str | None:
        """The operator who has the customer now. The store lets nobody have two cases at once."""
        return None if self.call is None else self.call.agent_id

    @property
    def agent_ids(self) -> frozenset[str]:
        """Everybody who ever accepted the case; none of them may review it."""
        return frozenset(call.agent_id for call in self.calls)

    @property
    def call_to_compose(self) -> str | None:
        """The id of the call that a film is to be made of; None: not decided, nothing was recorded, or it is made."""
        if self.recording is None or self.recording.reference:
            return None
        is_recorded = any(call.id == self.recording.call_id and call.recording for call in self.calls)
        return self.recording.call_id if is_recorded else None

    @property
    def handling_time(self) -> timedelta | None:
        """From the agent's accepting to the decision, for estimates; None while there is no decision."""
        if self.agent is None or not self.calls:
            return None
        return self.agent.at - self.calls[-1].accepted_at
