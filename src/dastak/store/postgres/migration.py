"""Brings a PostgreSQL database to the schema of this release.

In: a connection. Out: the names of what was applied. Files in `migrations/` are applied in order, each in its own
transaction, and are never changed once released. The table `schema_migrations` says how far a database has come.
Several processes may start at once: one migrates, the others wait for it.
"""

from importlib import resources
from typing import TypeAlias

import asyncpg

from dastak.store.schema import SchemaTooNew, SchemaTooOld

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

LOCK = 0x64617374616B
"""Our advisory lock: the letters of the name."""

VERSIONS = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        applied_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
    )"""
OLDEST_SERVER = 140_000
CONTINUE_POSITIONS = """
    UPDATE deployment SET position_offset = greatest(position_offset, (
        SELECT 1 + (coalesce(max(position), 0) >> 20) - pg_current_xact_id()::text::bigint + position_offset FROM (
            SELECT max(position) AS position FROM events UNION ALL SELECT max(position) FROM deliveries) AS newest
        WHERE position >> 20 >= pg_current_xact_id()::text::bigint + position_offset))
    WHERE one"""


def available() -> list[tuple[int, str, str]]:
    """(version, name, SQL) of every migration, in order."""
    folder = resources.files("dastak.store.postgres") / "migrations"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda e: e.name)
    return [(int(entry.name[:4]), entry.name, entry.read_text()) for entry in files]


async def version_of(connection: Connection) -> int:
    """The last migration applied; 0 for a new database."""
    if await connection.fetchval("SELECT to_regclass('schema_migrations')") is None:
        return 0
    return int(await connection.fetchval("SELECT coalesce(max(version), 0) FROM schema_migrations"))


async def migrate(connection: Connection) -> list[str]:
    """Apply what is missing; the names of what was applied. Raises `SchemaTooNew` and `SchemaTooOld`."""
    server = int(await connection.fetchval("SHOW server_version_num"))
    if server < OLDEST_SERVER:
        raise SchemaTooOld(f"the server is PostgreSQL {server // 10_000}, Dastak needs 14 or later")
    applied = []
    for version, name, sql in available():
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
            await connection.execute(VERSIONS)
            current = await version_of(connection)
            newest = available()[-1][0]
            if current > newest:
                raise SchemaTooNew(f"the data has schema {current}, this release knows {newest}")
            if version > current:
                await connection.execute(sql, timeout=3600)
                await connection.execute("INSERT INTO schema_migrations (version, name) VALUES ($1, $2)", version, name)
                applied.append(name)
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        await connection.execute(CONTINUE_POSITIONS, timeout=3600)
    return applied
