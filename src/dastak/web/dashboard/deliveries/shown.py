"""A row of the log as a page shows it. Pure.

In: a delivery, the merchant's endpoints. Out: plain values for the template: words, a tone, ways on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode, urlsplit

from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import Endpoint, EndpointState
from dastak.webhooks.log import DeliveryRow
from dastak_sdk import EVENT_TYPES
from dastak_sdk.events import Product

HOME = "/dashboard/deliveries"
Tone = Literal["good", "bad", "note", "quiet"]

CASES: Mapping[Product, str] = {
    Product.KYC_LINK: "/dashboard/journeys/kyc-links",
    Product.VIDEO_KYC: "/dashboard/journeys/video-kycs",
}

OUTCOMES: Mapping[DeliveryState, str] = {
    DeliveryState.DELIVERED: "Delivered",
    DeliveryState.PENDING: "Not yet delivered",
    DeliveryState.GIVEN_UP: "Given up",
    DeliveryState.CANCELLED: "Cancelled",
}
"""What the filter offers."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One row."""

    id: str
    position: int
    href: str
    created_at: datetime
    event_type: str
    verification_id: str
    of_journey: str
    """Where all deliveries of its journey are."""
    endpoint: str
    outcome: str
    tone: Tone
    attempts: int
    reason: str
    next_at: datetime | None
    last_status: int | None


def shown(row: DeliveryRow, endpoints: Mapping[str, str]) -> Shown:
    """The row; `endpoints` are names by id."""
    outcome, tone = outcome_of(row)
    return Shown(
        id=row.id,
        position=row.position,
        href=f"{HOME}/{row.id}",
        created_at=row.created_at,
        event_type=row.event_type,
        verification_id=row.verification_id,
        of_journey=f"{HOME}?{urlencode({'q': row.verification_id or row.journey_id})}",
        endpoint=endpoints.get(row.endpoint_id, row.endpoint_id),
        outcome=outcome,
        tone=tone,
        attempts=row.attempts,
        reason=row.last_reason,
        next_at=row.next_attempt_at,
        last_status=row.last_status,
    )


def outcome_of(row: DeliveryRow) -> tuple[str, Tone]:
    """In a word or two, and its tone."""
    match row.state:
        case DeliveryState.DELIVERED:
            return "Delivered", "good"
        case DeliveryState.GIVEN_UP:
            return "Given up", "bad"
        case DeliveryState.CANCELLED:
            return "Cancelled", "quiet"
        case DeliveryState.PENDING:
            return ("Retrying", "note") if row.attempts else ("Waiting", "quiet")


def case_of(row: DeliveryRow) -> str:
    """Where the page of the journey is; empty for what an endpoint says of itself."""
    spec = EVENT_TYPES.get(row.event_type)
    return f"{CASES[spec.product]}/{row.journey_id}" if spec is not None else ""


def name_of(endpoint: Endpoint) -> str:
    """What an endpoint is called: its description, else where it is."""
    parts = urlsplit(endpoint.url)
    name = endpoint.description or f"{parts.netloc}{parts.path}".rstrip("/")
    return f"{name} (deleted)" if endpoint.state is EndpointState.DELETED else name


def names_of(endpoints: Iterable[Endpoint]) -> dict[str, str]:
    """Names by id; what is called alike is told apart by its id."""
    named = {endpoint.id: name_of(endpoint) for endpoint in endpoints}
    counted: dict[str, int] = {}
    for name in named.values():
        counted[name] = counted.get(name, 0) + 1
    return {id_: name if counted[name] == 1 else f"{name} · {id_}" for id_, name in named.items()}
