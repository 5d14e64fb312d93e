"""Writes that may be somebody's deed, in PostgreSQL: the note that is owed for one is appended in its transaction."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeVar

import structlog

from dastak.accounts.audit import Entry, HeadForged
from dastak.accounts.noting import owed
from dastak.store.done import Done, entry_after, not_refused
from dastak.store.postgres.audit import PostgresAudit
from dastak.store.postgres.engine import BEGIN, Connection, Engine

T = TypeVar("T")

log = structlog.get_logger("dastak.store")


class Deeds:
    """Runs them. The head of a merchant's chain is locked last, so that nobody waits for anything while holding it."""

    def __init__(self, engine: Engine, audit: PostgresAudit) -> None:
        self._engine = engine
        self._audit = audit

    async def write(
        self,
        merchant_id: str,
        work: Callable[[Connection], Awaitable[T]],
        subject: str = "",
        *,
        told: Callable[[T], Mapping[str, str]] | None = None,
        actor: Callable[[T], str] | None = None,
        done: Done[T] = not_refused,
        begin: str = BEGIN,
    ) -> T:
        """As `Engine.write`, and with the note that is owed, if `work` has done anything.

        Args:
            merchant_id: whose change it is.
            work: makes it.
            subject: the id of what is changed.
            told: from what `work` returned, more of it for the note.
            actor: likewise, who did it, for a note that does not say.
            done: whether what `work` returned says that something was changed.
            begin: how the transaction begins.
        """
        note = owed(merchant_id)
        if note is None:
            return await self._engine.write(work, begin=begin)

        async def both(connection: Connection) -> T:
            result = await work(connection)
            entry = entry_after(result, note, subject, told, actor, done)
            if entry is not None:
                await self._audit.append(connection, [entry])
            return result

        return await self._engine.write(both, begin=begin)

    async def of_the_server(self, connection: Connection, entries: Iterable[Entry]) -> None:
        """Append what the server has just done by itself, as the last act of the caller's transaction.

        A chain whose head does not open must not hold up deliveries: what is not in it then, the log says.
        """
        for entry in sorted(entries, key=lambda entry: entry.merchant_id):
            try:
                await self._audit.append(connection, [entry])
            except HeadForged:
                log.error("deed_not_noted", merchant_id=entry.merchant_id, deed=entry.deed, subject=entry.subject)  # noqa: TRY400
