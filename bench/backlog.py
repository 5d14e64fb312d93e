"""Fills a store with deliveries that are owed, thousands in one transaction, through the store's own outbox.

In: an open store, endpoints, how many events. Out: rows as a server would have made them, only faster.
"""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from dastak.app.build import Store
from dastak.app.identifiers import new_id
from dastak.journeys.happening import SealedEvent
from dastak.store.postgres.engine import BEGIN_PLANNED
from dastak.store.postgres.store import PostgresStore

AT_ONCE = 2000
BODY = (
    b'{"signature":"3YdAGMqBPDgWqy4zteRad/MoCmH59cm+93sogQWhOa8=","event_type":"KYC_LINK_ACTION_PERFORMED",'
    b'"event_time":"2026-02-15T16:53:15Z","version":"v1","data":{"name":"Test","phone":"9999999999","email":'
    b'"test@example.com","verification_id":"%s","reference_id":235461,"link_expiry":"2026-12-02","form_link":'
    b'"https://kyc.example.com/verification/abcdefghjkmnpqrs","form_status":"RECEIVED","verification_details":['
    b'{"reference_id":234,"type":"OFFLINE_AADHAAR_VERIFICATION","status":"SUCCESS"},{"reference_id":0,"type":'
    b'"PANDETAILS_VERIFICATION","status":"RECEIVED"},{"reference_id":0,"type":"BANKDETAILS_VALIDATION","status":'
    b'"RECEIVED"},{"reference_id":0,"type":"UPIDETAILS_VALIDATION","status":"RECEIVED"}]}}'
)


async def owe(
    store: Store, merchant_ids: Sequence[str], events: int, per_journey: int = 4, at: datetime | None = None
) -> None:
    """Append so many events, of journeys of these merchants in turn, each owed to every endpoint of its merchant."""
    journeys = events // per_journey
    at = at or datetime.now(UTC) - timedelta(seconds=1)
    batch: list[SealedEvent] = []
    for number in range(journeys):
        merchant_id, journey_id = merchant_ids[number % len(merchant_ids)], new_id("jrn")
        batch += [_event(merchant_id, journey_id, sequence, at) for sequence in range(1, per_journey + 1)]
        if len(batch) >= AT_ONCE:
            await _append(store, batch)
            batch = []
    if batch:
        await _append(store, batch)


def _event(merchant_id: str, journey_id: str, sequence: int, at: datetime) -> SealedEvent:
    return SealedEvent(
        id=new_id("evt"),
        merchant_id=merchant_id,
        journey_id=journey_id,
        verification_id=journey_id,
        type="KYC_LINK_ACTION_PERFORMED",
        sequence=sequence,
        occurred_at=at,
        body=BODY % journey_id.encode(),
    )


async def _append(store: Store, events: Sequence[SealedEvent]) -> None:
    outbox: Any = store.links._outbox  # noqa: SLF001 - a short cut for benchmarks, past journeys and their checks
    engine: Any = store.links._engine  # noqa: SLF001
    if isinstance(store, PostgresStore):
        await engine.write(lambda connection: outbox.append(connection, events), begin=BEGIN_PLANNED)
        return

    def work(connection: sqlite3.Connection) -> None:
        outbox.append(connection, events)

    await engine.write(work)
