"""The inbox in an SQLite file, over the standard library.

In: the path of the database in which your effects are written. Out: a `Store` whose effects get a
`sqlite3.Connection` inside the transaction.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from dastak_sdk.inbox.schema import SCHEMA
from dastak_sdk.inbox.store import InboxError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from os import PathLike

    from dastak_sdk.inbox.store import Value

OLDEST = (3, 35, 0)
"""The first SQLite with RETURNING."""


class SqliteStore:
    """One SQLite file. Safe to share between threads and processes: every transaction has a connection of its own."""

    __slots__ = ("_path", "_timeout")

    def __init__(self, path: str | PathLike[str], *, timeout_seconds: float = 30) -> None:
        """Set up for a file, which need not exist yet. `timeout_seconds`: how long to wait for another writer."""
        if sqlite3.sqlite_version_info < OLDEST:
            raise InboxError(f"The inbox needs SQLite 3.35 or newer; this Python has {sqlite3.sqlite_version}.")
        if str(path) in ("", ":memory:"):
            raise InboxError("The inbox needs a file: what is in memory is lost with the process, duplicates or not.")
        self._path = path
        self._timeout = timeout_seconds

    def create_tables(self) -> None:
        """Make what is missing of the inbox's tables; they may lie in the database of your application."""
        with self.transaction() as transaction:
            for statement in SCHEMA:
                transaction.run(statement, {})

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        with closing(sqlite3.connect(self._path, timeout=self._timeout, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield SqliteTransaction(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise


class SqliteTransaction:
    """An open transaction on a connection."""

    __slots__ = ("handle",)

    def __init__(self, handle: sqlite3.Connection) -> None:
        self.handle = handle

    def run(self, statement: str, values: Mapping[str, Value]) -> Sequence[Sequence[Any]]:
        return self.handle.execute(statement, values).fetchall()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self.handle.execute("SAVEPOINT dastak_inbox")
        try:
            yield
        except BaseException:
            if self.handle.in_transaction:
                self.handle.execute("ROLLBACK TO dastak_inbox")
                self.handle.execute("RELEASE dastak_inbox")
            raise
        if not self.handle.in_transaction:
            raise InboxError(
                "The effect ended the inbox's transaction (commit, rollback or executescript). Leave both to the inbox:"
                " only then are the effect and the note that it was done one."
            )
        self.handle.execute("RELEASE dastak_inbox")
