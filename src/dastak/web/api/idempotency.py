"""`Idempotency-Key`: the same write, sent again under the same key, is answered again and not done again.

In: a write of a merchant, after the gate knows who calls. Out: the handler's answer, or the one that was given before,
or 409 while that is not known or if the key came with another request. The gate calls it for every write.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from dastak.accounts.idempotency import LEASE, Asked, IdempotencyStore, KeptAnswer, Standing, Ticket
from dastak.accounts.merchant import Merchant
from dastak.web.api.fields import whole_body
from dastak.web.api.problem import VALIDATION, Problem, answer_problem, invalid

log = structlog.get_logger("dastak.api")

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEY = re.compile(r"[ -~]{1,255}")
RETRY_SECONDS = 1
SERVER_FAULT = 500
NOT_KEPT = frozenset({401, 429})
"""Answers that say nothing about the request itself, like all from 500 on: it may be made again under its key."""

FORGET_AFTER, FORGET_MOST = 64, 256
"""After so many keys were taken, so many expired ones are removed: more than can have been added."""

Handler = Callable[[Request, Merchant], Awaitable[Response]]


@dataclass(slots=True)
class Idempotency:
    """Remembers writes for whoever sends them again."""

    store: IdempotencyStore
    now: Callable[[], datetime]
    new_id: Callable[[str], str]
    lease: timedelta = LEASE
    """Longer than any handler takes."""
    _until_forgetting: int = field(default=0, init=False)

    async def answered(self, request: Request, merchant: Merchant, handler: Handler) -> Response:
        """The handler's answer, now or from before; without a key it is called as ever."""
        key = _key(request) if request.method in WRITES else None
        if key is None:
            return await handler(request, merchant)
        body = await whole_body(request)
        await self._forget()
        asked = Asked(merchant.id, key, _digest(request, body))
        begun = await self.store.begin(asked, self.new_id("idm"), self.now(), self.lease)
        if begun.ticket is not None:
            return await self._carried_out(begun.ticket, _again(request, body), merchant, handler)
        if begun.answer is not None:
            return _replayed(begun.answer)
        if begun.standing is Standing.REUSED:
            raise Problem(
                409,
                VALIDATION,
                "idempotency_key_reused",
                f"This {HEADER} came with another request within the last 24 hours; every request needs its own.",
            )
        raise Problem(
            409,
            VALIDATION,
            "request_in_progress",
            f"The same request is being carried out now. Send it again in {RETRY_SECONDS} s to get its answer.",
            headers={"Retry-After": str(RETRY_SECONDS)},
        )

    async def _carried_out(self, ticket: Ticket, request: Request, merchant: Merchant, handler: Handler) -> Response:
        """What ends without an answer (the process must stop) keeps its lease: nobody knows whether it was done."""
        try:
            answer = await handler(request, merchant)
        except Exception as error:  # noqa: BLE001 - a refusal is an answer, too
            answer = answer_problem(error)
        try:
            if answer.status_code >= SERVER_FAULT or answer.status_code in NOT_KEPT:
                await self.store.release(ticket)
            else:
                await self.store.finish(ticket, _kept(answer), self.now())
        except Exception as error:  # noqa: BLE001 - what was done is done: whoever asked must hear of it
            log.warning("answer_not_kept", merchant_id=ticket.merchant_id, error=type(error).__name__)
        return answer

    async def _forget(self) -> None:
        self._until_forgetting -= 1
        if self._until_forgetting >= 0:
            return
        self._until_forgetting = FORGET_AFTER
        try:
            await self.store.forget(self.now(), FORGET_MOST)
        except Exception as error:  # noqa: BLE001 - tidying up is no reason to refuse a request
            log.warning("keys_not_forgotten", error=type(error).__name__)


def _key(request: Request) -> str | None:
    given = request.headers.getlist(HEADER)
    if not given:
        return None
    if len(set(given)) > 1 or not KEY.fullmatch(given[0]):
        raise invalid("idempotency-key", "give one of 1 to 255 printable ASCII characters.")
    return given[0]


def _digest(request: Request, body: bytes) -> str:
    """The same for the same request, and for no other."""
    digest = hashlib.sha256()
    for part in (request.method.encode(), request.scope["path"].encode(), request.scope["query_string"], body):
        digest.update(len(part).to_bytes(8) + part)
    return digest.hexdigest()


def _again(request: Request, body: bytes) -> Request:
    """The request as it was before its body was read."""
    is_read = False

    async def receive() -> Message:
        nonlocal is_read
        if is_read:
            return await request.receive()
        is_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, receive)


def _kept(answer: Response) -> KeptAnswer:
    headers = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.raw_headers)
    return KeptAnswer(
        answer.status_code,
        tuple((name, value) for name, value in headers if name != "content-length"),
        bytes(answer.body),
    )


def _replayed(kept: KeptAnswer) -> Response:
    return Response(kept.body, kept.status, headers={**dict(kept.headers), REPLAYED: "true"})
