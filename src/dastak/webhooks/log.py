"""What can be read back: events, deliveries, attempts. The API pages through these; the store fulfils `LogReader`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from dastak.webhooks.delivery import DeliveryState


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event as it happened, with its exact bytes."""

    position: int
    """Grows with every event of the deployment; the cursor."""
    id: str
    journey_id: str
    verification_id: str
    type: str
    sequence: int
    occurred_at: datetime
    body: bytes | None
    """None when its time was over, or it cannot be read: damaged, or its key is not among the deployment's."""
    trace: str = ""
    """Its W3C `traceparent`; empty when nobody traces it."""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One event owed to one endpoint, and how it stands."""

    position: int
    id: str
    event_id: str
    event_type: str
    journey_id: str
    verification_id: str
    sequence: int
    endpoint_id: str
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    """None when it is finished, or waits behind an earlier one of its lane."""
    last_status: int | None
    last_reason: str
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One HTTP POST: what was sent, what came back, how long each phase took."""

    number: int
    started_at: datetime
    ended_at: datetime
    outcome: str
    reason: str
    stage: str
    status: int | None
    address: str
    request_headers: tuple[tuple[str, str], ...]
    answer_headers: tuple[tuple[str, str], ...]
    answer_body: bytes
    answer_truncated: bool
    resolved_us: int
    connected_us: int
    tls_us: int
    first_byte_us: int
    total_us: int


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events; None means any."""

    verification_id: str | None = None
    journey_id: str | None = None
    type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    sequence_from: int | None = None
    sequence_to: int | None = None
    """Within journeys, both ends included."""


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some of the events that fit, and how far was looked for them."""

    rows: Sequence[EventRow]
    reached: int
    """The cursor to go on from: every event that fits and is not beyond it was in this page or before."""
    is_last: bool
    """There was nothing beyond `reached` when it was read."""


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries; None means any."""

    event_id: str | None = None
    endpoint_id: str | None = None
    state: DeliveryState | None = None
    verification_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Both of the end: what is still pending has none."""


class Resent(StrEnum):
    """What became of a wish to send a delivery again."""

    BEGUN = "begun"
    IN_FLIGHT = "in_flight"
    """An attempt is under way: its outcome comes first."""
    IMPOSSIBLE = "impossible"
    """There is no such delivery, or its endpoint was deleted."""
    BODY_EXPIRED = "body_expired"
    """The event's body was kept long enough and is gone: there is nothing to send."""


class LogReader(Protocol):
    """Reads in the order of happening, from after a position (0: the beginning)."""

    async def events(self, merchant_id: str, which: EventFilter, after: int, limit: int) -> Sequence[EventRow]: ...

    async def event_page(self, merchant_id: str, which: EventFilter, after: int, limit: int, scan: int) -> EventPage:
        """As `events`, looking through about `scan` events at most; the page can be short, or empty, and not the last.

        Whoever goes on from `reached` misses nothing, also of what is committed while they read.
        """

    async def latest_positions(self, merchant_ids: Collection[str]) -> Mapping[str, int]:
        """The position of the newest event that can be read, for each merchant that has one; one look for all."""

    async def event(self, merchant_id: str, event_id: str) -> EventRow | None: ...

    async def deliveries(
        self, merchant_id: str, which: DeliveryFilter, after: int, limit: int
    ) -> Sequence[DeliveryRow]: ...

    async def delivery(self, merchant_id: str, delivery_id: str) -> DeliveryRow | None: ...

    async def attempts(self, merchant_id: str, delivery_id: str) -> Sequence[AttemptRow]: ...

    async def resend(self, merchant_id: str, delivery_id: str, now: datetime) -> Resent:
        """Begin a new round of attempts with the same bytes."""
