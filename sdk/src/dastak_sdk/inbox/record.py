"""What the inbox remembers of an event and of its journey, and what makes two arrivals the same event.

In: an `Event` as it was verified or pulled. Out: `Record` and `Lane`, frozen; pure functions over them. Called by
`inbox` and `rows`.

Two arrivals are one event when their ids are equal; where the sender gives no id that can be trusted (the hosted
provider gives none; the header scheme does not sign it), when their bodies are, byte for byte.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from dastak_sdk.envelope import Event, read_any_event
from dastak_sdk.inbox.standing import NOTHING, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_AS_BASE64 = "base64:"
"""How the `raw` of what cannot be read begins: it may be no text at all. No JSON begins so."""

_PRODUCTS = (("KYC_LINK_", "kyc_link"), ("VKYC_", "video_kyc"))


class State(str, Enum):
    """Where a received event stands."""

    RECEIVED = "received"
    """Kept, and not handled yet: it waits for its turn or for a worker."""
    PROCESSING = "processing"
    """A worker has it, until its lease ends."""
    DONE = "done"
    """Its effect is committed, or it came too late to have one."""
    FAILED = "failed"
    """The effect raised. With a `due_at` it is tried again; without, it is a dead letter."""

    __str__ = str.__str__


@dataclass(frozen=True)
class Record:
    """One event in the inbox."""

    key: str
    """SHA-256 of the body; `…+id` for a second event with the same bytes as another."""
    digest: str
    """SHA-256 of the body."""
    event_id: str | None
    """`webhook-id`, where a signature covers it or it was pulled."""
    lane: str
    """The journey, as `lane_of` names it."""
    sequence: int | None
    """The number within the journey; None where the sender gives none."""
    event_type: str
    raw: str
    """The body, `base64:…` if it cannot be read; empty once it was forgotten."""
    received_at: float
    """Unix seconds, as all times here."""
    state: State = State.RECEIVED
    attempts: int = 0
    """How often the effect was begun since it arrived or was replayed."""
    due_at: float | None = None
    """When to look at it next: now, the next retry, the end of a lease or of patience. None: not by itself."""
    lease: str | None = None
    """Whose attempt it is; only who holds it may finish."""
    is_late: bool = False
    """Something newer of its journey was handled before."""
    problem: str | None = None
    """What the last failed attempt raised; of one that is done: why it had no effect, as nobody knew what it is."""

    @property
    def is_dead(self) -> bool:
        """Whether it is a dead letter: given up until somebody replays or skips it."""
        return self.state is State.FAILED and self.due_at is None

    @property
    def is_unknown(self) -> bool:
        """Whether it was kept and had no effect, as this version did not know or could not read it."""
        return self.state is State.DONE and self.problem is not None

    def event(self) -> Event:
        """The event again, as it was received. What could not be read then may be now, with a later version."""
        body = b64decode(self.raw.removeprefix(_AS_BASE64)) if self.raw.startswith(_AS_BASE64) else self.raw.encode()
        return replace(read_any_event(body), id=self.event_id, sequence=self.sequence)


@dataclass(frozen=True)
class Lane:
    """How far a journey was handled."""

    name: str
    next_sequence: int = 1
    """What comes next; everything before it is handled, or was given up waiting for."""
    standing: Standing = NOTHING
    """Of the newest event that was handled."""


def lane_of(event: Event) -> str | None:
    """Name the journey of an event by its product and `verification_id`; None for an event that belongs to none."""
    type_: Any = event.type
    data: Any = event.data
    if event.problem is not None:  # what could not be read as an event may still say whose it is
        type_, data = str(data.get("event_type")), data.get("data")
    found: Any = data.get("verification_id") if hasattr(data, "get") else getattr(data, "verification_id", None)
    product = next((name for prefix, name in _PRODUCTS if type_.startswith(prefix)), None)
    return f"{product}:{found}" if product and isinstance(found, str) and found else None


def record_of(event: Event, *, pulled: bool, now: float) -> Record:
    """Make the record of an arrival. `pulled`: it came over the merchant's own call, so its id can be trusted."""
    raw = event.raw if event.raw or event.problem is not None else event.to_bytes()
    digest = sha256(raw).hexdigest()
    lane = lane_of(event)
    return Record(
        key=digest,
        digest=digest,
        event_id=event.id if pulled or event.id_signed else None,
        lane=lane or f"event:{digest}",
        sequence=event.sequence if lane else None,
        event_type=event.type,
        raw=raw.decode() if event.problem is None else _AS_BASE64 + b64encode(raw).decode(),
        received_at=now,
        due_at=now,
    )


def same_event(new: Record, known: Iterable[Record]) -> Record | None:
    """Find the record of the same event among those that share the id or the bytes.

    Bytes decide where one of the two has no id. A sequence decides nothing: who has captured a request can repeat it
    under another one, and one event would have two effects as soon as it is pulled.
    """
    alike = list(known)
    if new.event_id is not None:
        for record in alike:
            if record.event_id == new.event_id:
                return record
        alike = [record for record in alike if record.event_id is None]
    return next((record for record in alike if record.sequence == new.sequence), alike[0] if alike else None)


def taught(known: Record, new: Record, now: float, *, pulled: bool) -> Record:
    """Add to what is known of an event what another arrival of it says: its id, and its sequence.

    A sequence that was pulled is right. One that came with a webhook is a hint: it teaches only what waits for nothing
    and has none. Where an event that waits comes under two, neither is believed: its body decides when patience ends,
    at once where it never does.
    """
    sequence, due_at = known.sequence, known.due_at
    hint = new.sequence if new.lane == known.lane else None
    if hint is not None and hint != sequence:
        is_due = due_at is not None and due_at <= now
        if pulled or (sequence is None and is_due and known.state is State.RECEIVED):
            sequence = hint
        elif known.state is State.RECEIVED:
            sequence, due_at = None, now if due_at is None else due_at
    return replace(known, event_id=known.event_id or new.event_id, sequence=sequence, due_at=due_at)


def from_row(row: Mapping[str, Any]) -> Record:
    """Read a row of the table."""
    return Record(**{**row, "state": State(row["state"]), "is_late": bool(row["is_late"])})
