"""Connections to PostgreSQL: a pool that outlives restarts and failovers of the server, and short transactions.

In: functions that take a connection. Out: what they return, once it is committed.

Every statement runs inside an explicit transaction, so it works behind a pooler in transaction mode. What fails before
its commit was sent is done again by itself, for as long as a failover usually takes; what fails later is for the caller
to judge. A connection on which anything unexpected happened is closed, never given back.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias, TypeVar

import asyncpg
import structlog
from asyncpg import exceptions as pg

from dastak.store.observing import StoreObserver, Unobserved
from dastak.store.trouble import NoSuchText, StoreUnavailable

log = structlog.get_logger("dastak.store")

T = TypeVar("T")

PATIENCE = timedelta(seconds=4)
"""How long work is tried again by itself after connections broke: callers are waiting."""

FIRST_PAUSE = timedelta(milliseconds=50)
LONGEST_PAUSE = timedelta(milliseconds=800)
CONNECT_SECONDS = 3.0
STATEMENT_SECONDS = 20.0
"""A statement that takes longer is given up, and its connection with it: the network may be cut without a word."""

POOL = 8

BEGIN = "BEGIN"
BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
BEGIN_PAGING = f"""{BEGIN_READING}; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off;
    SET LOCAL jit = off"""
"""For the next few rows in the order of an index: without statistics, all of them would be fetched and sorted."""
PLANNING: Mapping[str, str] = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_material": "off",
    "enable_bitmapscan": "off",
    "jit": "off",
}
"""For statements over short arrays into big tables: probe by index in the order of the array, planned once. Statistics
of a queue are always wrong, and the order in which rows are locked must be ours. Our own connections are opened so; a
pooler's are told at each transaction."""
PLAN = "".join(f"; SET LOCAL {name} = {value}" for name, value in PLANNING.items())
BEGIN_PLANNED = BEGIN + PLAN
BEGIN_READING_PLANNED = BEGIN_READING + PLAN
BEGIN_RELAXED = f"{BEGIN_PLANNED}; SET LOCAL synchronous_commit = off"
"""A commit that does not wait for the disk: for what may be done again, such as leases."""

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    pg.PostgresConnectionError,
    pg.OperatorInterventionError,  # the server is starting, stopping, or was told to cut us off
    pg.InsufficientResourcesError,  # disk full, out of memory, too many connections
    pg.ReadOnlySQLTransactionError,  # it was demoted, or its disk is guarded
    pg.PostgresIOError,
    pg.InvalidAuthorizationSpecificationError,
    pg.InvalidCatalogNameError,
    pg.ObjectInUseError,
    pg.ProtocolViolationError,  # a pooler between us and the server says so when it cannot connect
)
"""What asking again later may mend."""

CROSSED = (
    pg.DeadlockDetectedError,
    pg.SerializationError,
    pg.LockNotAvailableError,
    pg.InvalidCachedStatementError,  # a newer release has migrated: a new connection knows the new shape
    pg.OutdatedSchemaCacheError,
)
"""Two transactions were in each other's way, or a plan is old: the loser begins again at once."""


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """How to reach the server."""

    url: str
    size: int = POOL
    pooler: bool = False
    """A pooler in transaction mode is in between: nothing may be kept on a connection."""


