"""The connection to PostgreSQL is cut in each phase of each kind of work: nothing is lost, and nothing done twice."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from conformance.house import MASTER_KEY, PUBLIC_URL, Ids, Ports, ports_of
from conformance.values import (
    LEASE,
    NOW,
    SECOND,
    Space,
    a_link,
    a_merchant,
    an_endpoint,
    an_event,
    settled,
    with_events,
)
from dastak.store.postgres import dispatchers
from dastak.store.postgres.engine import PoolSettings
from dastak.store.postgres.store import PostgresStore
from dastak.store.trouble import StoreUnavailable
from dastak.store.vault import Vault
from dastak.webhooks.delivery import Claimed
from dastak.webhooks.verdict import Outcome
from support.wire import Wire

pytestmark = pytest.mark.slow

INGEST, CLAIM, SETTLE = b"INSERT INTO queue", b"WITH RECURSIVE heads", b"INSERT INTO attempts"
"""What is said in the middle of each transaction."""

BEFORE_IT_IS_DONE = pytest.mark.parametrize("phase", ["before", "within"])
UNHEARD = pytest.mark.parametrize("phase", ["at the commit", "after"])
"""Whether the server heard the commit, nobody can know here."""


@pytest.fixture
async def store(database: str, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PostgresStore]:
    """A store whose pool goes over the wire; heartbeats do not get between the test's own words."""
    monkeypatch.setattr(dispatchers, "BEAT_EVERY", timedelta(hours=1))
    settings = PoolSettings(wire.url(database), size=2)
    store = PostgresStore(settings, Vault([MASTER_KEY]), Ids(), PUBLIC_URL, direct_url=database)
    await store.open()
    await store.merchants.add_merchant(a_merchant())
    await store.endpoints.add_endpoint(an_endpoint())
    await store._dispatchers.number()  # a dispatcher alone rings for nobody
    yield store
    await store.close()


@pytest.fixture
def ports(store: PostgresStore) -> Ports:
    return ports_of(store)


async def ask(database: str, sql: str) -> Any:
    connection = await asyncpg.connect(database)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def arm(wire: Wire, phase: str, middle: bytes) -> None:
    """Cut the next transaction in that phase. New connections prepare anew, so the words are heard."""
    wire.cut()
    if phase == "after":
        wire.cut_when(b"COMMIT", forward=True)
    else:
        wire.cut_when({"before": b"BEGIN", "within": middle, "at the commit": b"COMMIT"}[phase])


async def claim(ports: Ports) -> list[Claimed]:
    return list(await ports.deliveries.claim(NOW, NOW + LEASE, Space()))


async def three_owed(ports: Ports) -> None:
    for number in (1, 2, 3):
        await ports.links.add_link(a_link(number), ())
        await with_events(ports, a_link(number), 1)


@BEFORE_IT_IS_DONE
async def test_events_are_saved_once_and_by_themselves(ports: Ports, database: str, wire: Wire, phase: str) -> None:
    await ports.links.add_link(a_link(), ())
    arm(wire, phase, INGEST)
    await with_events(ports, a_link(), 2)
    assert wire.counts.cut >= 2
    assert await ask(database, "SELECT count(*) FROM events") == 2
    assert await ask(database, "SELECT count(*) FROM queue") == 2


@UNHEARD
async def test_whoever_did_not_hear_that_it_was_saved_finds_out_when_trying_again(
    ports: Ports, database: str, wire: Wire, phase: str
) -> None:
    await ports.links.add_link(a_link(), ())
    arm(wire, phase, INGEST)
    saved = replace(a_link(), sequence=1)
    with pytest.raises(StoreUnavailable):
        await ports.links.save_link(saved, [an_event(saved, 1)], ())
    again = await ports.links.save_link(saved, [replace(an_event(saved, 1), id="evt_again")], ())
    assert again is (phase == "at the commit")
    found = await ports.links.link_by_code(a_link().code)
    assert found is not None
    assert found.sequence == 1
    assert await ask(database, "SELECT count(*) FROM events") == 1


@BEFORE_IT_IS_DONE
async def test_a_claim_brings_what_is_due_all_the_same(ports: Ports, wire: Wire, phase: str) -> None:
    assert await claim(ports) == []
    await three_owed(ports)
    arm(wire, phase, CLAIM)
    assert [one.attempt for one in await claim(ports)] == [1, 1, 1]
    assert wire.counts.cut >= 2


@UNHEARD
async def test_a_claim_that_was_not_heard_of_does_not_keep_its_rows_until_the_leases_end(
    ports: Ports, wire: Wire, phase: str
) -> None:
    await three_owed(ports)
    (held, *others) = await claim(ports)
    await ports.deliveries.release(others)
    arm(wire, phase, CLAIM)
    with pytest.raises(StoreUnavailable):
        await claim(ports)
    again = await claim(ports)
    assert sorted(one.id for one in again) == sorted(one.id for one in others)
    assert [one.attempt for one in again] == [1, 1]
    assert held.id not in {one.id for one in again}


@pytest.mark.parametrize("phase", ["before", "within", "at the commit", "after"])
async def test_outcomes_are_recorded_once(ports: Ports, database: str, wire: Wire, phase: str) -> None:
    await three_owed(ports)
    first, second, third = await claim(ports)
    outcomes = [
        settled(first, Outcome.DELIVERED, NOW),
        settled(second, Outcome.RETRY, NOW, NOW + SECOND),
        settled(third, Outcome.GIVEN_UP, NOW),
    ]
    arm(wire, phase, SETTLE)
    if phase in {"at the commit", "after"}:
        with pytest.raises(StoreUnavailable):
            await ports.deliveries.settle(outcomes, NOW)
        await ports.deliveries.settle(outcomes, NOW)
    else:
        await ports.deliveries.settle(outcomes, NOW)
    assert await ask(database, "SELECT count(*) FROM attempts") == 3
    assert await ask(database, "SELECT string_agg(failures || ' ' || attempts, ',') FROM queue") == "1 1"
    assert await ask(database, "SELECT count(*) FROM given_up") == 1
    (again,) = await ports.deliveries.claim(NOW + SECOND, NOW + LEASE, Space())
    assert (again.id, again.attempt, again.failures) == (second.id, 2, 1)


async def test_a_connection_that_breaks_during_an_error_of_ours_does_not_hide_it(
    store: PostgresStore, wire: Wire
) -> None:
    async def work(connection: object) -> None:
        wire.cut()
        raise LookupError("ours")

    with pytest.raises(LookupError, match="ours"):
        await store._engine.write(work)
