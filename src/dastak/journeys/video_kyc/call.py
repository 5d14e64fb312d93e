"""One meeting of customer and agent: who was there, when, and what was recorded of it.

In: the move makes and ends them. Out: the store keeps them with the case. A call that broke off for good is over; a
rejoined customer gets a new one, with a new room.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Party(StrEnum):
    """Who takes part."""

    CUSTOMER = "customer"
    AGENT = "agent"


class CallEnd(StrEnum):
    """Why a call is over."""

    DECIDED = "decided"
    CUSTOMER_LEFT = "customer_left"
    CUSTOMER_ABSENT = "customer_absent"
    """The customer never came into the room."""
    AGENT_LOST = "agent_lost"
    TOO_LONG = "too_long"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class CallSession:
    """One room, from the agent's accepting to the call's end."""

    id: str
    """`call_…`; also the name of the room."""
    agent_id: str
    """`opr_…`, the operator who accepted."""
    accepted_at: datetime
    customer_joined_at: datetime | None = None
    agent_joined_at: datetime | None = None
    started_at: datetime | None = None
    """When both were in the room for the first time."""
    customer_away_since: datetime | None = None
    """Set while the customer's connection is lost; a short loss is no drop-off."""
    agent_away_since: datetime | None = None
    ended_at: datetime | None = None
    end: CallEnd | None = None
    recording: str | None = None
    """Where the storage keeps what was recorded of this call."""
