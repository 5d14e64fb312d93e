"""The pooler that tests start for themselves really is in transaction mode."""

from collections.abc import Iterator

import asyncpg
import pytest

from support.pgbouncer import PrivatePgBouncer
from support.postgres import PrivatePostgres

pytestmark = pytest.mark.slow


@pytest.fixture
def pooled(postgres: PrivatePostgres, database: str) -> Iterator[str]:
    """The URL of a fresh database, through a pool of one connection."""
    with PrivatePgBouncer(postgres, pool_size=1) as pooler:
        yield pooler.url(database)


async def connect(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(url, statement_cache_size=0, timeout=20)


async def test_two_clients_share_one_connection_of_the_server_between_transactions(pooled: str) -> None:
    one, two = await connect(pooled), await connect(pooled)
    try:
        backends = [await client.fetchval("SELECT pg_backend_pid()") for client in (one, two, one)]
    finally:
        await one.close()
        await two.close()
    assert len(set(backends)) == 1


async def test_what_one_client_sets_for_its_session_the_other_finds(pooled: str) -> None:
    one, two = await connect(pooled), await connect(pooled)
    try:
        await one.execute("SET work_mem = '1234kB'")
        assert await two.fetchval("SHOW work_mem") == "1234kB"
    finally:
        await one.close()
        await two.close()


async def test_a_stopped_pooler_is_gone_and_its_databases_stay(postgres: PrivatePostgres, database: str) -> None:
    with PrivatePgBouncer(postgres) as pooler:
        client = await connect(pooler.url(database))
        await client.execute("CREATE TABLE kept (n int)")
        pooler.stop()
        assert not pooler.is_running
        client.terminate()
        with pytest.raises(ConnectionRefusedError):
            await connect(pooler.url(database))
        pooler.start()
        again = await connect(pooler.url(database))
        assert await again.fetchval("SELECT count(*) FROM kept") == 0
        await again.close()
