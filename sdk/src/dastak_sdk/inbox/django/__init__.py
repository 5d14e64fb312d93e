"""The inbox in the database of a Django project: SQLite or PostgreSQL. Also the Django app that makes its tables.

In: the name of a database in `DATABASES`. Out: a `Store` whose effects write with your models, inside the transaction,
and get Django's connection. Put `dastak_sdk.inbox.django` into `INSTALLED_APPS` and run `migrate`. Needs Django.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction

from dastak_sdk.inbox.store import InboxError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dastak_sdk.inbox.store import Value

_BEGIN_AS_WRITER = "UPDATE dastak_inbox_cursor SET cursor = cursor WHERE 1 = 0"
"""SQLite lets one write, and fails who reads first and finds that another has written since. So write first."""

_NAMED = re.compile(r":(\w+)")


class DjangoStore:
    """The inbox behind one of the project's databases. Safe to share between threads, as Django's connections are."""

    __slots__ = ("_using",)

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        self._using = using

    @contextmanager
    def transaction(self) -> Iterator[DjangoTransaction]:
        connection = connections[self._using]
        if connection.vendor not in {"sqlite", "postgresql"}:
            raise InboxError(f"The inbox needs SQLite or PostgreSQL, and the database {self._using!r} is neither.")
        if connection.errors_occurred:
            connection.close_if_unusable_or_obsolete()  # Django asks at each request, and a worker has none
        # Durable: inside another transaction, "it is kept" would be said before it is.
        with transaction.atomic(using=self._using, durable=True):
            opened = DjangoTransaction(connection)
            if connection.vendor == "sqlite":
                opened.run(_BEGIN_AS_WRITER, {})
            yield opened


class DjangoTransaction:
    """An open transaction of Django."""

    __slots__ = ("handle",)

    def __init__(self, handle: Any) -> None:
        self.handle = handle
        """`django.db.connections[…]`: your models find it by themselves, or by `using(connection.alias)`."""

    def run(self, statement: str, values: Mapping[str, Value]) -> Sequence[Sequence[Any]]:
        with self.handle.cursor() as cursor:
            cursor.execute(_translated(statement), dict(values))
            rows: Sequence[Sequence[Any]] = cursor.fetchall() if cursor.description else ()
        return rows

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        is_through = False
        try:
            with transaction.atomic(using=self.handle.alias):
                yield
                is_through = True
        except DatabaseError:
            if not is_through:
                raise
            raise InboxError(
                "The effect ended the inbox's transaction. Leave commit and rollback to the inbox: only then are the "
                "effect and the note that it was done one."
            ) from None


@lru_cache
def _translated(statement: str) -> str:
    return _NAMED.sub(r"%(\1)s", statement)