class Engine:
    """Runs work on one database. A pool belongs to the event loop on which it was made; it is made when needed."""

    def __init__(self, settings: PoolSettings, observer: StoreObserver | None = None) -> None:
        self.settings = settings
        self._observer = observer or Unobserved()
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._making: asyncio.Lock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def write(self, work: Callable[[Connection], Awaitable[T]], *, begin: str = BEGIN, writes: int = 1) -> T:
        """Run `work` in one transaction; returns after its commit.

        Raises:
            StoreUnavailable: it was not done; or, if the connection broke within the commit, perhaps it was.
        """
        return await self._insisting(lambda: self._once(work, begin, writes))

    async def read(self, work: Callable[[Connection], Awaitable[T]], *, begin: str = BEGIN_READING) -> T:
        """Run `work` in one snapshot of everything committed so far. Raises `StoreUnavailable`."""
        return await self._insisting(lambda: self._once(work, begin, 0))

    async def rows(self, sql: str, *values: object, begin: str = BEGIN_READING) -> list[asyncpg.Record]:
        """The rows of one statement, in one round trip where no pooler is in between. Raises `StoreUnavailable`."""
        if self.settings.pooler:
            return await self.read(lambda connection: connection.fetch(sql, *values), begin=begin)
        return await self._insisting(lambda: self._look(sql, values))

    async def row(self, sql: str, *values: object) -> asyncpg.Record | None:
        """The first row, or None."""
        return next(iter(await self.rows(sql, *values)), None)

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection beside the pool, for its caller to close. Raises `StoreUnavailable`."""
        try:
            return await asyncpg.connect(self.settings.url, timeout=CONNECT_SECONDS, **_options(self.settings))
        except AWAY as error:
            raise StoreUnavailable(_words(error)) from error

    async def close(self) -> None:
        """Let go of every connection. Twice is harmless."""
        self._closed = True
        pool, self._pool = self._pool, None
        if pool is not None:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await pool.close()
            except (TimeoutError, *AWAY):
                pool.terminate()

    async def _insisting(self, attempt: Callable[[], Awaitable[T]]) -> T:
        give_up_at = time.monotonic() + PATIENCE.total_seconds()
        pause = FIRST_PAUSE.total_seconds()
        while True:
            try:
                return await attempt()
            except _NotDone as undone:
                if self._closed or time.monotonic() + pause > give_up_at:
                    raise StoreUnavailable(_words(undone.error)) from undone.error
                crossed = isinstance(undone.error, CROSSED)
            await asyncio.sleep(random.uniform(0, FIRST_PAUSE.total_seconds()) if crossed else pause)
            pause = min(pause * 2, LONGEST_PAUSE.total_seconds())

    async def _look(self, sql: str, values: Sequence[object]) -> list[asyncpg.Record]:
        async with self._connection() as connection:
            try:
                return await connection.fetch(sql, *values)
            except (*AWAY, *CROSSED) as error:
                _drop(connection)
                raise _NotDone(error) from error
            except pg.CharacterNotInRepertoireError as error:
                raise NoSuchText("no row can hold it") from error

    async def _once(self, work: Callable[[Connection], Awaitable[T]], begin: str, writes: int) -> T:
        """Raises `_NotDone` when it was certainly not done, `StoreUnavailable` when that cannot be known."""
        async with self._connection() as connection:
            began = time.perf_counter()
            committing = False
            try:
                await connection.execute(begin if self.settings.pooler else begin.replace(PLAN, ""))
                result = await work(connection)
                committing = True
                await connection.execute("COMMIT")
            except (*AWAY, *CROSSED) as error:
                _drop(connection)
                self._observer.commit_failed(writes)
                if committing and writes:
                    raise StoreUnavailable(_words(error)) from error
                raise _NotDone(error) from error
            except pg.CharacterNotInRepertoireError as error:
                await _roll_back(connection)
                raise NoSuchText("no row can hold it") from error
            except BaseException:
                await _roll_back(connection)
                raise
            if writes:
                took = timedelta(seconds=time.perf_counter() - began)
                self._observer.committed(writes, took, durable="synchronous_commit" not in begin)
            return result

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):  # its making, too: else whoever comes waits for all before
                pool = await self._open_pool()
                connection = await pool.acquire()
        except (*AWAY, ExceptionGroup) as error:
            raise _NotDone(error) from error
        try:
            yield connection
        finally:
            await pool.release(connection)

    async def _open_pool(self) -> "asyncpg.Pool[asyncpg.Record]":
        if self._closed:
            raise StoreUnavailable("the store is closed")
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._pool, self._making = loop, None, asyncio.Lock()
        if self._pool is None:
            assert self._making is not None  # noqa: S101 - set with the loop
            async with self._making:
                if self._pool is None:
                    self._pool = await asyncpg.create_pool(
                        self.settings.url,
                        min_size=0,
                        max_size=self.settings.size,
                        connection_class=_Connection,
                        timeout=CONNECT_SECONDS,
                        max_inactive_connection_lifetime=300,
                        **_options(self.settings),
                    )
        return self._pool


class _Connection(asyncpg.Connection):
    """We leave nothing behind on a connection, so there is nothing to reset: a round trip saved at each use."""

    def get_reset_query(self) -> str:
        return ""


class _NotDone(Exception):  # noqa: N818 - the name says what happened
    """The transaction was rolled back, or never began."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


def _options(settings: PoolSettings) -> Mapping[str, Any]:
    options: dict[str, Any] = {"command_timeout": STATEMENT_SECONDS}
    if settings.pooler:
        options["statement_cache_size"] = 0
    else:
        options["server_settings"] = dict(PLANNING)
    return options


def _drop(connection: Connection) -> None:
    """Close it for good, without a word to the server: the pool makes another when it is needed."""
    with contextlib.suppress(asyncpg.InterfaceError):  # the pool has let go of it already: the server was first
        connection.terminate()


async def _roll_back(connection: Connection) -> None:
    """After an error of our own, which the caller raises again; a connection that cannot even do that is closed."""
    try:
        await connection.execute("ROLLBACK")
    except AWAY:
        _drop(connection)
    except BaseException:
        _drop(connection)
        raise


def _words(error: BaseException) -> str:
    """What happened, for the log: the class says most, and no value of ours is in it."""
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
