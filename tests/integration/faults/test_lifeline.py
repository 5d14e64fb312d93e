"""A dispatcher that dies is known to be dead at once, and nobody is taken for dead because the server restarted."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import asyncpg
import pytest

from conformance.house import MASTER_KEY, PUBLIC_URL, Ids
from dastak.store.postgres import dispatchers
from dastak.store.postgres.engine import PoolSettings
from dastak.store.postgres.store import PostgresStore
from dastak.store.vault import Vault
from support.postgres import PrivatePostgres

pytestmark = pytest.mark.slow

BEATS = 200

Opening = Callable[[str], PostgresStore]


@pytest.fixture
async def opening(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Opening]:
    """Makes stores whose heartbeats the test gives itself."""
    monkeypatch.setattr(dispatchers, "BEAT_EVERY", timedelta(hours=1))
    stores: list[PostgresStore] = []

    def made(url: str) -> PostgresStore:
        stores.append(PostgresStore(PoolSettings(url, size=2), Vault([MASTER_KEY]), Ids(), PUBLIC_URL))
        return stores[-1]

    yield made
    for store in stores:
        await store.close()


async def numbers(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    try:
        return [row["number"] for row in await connection.fetch("SELECT number FROM dispatchers ORDER BY number")]
    finally:
        await connection.close()


async def test_a_cut_lifeline_is_a_death_that_the_next_heartbeat_sees(database: str, opening: Opening) -> None:
    dying, living = opening(database), opening(database)
    await dying.open()
    await dying._dispatchers.number()
    left = await living._dispatchers.number()
    assert living._dispatchers.together == 2
    dying._dispatchers._lifeline.cut()
    for _ in range(BEATS):  # the server needs a moment to see that the connection is gone
        await living._dispatchers.beat()
        if living._dispatchers.together == 1:
            break
    assert await numbers(database) == [left]
    assert living._dispatchers.is_alone


async def test_a_living_dispatcher_whose_lifeline_broke_ties_another(database: str, opening: Opening) -> None:
    store, other = opening(database), opening(database)
    await store.open()
    number = await store._dispatchers.number()
    store._dispatchers._lifeline.cut()
    for _ in range(BEATS):
        await store._dispatchers.beat()
        if store._dispatchers._lifeline.holds(number):
            break
    await other._dispatchers.number()
    await other._dispatchers.beat()
    assert len(await numbers(database)) == 2


async def test_a_restart_of_the_server_is_nobodys_death(own: PrivatePostgres, opening: Opening) -> None:
    url = own.database()
    one, two = opening(url), opening(url)
    await one.open()
    both = [await one._dispatchers.number(), await two._dispatchers.number()]
    await asyncio.to_thread(own.restart)
    await two._dispatchers.beat()
    assert await numbers(url) == both
    await one._dispatchers.beat()
    assert await numbers(url) == both
