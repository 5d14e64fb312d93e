"""PostgreSQL's schema: the migrations add up to what is written down, and processes that start together do it once."""

import asyncio
from importlib import resources

import asyncpg
import pytest

from conformance.house import MASTER_KEY, PUBLIC_URL, Ids
from dastak.store.postgres.engine import PoolSettings
from dastak.store.postgres.migration import available, migrate, version_of
from dastak.store.postgres.store import PostgresStore
from dastak.store.schema import SchemaTooNew
from dastak.store.vault import Vault
from support.postgres import PrivatePostgres

WRITTEN = resources.files("dastak.store.postgres") / "schema.sql"
NAMES = [name for _, name, _ in available()]
NOISE = ("--", "\\")
"""Comments, and a key that pg_dump makes anew each time."""


def dumped(postgres: PrivatePostgres, url: str) -> list[str]:
    """The schema of a database, line by line."""
    return [line for line in postgres.dump(url).splitlines() if line and not line.startswith(NOISE)]


async def migrated(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return await migrate(connection)
    finally:
        await connection.close()


async def test_the_sum_of_the_migrations_is_the_written_schema(postgres: PrivatePostgres, database: str) -> None:
    """If the change is meant, `python tools/schema.py` writes it down; read the difference."""
    await migrated(database)
    written = postgres.database()
    connection = await asyncpg.connect(written)
    await connection.execute(WRITTEN.read_text())
    await connection.close()
    assert dumped(postgres, database) == dumped(postgres, written)
    postgres.drop(written)


async def test_a_database_that_is_up_to_date_is_left_alone(postgres: PrivatePostgres, database: str) -> None:
    assert await migrated(database) == NAMES
    before = dumped(postgres, database)
    assert await migrated(database) == []
    assert dumped(postgres, database) == before


async def test_processes_that_start_together_migrate_once(database: str) -> None:
    stores = [PostgresStore(PoolSettings(database), Vault([MASTER_KEY]), Ids(), PUBLIC_URL) for _ in range(4)]
    applied = await asyncio.gather(*(store.open() for store in stores))
    assert sorted(name for names in applied for name in names) == NAMES
    assert all([await store.is_writable() for store in stores])
    for store in stores:
        await store.close()


async def test_data_of_a_newer_release_is_refused_and_left_alone(database: str) -> None:
    await migrated(database)
    newer = available()[-1][0] + 1
    connection = await asyncpg.connect(database)
    await connection.execute("INSERT INTO schema_migrations (version, name) VALUES ($1, 'from tomorrow')", newer)
    with pytest.raises(SchemaTooNew, match=str(newer)):
        await migrate(connection)
    assert await version_of(connection) == newer
    await connection.close()
