"""What keys do, for the audit log: a change takes its note along, what was read is noted before the answer goes out.

In: the deed that `routes` names for an operation, and its handler. Out: the handler that notes. The gate calls it once
it knows whose key calls; a request that is answered from memory (`idempotency`) does nothing and is noted no more.

Each reading is noted, however often a program reads the same. What cannot be noted is not shown: the store's
`ConnectionError` reaches the caller as a 503.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from dastak.accounts.audit import AuditTrail
from dastak.accounts.deed import Deed
from dastak.accounts.merchant import Merchant
from dastak.accounts.noting import Note, noting

MerchantHandler = Callable[[Request, Merchant], Awaitable[Response]]

NO_CHANGE = frozenset({Deed.DATA_READ, Deed.TOKEN_MADE})
"""Deeds that write nothing which could take their note along."""


class KeyNotes:
    """Notes what the callers of the API do."""

    def __init__(self, trail: AuditTrail, clock: Callable[[], datetime]) -> None:
        self._trail = trail
        self._clock = clock

    def around(self, operation: str, handler: MerchantHandler, deed: Deed) -> MerchantHandler:
        """The handler, with the note of what its operation does."""

        async def changing(request: Request, merchant: Merchant) -> Response:
            with noting(self._note(request, merchant, deed)):
                return await handler(request, merchant)

        async def reading(request: Request, merchant: Merchant) -> Response:
            with noting(self._note(request, merchant, deed, operation=operation)) as note:
                answer = await handler(request, merchant)
            if answer.status_code < HTTPStatus.BAD_REQUEST and not note.is_withdrawn:
                await self._trail.note(note.as_entry())
            return answer

        return reading if deed in NO_CHANGE else changing

    def _note(self, request: Request, merchant: Merchant, deed: Deed, **details: str) -> Note:
        return Note(merchant.id, self._clock(), key_of(request), deed, **details)


def key_of(request: Request) -> str:
    """The client id of the key that calls, which the gate has found right. It is public; the secret is not."""
    return request.headers.get("x-client-id", "")
