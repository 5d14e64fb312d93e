"""What the inbox needs of a database: transactions in which statements run, and savepoints inside them.

In: nothing. Out: two Protocols, which the stores fulfil (`sqlite`, `sqlalchemy`, `django`), and the errors of the
inbox. Called by `rows` and `inbox`.

Statements use `:name` for values, `ON CONFLICT`, and `RETURNING`: SQLite 3.35 or newer and PostgreSQL run them as they
are. A row is locked by the upsert that reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    Value = str | int | float | None

HandleT_co = TypeVar("HandleT_co", covariant=True)


class Transaction(Protocol[HandleT_co]):
    """One open transaction."""

    @property
    def handle(self) -> HandleT_co:
        """What an effect gets to write with: a connection or a session, inside this transaction."""

    def run(self, statement: str, values: Mapping[str, Value]) -> Sequence[Sequence[Any]]:
        """Run one statement and return its rows, none if it has none."""

    def savepoint(self) -> AbstractContextManager[None]:
        """A block that is undone when it raises, while the transaction goes on."""


class Store(Protocol[HandleT_co]):
    """Where the inbox lives: the database in which the effects are written."""

    def transaction(self) -> AbstractContextManager[Transaction[HandleT_co]]:
        """A transaction that is committed at the end of the block, and undone when it raises.

        Where the database has one writer (SQLite), it must begin as that one.
        """


class InboxError(Exception):
    """The inbox was asked for what cannot be; the message says what to do instead."""
