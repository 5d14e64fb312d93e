"""The story of a journey, put together: what happened, in order, as lines to read and lanes to draw. Pure.

In: lines of the journey itself (`link_story`, `case_story`), its events and deliveries. Out: a `Story`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from dastak.web.design.charts.chart import Tone
from dastak.web.design.charts.timeline import Lane, Mark, Stretch
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.log import DeliveryRow, EventRow

MOST_SHOWN = 120
"""Lines that a page shows unless it is asked for all of them."""


class Sort(StrEnum):
    """What a line is about; the order of lines of one instant."""

    CHECK = "Check"
    STATE = "State"
    EVENT = "Event"
    DELIVERY = "Delivery"


DELIVERIES: Mapping[DeliveryState, tuple[str, Tone]] = {
    DeliveryState.PENDING: ("Not delivered yet", Tone.NOTE),
    DeliveryState.DELIVERED: ("Delivered", Tone.GOOD),
    DeliveryState.GIVEN_UP: ("Given up", Tone.BAD),
    DeliveryState.CANCELLED: ("Cancelled", Tone.SOFT),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened."""

    at: datetime
    sort: Sort
    words: str
    more: str = ""
    tone: Tone = Tone.PLAIN
    href: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that happened, oldest first."""

    lines: tuple[Line, ...]
    lanes: tuple[Lane, ...]

    def latest(self, *, whole: bool) -> tuple[Line, ...]:
        """The lines that a page shows."""
        return self.lines if whole else self.lines[-MOST_SHOWN:]


def told(
    states: Sequence[Stretch],
    lines: Iterable[Line],
    events: Iterable[EventRow],
    deliveries: Sequence[DeliveryRow],
    endpoints: Mapping[str, Endpoint],
    now: datetime,
) -> Story:
    """Put it together.

    Args:
        states: where the journey stood, and how long.
        lines: of the journey itself.
        events: what the merchant was told.
        deliveries: of these events.
        endpoints: where to, by id.
        now: until when something that is not over lasts.
    """
    own = list(lines)
    heard = [Line(one.occurred_at, Sort.EVENT, one.type, f"number {one.sequence}") for one in events]
    sent = [_delivery(one, endpoints) for one in deliveries]
    order = list(Sort)
    everything = sorted([*own, *heard, *sent], key=lambda line: (line.at, order.index(line.sort)))
    lanes = (
        Lane("States", tuple(states)),
        Lane("Checks", (), tuple(_marks(line for line in own if line.sort is Sort.CHECK))),
        Lane("Events", (), tuple(_marks(heard))),
        Lane("Deliveries", tuple(_under_way(one, endpoints, now) for one in deliveries), tuple(_marks(sent))),
    )
    return Story(tuple(everything), lanes)


def host_of(endpoint: Endpoint | None) -> str:
    """Where an endpoint is; its path may hold a secret."""
    return (urlsplit(endpoint.url).hostname or endpoint.id) if endpoint else "an endpoint that is gone"


def _marks(lines: Iterable[Line]) -> Iterable[Mark]:
    return (Mark(line.at, line.words, line.tone) for line in lines)


def _delivery(one: DeliveryRow, endpoints: Mapping[str, Endpoint]) -> Line:
    words, tone = DELIVERIES[one.state]
    tries = f"{one.attempts} attempt{'' if one.attempts == 1 else 's'}"
    status = f", last answer {one.last_status}" if one.last_status is not None and tone is not Tone.GOOD else ""
    said = f"{one.event_type} to {host_of(endpoints.get(one.endpoint_id))}"
    return Line(
        one.finished_at or one.created_at,
        Sort.DELIVERY,
        f"{words}: {said}",
        f"{tries}{status}",
        tone,
        f"/dashboard/deliveries/{one.id}",
    )


def _under_way(one: DeliveryRow, endpoints: Mapping[str, Endpoint], now: datetime) -> Stretch:
    words, tone = DELIVERIES[one.state]
    end = max(one.created_at, one.finished_at or now)
    return Stretch(
        one.created_at,
        end,
        f"{words}, {one.event_type} to {host_of(endpoints.get(one.endpoint_id))}",
        tone,
        is_faint=True,
    )
