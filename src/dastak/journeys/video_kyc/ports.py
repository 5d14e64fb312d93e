"""What Video KYC needs from the rest of the house. The store and `accounts` fulfil it; `app` plugs them in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from dastak.journeys.happening import Consent, Message, SealedEvent
from dastak.journeys.paging import Cursor
from dastak.journeys.tracing import JourneyTracer, Untraced
from dastak.journeys.video_kyc.observing import CaseObserver, Unobserved
from dastak.journeys.video_kyc.precheck import IpFinding
from dastak.journeys.video_kyc.user import VkycUser
from dastak.journeys.video_kyc.video_kyc import VideoKyc


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases; every field that is not None narrows. Times: from inclusive, until exclusive."""

    statuses: tuple[str, ...] | None = None
    sub_statuses: tuple[str, ...] | None = None
    user_reference_id: int | None = None
    phone: str | None = None
    """The whole number, as it was given; it is found by its digest."""
    agent_id: str | None = None
    """Whose decision ended the call."""
    auditor_id: str | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None
    reviewed_from: datetime | None = None
    reviewed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SlotClaim:
    """A place in a slot, to be taken in the same transaction as the booking."""

    at: datetime
    places: int
    """How many cases of the merchant may have this slot at once."""


class VideoKycStore(Protocol):
    """Where cases live. Each write is one durable transaction; a write that returns is on the disk."""

    async def add_case(self, case: VideoKyc, events: Sequence[SealedEvent], messages: Sequence[Message]) -> None:
        """Raises `DuplicateVerificationId` if the merchant used that verification_id before, for any journey.

        The case is counted for every step that it has come to.
        """

    async def save_case(
        self,
        case: VideoKyc,
        events: Sequence[SealedEvent],
        messages: Sequence[Message],
        consent: Consent | None = None,
        claim: SlotClaim | None = None,
        steps: Sequence[str] = (),
    ) -> bool:
        """Commit case, events, the deliveries they cause, messages and consent together (design §3 rule 2).

        Returns False, having changed nothing, when another writer saved this case first (`case.version` is stale).
        `steps` are those that the case newly came to; it is counted for each.

        Raises:
            SlotUnavailable: `claim`: other cases of the merchant hold all places of that slot already; nothing changed.
            AgentBusy: another case of the merchant is live with `case.live_agent_id`; nothing changed.
        """

    async def case_by_id(self, merchant_id: str, case_id: str) -> VideoKyc | None: ...

    async def case_by_code(self, code: str) -> VideoKyc | None: ...

    async def case_by_verification_id(self, merchant_id: str, verification_id: str) -> VideoKyc | None: ...

    async def case_by_reference_id(self, merchant_id: str, reference_id: int) -> VideoKyc | None: ...

    async def case_of_agent(self, merchant_id: str, agent_id: str) -> VideoKyc | None:
        """The case that is live with this operator."""

    async def cases(self, merchant_id: str, wanted: CaseFilter, after: Cursor | None, limit: int) -> Sequence[VideoKyc]:
        """Newest first, by `created_at` then id, both descending; `after` is the last row of the page before."""

    async def cases_to_review(
        self, merchant_id: str, wanted: CaseFilter, after: Cursor | None, limit: int
    ) -> Sequence[VideoKyc]:
        """POST_VIDEO_CALL, oldest decision first, by `agent.at` then id, both ascending."""

    async def count_cases(self, merchant_id: str, wanted: CaseFilter) -> Mapping[str, int]:
        """sub_status → how many; no row for none."""

    async def waiting(self, merchant_id: str, limit: int) -> Sequence[VideoKyc]:
        """Those with a `queue` entry: by priority, then since, then id."""

    async def waiting_ahead(self, case: VideoKyc) -> int:
        """How many of the merchant's queue stand before this one; 0 when it does not wait itself."""

    async def handling_times(self, merchant_id: str, limit: int) -> Sequence[timedelta]:
        """`handling_time` of the cases that agents decided last, newest first."""

    async def slots_booked(self, merchant_id: str, start: datetime, end: datetime) -> Mapping[datetime, int]:
        """`schedule.at` → how many live bookings, from `start` to before `end`."""

    async def cases_due(self, now: datetime, limit: int) -> Sequence[VideoKyc]:
        """Cases whose `due_at` is not after `now`, of every merchant, earliest first; unreadable ones are left out."""

    async def next_due(self) -> datetime | None:
        """The earliest `due_at` of all."""

    async def next_reference_id(self) -> int:
        """A number never given out before by this deployment, to any journey or user, from 1."""


class UserStore(Protocol):
    """Where users live. Phone, name, e-mail and address are sealed."""

    async def add_user(self, user: VkycUser) -> None:
        """Raises `DuplicateUserId` if the merchant has that user_id already."""

    async def save_user(self, user: VkycUser) -> bool:
        """False, having changed nothing, when another writer was first (`user.version` is stale)."""

    async def user_by_id(self, merchant_id: str, user_id: str) -> VkycUser | None: ...

    async def user_by_reference_id(self, merchant_id: str, user_reference_id: int) -> VkycUser | None: ...


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch of time in which so many agents take calls."""

    start: datetime
    end: datetime
    agents: int


class AgentRoster(Protocol):
    """What journeys may know of a merchant's agents."""

    async def shifts(self, merchant_id: str, start: datetime, end: datetime) -> Sequence[Shift]:
        """When agents take calls between the two; shifts may overlap, and then add up."""

    async def online(self, merchant_id: str) -> int:
        """How many agents are online now, busy ones included."""

    async def set_online(self, merchant_id: str, agent_id: str, *, online: bool) -> None:
        """The agent takes calls from now on, or takes none."""

    async def is_online(self, merchant_id: str, agent_id: str) -> bool: ...


class IpSource(Protocol):
    """Where an address is."""

    async def look_up(self, address: str) -> IpFinding:
        """Raises `SourceUnavailable`."""


class QueueBell(Protocol):
    """Wakes whoever shows a queue or a case live. Calls come after the commit; they must not block or raise."""

    def changed(self, case: VideoKyc) -> None:
        """This case is committed as it stands here."""


class Unwatched:
    """Nobody watches."""

    def changed(self, case: VideoKyc) -> None: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Time, chance and settings, handed in so that every decision can be repeated in a test."""

    now: Callable[[], datetime]
    new_id: Callable[[str], str]
    """prefix → `prefix_…`"""
    new_code: Callable[[], str]
    """The unguessable part of a link."""
    new_otp: Callable[[], str]
    new_seed: Callable[[], str]
    """Unguessable text that the liveness test of a call is drawn from."""
    public_url: str
    """Where customers reach this server, without a trailing slash."""
    otp_key: bytes
    """Keys the digest under which a sent OTP is kept."""
    recording_link: Callable[[VideoKyc], str]
    """An expiring signed link to the case's recording."""
    max_tries: int
    shown_otp: str | None
    """The fixed OTP of the sandbox, shown on its pages; None in production."""
    observer: CaseObserver = field(default_factory=Unobserved)
    tracer: JourneyTracer = field(default_factory=Untraced)
    bell: QueueBell = field(default_factory=Unwatched)
