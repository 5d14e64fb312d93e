"""What belongs to one journey, read: its events, their deliveries, where these go.

In: a merchant and a journey. Out: rows, and endpoints by id. Bounded: of a journey with more, the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dastak.web.dashboard.door import Door
from dastak.web.dashboard.journeys.room import JourneysRoom
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.log import DeliveryFilter, DeliveryRow, EventFilter, EventRow

MOST_EVENTS, MOST_DELIVERIES = 200, 400


@dataclass(frozen=True, slots=True)
class Around:
    """What belongs to a journey."""

    events: Sequence[EventRow]
    deliveries: Sequence[DeliveryRow]
    endpoints: Mapping[str, Endpoint]


async def around(room: JourneysRoom, merchant_id: str, journey_id: str, verification_id: str) -> Around:
    """Read it."""
    events = await room.history.events(merchant_id, EventFilter(journey_id=journey_id), 0, MOST_EVENTS)
    which = DeliveryFilter(verification_id=verification_id)
    deliveries = await room.history.deliveries(merchant_id, which, 0, MOST_DELIVERIES)
    endpoints = await room.endpoints.endpoints(merchant_id)
    return Around(events, deliveries, {one.id: one for one in endpoints})


async def maker_of(door: Door, merchant_id: str, made_by: str) -> str:
    """Who made a journey: a member by name, a key by its client id; empty: not known."""
    members = await door.registry.list(merchant_id) if made_by.startswith("mem_") else ()
    return next((one.name for one in members if one.id == made_by), made_by)


async def names_of(room: JourneysRoom, merchant_id: str) -> dict[str, str]:
    """Operators by id."""
    return {one.id: one.name for one in await room.operators.operators(merchant_id)}
