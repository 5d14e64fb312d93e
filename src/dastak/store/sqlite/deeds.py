"""Writes that may be somebody's deed, in SQLite: the note that is owed for one is appended in its transaction."""

import sqlite3
from collections.abc import Callable, Mapping
from typing import TypeVar

import structlog

from dastak.accounts.audit import Entry, HeadForged
from dastak.accounts.noting import owed
from dastak.store.done import Done, entry_after, not_refused
from dastak.store.sqlite.audit import SqliteAudit
from dastak.store.sqlite.engine import Engine

T = TypeVar("T")

log = structlog.get_logger("dastak.store")


class Deeds:
    """Runs them."""

    def __init__(self, engine: Engine, audit: SqliteAudit) -> None:
        self._engine = engine
        self._audit = audit

    async def write(
        self,
        merchant_id: str,
        work: Callable[[sqlite3.Connection], T],
        subject: str = "",
        *,
        told: Callable[[T], Mapping[str, str]] | None = None,
        actor: Callable[[T], str] | None = None,
        done: Done[T] = not_refused,
    ) -> T:
        """As `Engine.write`, and with the note that is owed, if `work` has done anything.

        Args:
            merchant_id: whose change it is.
            work: makes it.
            subject: the id of what is changed.
            told: from what `work` returned, more of it for the note.
            actor: likewise, who did it, for a note that does not say.
            done: whether what `work` returned says that something was changed.
        """
        note = owed(merchant_id)  # asked here: the writer's thread knows nothing of who acts
        if note is None:
            return await self._engine.write(work)

        def both(connection: sqlite3.Connection) -> T:
            result = work(connection)
            entry = entry_after(result, note, subject, told, actor, done)
            if entry is not None:
                self._audit.append(connection, entry)
            return result

        return await self._engine.write(both)

    def of_the_server(self, connection: sqlite3.Connection, entry: Entry) -> None:
        """Append what the server has just done by itself, within the caller's transaction.

        A chain whose head does not open must not hold up deliveries: what is not in it then, the log says.
        """
        try:
            self._audit.append(connection, entry)
        except HeadForged:
            log.error("deed_not_noted", merchant_id=entry.merchant_id, deed=entry.deed, subject=entry.subject)  # noqa: TRY400
