"""What KYC Links need from the rest of the house. The store and `accounts` fulfil it; `app` plugs them in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from dastak.journeys.happening import Consent, Message, SealedEvent
from dastak.journeys.kyc_link.link import KycLink, StaticLink
from dastak.journeys.kyc_link.observing import LinkObserver, Unobserved
from dastak.journeys.kyc_link.template import Template
from dastak.journeys.paging import Cursor
from dastak.journeys.tracing import JourneyTracer, Untraced


@dataclass(frozen=True, slots=True)
class LinkFilter:
    """Which links; every field that is not None narrows. Times: from inclusive, until exclusive."""

    statuses: tuple[str, ...] | None = None
    phone: str | None = None
    """The whole number, as it was given; it is found by its digest."""
    created_from: datetime | None = None
    created_until: datetime | None = None


class LinkStore(Protocol):
    """Where links live. Each write is one durable transaction; a write that returns is on the disk."""

    async def add_link(self, link: KycLink, messages: Sequence[Message]) -> None:
        """Raises `DuplicateVerificationId` if the merchant used that verification_id before.

        The link is counted for every step that it has come to.
        """

    async def save_link(
        self,
        link: KycLink,
        events: Sequence[SealedEvent],
        messages: Sequence[Message],
        consent: Consent | None = None,
        steps: Sequence[str] = (),
    ) -> bool:
        """Commit link, events, the deliveries they cause, messages and consent together (design §3 rule 2).

        Returns False, having changed nothing, when another writer saved this link first (`link.version` is stale).
        `steps` are those that the link newly came to; it is counted for each.
        """

    async def link_by_id(self, merchant_id: str, link_id: str) -> KycLink | None: ...

    async def link_by_code(self, code: str) -> KycLink | None: ...

    async def link_by_verification_id(self, merchant_id: str, verification_id: str) -> KycLink | None: ...

    async def link_by_reference_id(self, merchant_id: str, reference_id: int) -> KycLink | None: ...

    async def links(self, merchant_id: str, wanted: LinkFilter, after: Cursor | None, limit: int) -> Sequence[KycLink]:
        """Newest first, by `created_at` then id, both descending; `after` is the last row of the page before."""

    async def links_to_expire(self, now: datetime, limit: int) -> Sequence[KycLink]:
        """Unfinished links whose time is over, oldest first."""

    async def next_expiry(self) -> datetime | None: ...

    async def next_reference_id(self) -> int:
        """A number never given out before by this deployment, from 1."""


class TemplateStore(Protocol):
    async def template(self, merchant_id: str, name: str) -> Template | None: ...

    async def templates(self, merchant_id: str) -> Sequence[Template]: ...

    async def put_template(self, merchant_id: str, template: Template) -> None: ...

    async def delete_template(self, merchant_id: str, name: str) -> bool: ...


class StaticLinkStore(Protocol):
    async def put_static_link(self, link: StaticLink) -> StaticLink:
        """Add the link, or return the active one that the template already has."""

    async def deactivate_static_link(self, merchant_id: str, template_name: str) -> StaticLink | None:
        """The link that was active, now inactive; None if there was none."""

    async def static_links(self, merchant_id: str) -> Sequence[StaticLink]:
        """Active ones, by template."""

    async def static_link_by_code(self, code: str) -> StaticLink | None:
        """Active ones only."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Time, chance and settings, handed in so that every decision can be repeated in a test."""

    now: Callable[[], datetime]
    new_id: Callable[[str], str]
    """prefix → `prefix_…`"""
    new_code: Callable[[], str]
    """The unguessable part of a link."""
    new_otp: Callable[[], str]
    public_url: str
    """Where customers reach this server, without a trailing slash."""
    otp_key: bytes
    """Keys the digest under which a sent OTP is kept."""
    max_tries: int
    event_time_form: str
    """`iso` or `space` (contract.md §7 ruling 7)."""
    shown_otp: str | None
    """The fixed OTP of the sandbox, shown on its pages; None in production."""
    observer: LinkObserver = field(default_factory=Unobserved)
    tracer: JourneyTracer = field(default_factory=Untraced)
