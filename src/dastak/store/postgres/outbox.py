"""Appends events and the deliveries they cause, inside the transaction that moves the journeys (design §3 rule 2).

In: a connection inside a transaction that holds the journeys' rows, and events. Out: rows in `events`, `deliveries` and
`queue`, with their lanes in order: a handful of statements, however many events.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dastak.journeys.happening import SealedEvent
from dastak.store.instant import to_us
from dastak.store.postgres.endpoints import PostgresEndpoints
from dastak.store.postgres.engine import Connection
from dastak.store.postgres.lane import Lane, choose_heads, lane_name, lock
from dastak.store.vault import Vault
from dastak.webhooks.fan_out import owed_to

POSITION_BITS = 20
"""A transaction can make a million positions."""

FIRST_POSITION = f"""
    SELECT (pg_current_xact_id()::text::bigint + position_offset) << {POSITION_BITS} FROM deployment"""

ADD_EVENTS = """
    INSERT INTO events (merchant_id, position, id, journey_id, verification_id, type, sequence, occurred_at,
        sealed_body, traceparent)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[],
        $8::bigint[], $9::bytea[], $10::text[])"""

ADD_DELIVERIES = """
    WITH added AS (
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::text[], $10::integer[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[])
            AS a (merchant_id, position, id, event_position, event_id, event_type, endpoint_id, journey_id,
                verification_id, sequence, created_at, due_at, endpoint, lane)
    ), logged AS (
        INSERT INTO deliveries (merchant_id, position, id, event_position, event_id, event_type, endpoint_id,
            journey_id, verification_id, sequence, created_at, lane)
        SELECT merchant_id, position, id, event_position, event_id, event_type, endpoint_id, journey_id,
            verification_id, sequence, created_at, lane FROM added
    )
    INSERT INTO queue (merchant_id, endpoint, lane, sequence, position, delivery_id, event_position, created_at, due_at)
    SELECT merchant_id, endpoint, lane, sequence, position, id, event_position, created_at, due_at FROM added"""


@dataclass(slots=True)
class _Owed:
    event: SealedEvent
    position: int
    event_position: int
    endpoint_id: str
    endpoint: int
    lane: Lane
    due_at: int | None = None


class Outbox:
    """Writes what merchants are owed."""

    def __init__(self, vault: Vault, endpoints: PostgresEndpoints, new_id: Callable[[str], str]) -> None:
        self._vault = vault
        self._endpoints = endpoints
        self._new_id = new_id

    async def append(self, connection: Connection, events: Sequence[SealedEvent]) -> None:
        """Add events in this order, each with one delivery per endpoint that wants it."""
        if not events:
            return
        first = int(await connection.fetchval(FIRST_POSITION))
        await self._add_events(connection, events, first)
        endpoints = await self._endpoints.of_merchants(connection, {event.merchant_id for event in events})
        owed: list[_Owed] = []
        for number, event in enumerate(events):
            known = endpoints.get(event.merchant_id, [])
            numbers = {one.endpoint.id: one.number for one in known}
            for endpoint in owed_to(event.type, [one.endpoint for one in known], event.journey_id):
                lane = Lane(event.merchant_id, lane_name(endpoint.id, event.journey_id))
                position = first + len(events) + len(owed)
                owed.append(_Owed(event, position, first + number, endpoint.id, numbers[endpoint.id], lane))
        if owed:
            await self._add_deliveries(connection, owed)

    async def _add_events(self, connection: Connection, events: Sequence[SealedEvent], first: int) -> None:
        await connection.execute(
            ADD_EVENTS,
            [event.merchant_id for event in events],
            list(range(first, first + len(events))),
            [event.id for event in events],
            [event.journey_id for event in events],
            [event.verification_id for event in events],
            [event.type for event in events],
            [event.sequence for event in events],
            [to_us(event.occurred_at) for event in events],
            [self._vault.seal(event.body, f"event/{event.id}") for event in events],
            [event.trace for event in events],
        )

    async def _add_deliveries(self, connection: Connection, owed: list[_Owed]) -> None:
        """An empty lane gets its head at once; in the others the head is chosen anew among old and new."""
        occupied = await lock(connection, list({one.lane for one in owed}))
        headed = set(occupied)
        for one in owed:
            if one.lane not in headed:
                headed.add(one.lane)
                one.due_at = to_us(one.event.occurred_at)
        await connection.execute(
            ADD_DELIVERIES,
            [one.event.merchant_id for one in owed],
            [one.position for one in owed],
            [self._new_id("dlv") for _ in owed],
            [one.event_position for one in owed],
            [one.event.id for one in owed],
            [one.event.type for one in owed],
            [one.endpoint_id for one in owed],
            [one.event.journey_id for one in owed],
            [one.event.verification_id for one in owed],
            [one.event.sequence for one in owed],
            [to_us(one.event.occurred_at) for one in owed],
            [one.due_at for one in owed],
            [one.endpoint for one in owed],
            [one.lane.name for one in owed],
        )
        await choose_heads(connection, sorted(occupied), max(to_us(one.event.occurred_at) for one in owed))
