"""What `dastak doctor` finds out about a PostgreSQL: whether it is fit to hold what was acknowledged, and has room.

In: the settings. Out: a fault that says what to do, or what was seen. Nothing is changed. `doctor` calls it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

import asyncpg

from dastak.app.settings import Settings
from dastak.store.postgres.engine import AWAY, Engine, PoolSettings
from dastak.store.postgres.migration import OLDEST_SERVER, available, version_of
from dastak.store.trouble import StoreUnavailable

CLOCK_SKEW_SECONDS = 5
LISTENING = 1
"""A connection beside the pool, on which a process hears of others' commits."""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

SERVER = """
    SELECT current_setting('server_version_num')::integer AS version, current_setting('fsync') = 'off' AS careless,
        current_setting('synchronous_commit') = 'off' AS hasty, pg_is_in_recovery() AS follows,
        current_setting('default_transaction_read_only') = 'on' AS read_only,
        has_schema_privilege(current_schema(), 'CREATE') AS may_create,
        extract(epoch FROM clock_timestamp())::float8 AS now"""
WHICH = """
    SELECT current_database() || ' ' || oid || ' ' || pg_postmaster_start_time() FROM pg_database
    WHERE datname = current_database()"""
ROOM = """
    SELECT current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
            AS of_server,
        (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()) AS of_database,
        (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user) AS of_role,
        (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') - 1 AS used"""


@dataclass(frozen=True, slots=True)
class _Way:
    """What one URL leads to."""

    which: str
    """The same for the same database of the same running server."""
    is_pooled: bool
    allowed: int
    used: int


async def database_finding(settings: Settings) -> tuple[str, str]:
    """Whether it can be reached, keeps what it commits, and has a schema that this release knows."""
    try:
        async with _connected(settings.database_direct_url or settings.database_url) as connection:
            server = await connection.fetchrow(SERVER)
            schema = await version_of(connection)
    except AWAY as error:
        return _unreachable(error), ""
    assert server is not None  # noqa: S101 - a SELECT without FROM has one row
    newest = available()[-1][0]
    faults = {
        f"is PostgreSQL {server['version'] // 10_000}: Dastak needs 14 or later": server["version"] < OLDEST_SERVER,
        f"has schema {schema}, this release knows {newest}: use a newer release": schema > newest,
        "takes no writes (it follows another, or is read-only): name the one that does in DASTAK_DATABASE_URL": server[
            "follows"
        ]
        or server["read_only"],
        "does not sync commits to the disk: set fsync to on": server["careless"],
        "answers before a commit is safe: set synchronous_commit to on": server["hasty"],
        "its clock and this machine's differ: turn on time synchronisation on both": abs(
            server["now"] - datetime.now(UTC).timestamp()
        )
        > CLOCK_SKEW_SECONDS,
        "does not let this role make tables, which migrations must: make it the owner of the database": schema < newest
        and not server["may_create"],
    }
    made = f"schema {schema} of {newest}" if schema else "not made yet; the first start makes it"
    return next(
        (fault for fault, found in faults.items() if found), ""
    ), f"PostgreSQL {server['version'] // 10_000}, {made}"


async def connections_finding(settings: Settings) -> tuple[str, str]:
    """Whether there is room for this process, and whether the way there is what the settings say it is."""
    try:
        way = await _way(settings.database_url)
        direct = await _way(settings.database_direct_url) if settings.database_direct_url else None
    except AWAY as error:
        return _unreachable(error), ""
    wanted = settings.database_pool + LISTENING
    faults = {
        "DASTAK_DATABASE_DIRECT_URL leads to another database than DASTAK_DATABASE_URL": direct is not None
        and direct.which != way.which,
        "DASTAK_DATABASE_DIRECT_URL goes through a pooler: name the server itself": direct is not None
        and direct.is_pooled,
        "a pooler in transaction mode is in between: set DASTAK_DATABASE_POOLER=transaction": way.is_pooled
        and settings.database_pooler == "none",
        f"allows {way.allowed} connections, one process takes up to {wanted}: lower DASTAK_DATABASE_POOL": not (
            way.is_pooled or wanted <= way.allowed
        ),
    }
    seen = f"{way.used} of {way.allowed} in use; one process takes up to {wanted}"
    if way.is_pooled:
        late = "" if direct else "; set DASTAK_DATABASE_DIRECT_URL to hear of new work at once"
        seen = f"through a pooler{late}"
    return next((fault for fault, found in faults.items() if found), ""), seen


async def _way(url: str) -> _Way:
    async with _connected(url) as one, _connected(url) as other:
        room = await one.fetchrow(ROOM)
        assert room is not None  # noqa: S101 - a SELECT without FROM has one row
        limits = (room["of_server"], room["of_database"], room["of_role"])
        return _Way(
            which=await one.fetchval(WHICH),
            is_pooled=await _is_pooled(one, other),
            allowed=min(limit for limit in limits if limit is not None),
            used=room["used"],
        )


async def _is_pooled(one: Connection, other: Connection) -> bool:
    """Whether two transactions of one connection can run in two sessions of the server."""
    async with one.transaction():
        first = await one.fetchval("SELECT pg_backend_pid()")
    async with other.transaction():
        taken = await other.fetchval("SELECT pg_backend_pid()")
        if taken == first:
            return True
        async with one.transaction():
            return bool(await one.fetchval("SELECT pg_backend_pid()") != first)


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Connection]:
    connection = await Engine(PoolSettings(url, pooler=True)).connect()  # safe whether or not there is one
    try:
        yield connection
    finally:
        try:
            await connection.close(timeout=1)
        except (TimeoutError, *AWAY):
            connection.terminate()


def _unreachable(error: BaseException) -> str:
    why = str(error) if isinstance(error, StoreUnavailable) else type(error).__name__
    return f"cannot be reached ({why}): check DASTAK_DATABASE_URL, the server and the firewall"
