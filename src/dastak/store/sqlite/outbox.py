"""Appends events and the deliveries they cause, inside the transaction that moves the journey (design §3 rule 2).

In: a connection inside a transaction, sealed events. Out: rows in `events` and `deliveries`, with their lanes in order.
"""

import sqlite3
from collections.abc import Callable, Sequence

from dastak.journeys.happening import SealedEvent
from dastak.store.instant import to_us
from dastak.store.sqlite.endpoints import SqliteEndpoints
from dastak.store.sqlite.lane import choose_head
from dastak.store.vault import Vault
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.fan_out import owed_to

ADD_EVENT = """
    INSERT INTO events (merchant_id, id, journey_id, verification_id, type, sequence, occurred_at, sealed_body,
        traceparent)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
ADD_DELIVERY = """
    INSERT INTO deliveries (merchant_id, id, event_position, event_id, event_type, endpoint_id, journey_id,
        verification_id, sequence, state, due_at, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', NULL, ?)"""


class Outbox:
    """Writes what a merchant is owed."""

    def __init__(self, vault: Vault, endpoints: SqliteEndpoints, new_id: Callable[[str], str]) -> None:
        self._vault = vault
        self._endpoints = endpoints
        self._new_id = new_id

    def append(self, connection: sqlite3.Connection, events: Sequence[SealedEvent]) -> None:
        """Add events in this order, each with one delivery per endpoint that wants it."""
        for event in events:
            position = self._add_event(connection, event)
            endpoints = self._endpoints.of_merchant(connection, event.merchant_id)
            for endpoint in owed_to(event.type, endpoints, event.journey_id):
                self._add_delivery(connection, event, position, endpoint)

    def _add_event(self, connection: sqlite3.Connection, event: SealedEvent) -> int:
        sealed = self._vault.seal(event.body, f"event/{event.id}")
        added = connection.execute(
            ADD_EVENT,
            (
                event.merchant_id,
                event.id,
                event.journey_id,
                event.verification_id,
                event.type,
                event.sequence,
                to_us(event.occurred_at),
                sealed,
                event.trace,
            ),
        )
        return added.lastrowid or 0

    def _add_delivery(
        self, connection: sqlite3.Connection, event: SealedEvent, event_position: int, endpoint: Endpoint
    ) -> None:
        now = to_us(event.occurred_at)
        connection.execute(
            ADD_DELIVERY,
            (
                event.merchant_id,
                self._new_id("dlv"),
                event_position,
                event.id,
                event.type,
                endpoint.id,
                event.journey_id,
                event.verification_id,
                event.sequence,
                now,
            ),
        )
        choose_head(connection, endpoint.id, event.journey_id, endpoint.lane_policy, now)
