"""Which deliveries a reader wants to see: endpoint, type, outcome, times, and what was searched for. Pure.

In: the query of an address and the merchant's time zone. Out: a `Narrowing`, and the query that leads there again. What
cannot be read narrows nothing, and is named.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dastak.webhooks.browsing import Sought
from dastak.webhooks.delivery import DeliveryState
from dastak_sdk import EVENT_TYPES, OPERATIONAL_EVENT_TYPES

LONGEST = 128
"""Characters of a field."""
LONGEST_POSITION = 18
FIELDS = ("q", "endpoint", "type", "state", "since", "until")
EVENTS: tuple[str, ...] = (*EVENT_TYPES, *OPERATIONAL_EVENT_TYPES)
TIME_RULE = "Write day and time as 2026-01-26T14:05, or leave it empty."


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What narrows; all empty: everything."""

    search: str = ""
    """An id of a delivery, an event or a journey, or a verification_id; whoever has the log knows which."""
    endpoint_id: str = ""
    event_type: str = ""
    state: DeliveryState | None = None
    since: datetime | None = None
    until: datetime | None = None
    typed: tuple[tuple[str, str], ...] = ()
    """Fields as they were typed, those that say something."""
    mistakes: tuple[tuple[str, str], ...] = ()
    """Field and what is wrong with it."""

    def value(self, field: str) -> str:
        """What stands in that field of the form."""
        return dict(self.typed).get(field, "")

    def query(self, **more: str) -> str:
        """`?type=…` of an address with this narrowing, or empty."""
        text = urlencode([*self.typed, *((name, value) for name, value in more.items() if value)])
        return f"?{text}" if text else ""

    def sought(self, event_id: str | None = None, journey_id: str | None = None, of: str | None = None) -> Sought:
        """What the store is asked for; `of` is a verification_id."""
        return Sought(
            endpoint_id=self.endpoint_id or None,
            event_type=self.event_type or None,
            state=self.state,
            event_id=event_id,
            journey_id=journey_id,
            verification_id=of,
            since=self.since,
            until=self.until,
        )


def narrowing(values: Mapping[str, str], zone: ZoneInfo) -> Narrowing:
    """Read the fields of a query or a form."""
    mistakes: list[tuple[str, str]] = []
    typed = {field: values.get(field, "").strip() for field in FIELDS}
    for field, value in typed.items():
        if len(value) > LONGEST or not value.isprintable():
            mistakes.append((field, f"At most {LONGEST} letters and digits are looked for."))
            typed[field] = ""
    state = _state(typed["state"], mistakes)
    if typed["type"] and typed["type"] not in EVENTS:
        mistakes.append(("type", "There is no such type of event: choose one of the list."))
        typed["type"] = ""
    since, until = (_time(typed, field, zone, mistakes) for field in ("since", "until"))
    if since is not None and until is not None and until <= since:
        mistakes.append(("until", "The end must be later than the beginning."))
        until = None
    return Narrowing(
        search=typed["q"],
        endpoint_id=typed["endpoint"],
        event_type=typed["type"],
        state=state,
        since=since,
        until=until,
        typed=tuple((field, value) for field, value in typed.items() if value),
        mistakes=tuple(mistakes),
    )


def position(text: str) -> int | None:
    """Where an earlier page ended; None: the newest page."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_POSITION else None


def _state(text: str, mistakes: list[tuple[str, str]]) -> DeliveryState | None:
    if not text:
        return None
    try:
        return DeliveryState(text)
    except ValueError:
        mistakes.append(("state", "There is no such outcome: choose one of the list."))
        return None


def _time(typed: Mapping[str, str], field: str, zone: ZoneInfo, mistakes: list[tuple[str, str]]) -> datetime | None:
    """A time of the merchant's zone, unless it says its own."""
    if not typed[field]:
        return None
    try:
        read = datetime.fromisoformat(typed[field])
        return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        mistakes.append((field, TIME_RULE))
        return None
