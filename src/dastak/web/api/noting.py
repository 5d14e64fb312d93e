"""What keys do, for the audit log: a change takes its note along, what was read is noted before the answer goes out.

In: the deed that `routes` names for an operation, and its handler. Out: the handler that notes. The gate calls it once
it knows whose key calls; a request that is answered from memory (`idempotency`) does nothing and is noted no more.

Programs read without end. A key that reads the same journey again, or goes on through a list, is noted once in a while.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from http import HTTPStatus

import structlog
from starlette.requests import Request
from starlette.responses import Response

from dastak.accounts.audit import AuditTrail, Entry
from dastak.accounts.deed import Deed
from dastak.accounts.merchant import Merchant
from dastak.accounts.noting import Note, noting
from dastak.web.lately import Lately

log = structlog.get_logger("dastak.api")

MerchantHandler = Callable[[Request, Merchant], Awaitable[Response]]

ONE_AGAIN = timedelta(hours=24)
"""After so long, a key's reading of the same journey is noted anew."""
LIST_AGAIN = timedelta(hours=1)
"""Of the same list."""
REMEMBERED = 100_000
"""Readings that are kept in mind; what is forgotten is noted once more."""
NO_CHANGE = frozenset({Deed.DATA_READ, Deed.TOKEN_MADE})
"""Deeds that write nothing which could take their note along."""


class KeyNotes:
    """One per process: another process notes once more what it has not seen yet."""

    def __init__(self, trail: AuditTrail, clock: Callable[[], datetime]) -> None:
        self._trail = trail
        self._clock = clock
        self._read = Lately(REMEMBERED)
        """(key, operation, subject)"""

    def around(self, operation: str, handler: MerchantHandler, deed: Deed) -> MerchantHandler:
        """The handler, with the note of what its operation does."""

        async def changing(request: Request, merchant: Merchant) -> Response:
            with noting(self._note(request, merchant, deed)):
                return await handler(request, merchant)

        async def reading(request: Request, merchant: Merchant) -> Response:
            with noting(self._note(request, merchant, deed, operation=operation)) as note:
                answer = await handler(request, merchant)
            if answer.status_code < HTTPStatus.BAD_REQUEST:
                await self._keep(note.as_entry(), operation)
            return answer

        return reading if deed in NO_CHANGE else changing

    async def _keep(self, entry: Entry, operation: str) -> None:
        """Note it, unless it was noted lately. A store that cannot write now still lets programs read."""
        key = (entry.actor, operation, entry.subject)
        if entry.deed == Deed.DATA_READ and self._read.has(key, entry.at):
            return
        try:
            await self._trail.note(entry)
        except ConnectionError as error:
            if entry.deed != Deed.DATA_READ:
                raise
            log.warning("reading_not_noted", merchant_id=entry.merchant_id, error=type(error).__name__)
            return  # the next one tries again
        self._read.keep(key, entry.at + (ONE_AGAIN if entry.subject else LIST_AGAIN))

    def _note(self, request: Request, merchant: Merchant, deed: Deed, **details: str) -> Note:
        return Note(merchant.id, self._clock(), key_of(request), deed, **details)


def key_of(request: Request) -> str:
    """The client id of the key that calls, which the gate has found right. It is public; the secret is not."""
    return request.headers.get("x-client-id", "")
