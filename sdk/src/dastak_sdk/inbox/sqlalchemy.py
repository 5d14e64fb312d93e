"""The inbox in any database that SQLAlchemy 2 reaches and whose SQL it speaks: PostgreSQL and SQLite.

In: your engine or your sessionmaker, synchronous or asynchronous. Out: a `Store` (or an `AsyncStore`) whose effects get
a connection, or a session, inside the transaction. Needs the package `sqlalchemy`.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from sqlalchemy import text
from sqlalchemy.util import await_only

from dastak_sdk.inbox.schema import SCHEMA
from dastak_sdk.inbox.store import InboxError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
    from sqlalchemy.orm import Session

    from dastak_sdk.inbox.store import Transaction, Value

T = TypeVar("T")
SyncT = TypeVar("SyncT", "Connection", "Session")
AsyncT = TypeVar("AsyncT", "AsyncConnection", "AsyncSession")
HandleT_co = TypeVar("HandleT_co", covariant=True)

_BEGIN_AS_WRITER = "UPDATE dastak_inbox_cursor SET cursor = cursor WHERE 1 = 0"
"""SQLite lets one write, and fails who reads first and finds that another has written since. So write first."""


class Begins(Protocol[HandleT_co]):
    """An `Engine` (handles are connections) or a `sessionmaker` (handles are sessions)."""

    def begin(self) -> AbstractContextManager[HandleT_co]: ...


class AsyncBegins(Protocol[HandleT_co]):
    """An `AsyncEngine` or an `async_sessionmaker`."""

    def begin(self) -> AbstractAsyncContextManager[HandleT_co]: ...


class SqlAlchemyStore(Generic[SyncT]):
    """The inbox behind an engine or a sessionmaker; as safe to share between threads as that is."""

    __slots__ = ("_source",)

    def __init__(self, source: Begins[SyncT]) -> None:
        self._source: Begins[SyncT] = source

    def create_tables(self) -> None:
        """Make what is missing of the inbox's tables, or put `SCHEMA` into your own migrations."""
        with self._source.begin() as handle:
            _create(SqlAlchemyTransaction(handle, handle))

    @contextmanager
    def transaction(self) -> Iterator[SqlAlchemyTransaction[SyncT]]:
        with self._source.begin() as handle:
            transaction = SqlAlchemyTransaction(handle, handle)
            _begin(transaction)
            yield transaction


class AsyncSqlAlchemyStore(Generic[AsyncT]):
    """The inbox behind an asynchronous engine or sessionmaker, for `AsyncInbox`."""

    __slots__ = ("_source",)

    def __init__(self, source: AsyncBegins[AsyncT]) -> None:
        self._source: AsyncBegins[AsyncT] = source

    async def create_tables(self) -> None:
        """Make what is missing of the inbox's tables, or put `SCHEMA` into your own migrations."""
        async with self._source.begin() as handle:
            await handle.run_sync(lambda inner: _create(SqlAlchemyTransaction(inner, handle)))

    async def transact(self, act: Callable[[Transaction[AsyncT]], T]) -> T:
        """Run a plain function in a transaction; SQLAlchemy lets its statements await the driver."""
        async with self._source.begin() as handle:

            def begun(inner: Connection | Session) -> T:
                transaction = SqlAlchemyTransaction(inner, handle)
                _begin(transaction)
                return act(transaction)

            result: T = await handle.run_sync(begun)
            return result

    def wait(self, effect: Awaitable[None]) -> None:
        """Await an effect from inside `act`."""
        await_only(effect)


class SqlAlchemyTransaction(Generic[HandleT_co]):
    """An open transaction of a connection or a session."""

    __slots__ = ("_inner", "_user_handle")

    def __init__(self, inner: Connection | Session, handle: HandleT_co) -> None:
        self._inner = inner
        self._user_handle = handle

    @property
    def handle(self) -> HandleT_co:
        return self._user_handle

    @property
    def dialect(self) -> str:
        """The name of the database's SQL: `sqlite`, `postgresql`."""
        return self._inner.get_bind().dialect.name if hasattr(self._inner, "get_bind") else self._inner.dialect.name

    def run(self, statement: str, values: Mapping[str, Value]) -> Sequence[Sequence[Any]]:
        result: Any = self._inner.execute(text(statement), dict(values))
        return result.fetchall() if result.returns_rows else ()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        with self._inner.begin_nested() as nested:
            yield
            if not nested.is_active:
                raise InboxError(
                    "The effect ended the inbox's transaction. Leave commit and rollback to the inbox: only then are "
                    "the effect and the note that it was done one."
                )


def _create(transaction: SqlAlchemyTransaction[Any]) -> None:
    for statement in SCHEMA:
        transaction.run(statement, {})


def _begin(transaction: SqlAlchemyTransaction[Any]) -> None:
    if transaction.dialect == "sqlite":
        transaction.run(_BEGIN_AS_WRITER, {})
