"""A webhook handler as an endpoint of Starlette. FastAPI has the same one: see `fastapi`.

In: a function that takes an event. Out: a function for a route. Needs Starlette, which is imported here only.

    @webhook(Receiver(os.environ["WEBHOOK_SECRET"]))
    async def received(event: Event) -> None: ...

    app = Starlette(routes=[Route("/webhooks", received, methods=["POST"])])

A plain function runs in Starlette's pool of threads, so it may block. What is answered is written down in `reception`.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from dastak_sdk.reception import (
    CUT_SHORT,
    TOO_LARGE,
    Answer,
    Handler,
    Keeps,
    Reception,
    Verifies,
    content_length,
    named_as,
    refuse_receiver,
)

EffectT = TypeVar("EffectT")
Endpoint = Callable[[Request], Awaitable[Response]]


@overload
def webhook(receiver: Verifies, *, on_unknown: Handler | None = None) -> Callable[[Handler], Endpoint]: ...
@overload
def webhook(receiver: Verifies, *, inbox: Keeps[EffectT]) -> Callable[[EffectT], Endpoint]: ...
def webhook(
    receiver: Verifies, *, on_unknown: Handler | None = None, inbox: Keeps[Any] | None = None
) -> Callable[[Any], Endpoint]:
    """Make of the decorated function an endpoint that calls it with each verified event.

    `on_unknown` gets what this version does not know or cannot read; without it that is acknowledged and logged. With
    an `inbox` that has no effect yet, the function becomes its effect: called with the handle of the transaction and
    the event, once per event.
    """
    refuse_receiver(receiver)

    def decorate(handler: Callable[..., object]) -> Endpoint:
        reception = Reception(receiver, handler, on_unknown=on_unknown, inbox=inbox)

        async def endpoint(request: Request) -> Response:
            body = await _read_body(request, reception.max_body_bytes)
            if isinstance(body, Answer):
                answer = body
            else:
                answer = await reception.answer_async(request.scope["headers"], body, run_in_threadpool)
            return Response(answer.body, answer.status, answer.headers)

        named_as(handler, endpoint)
        return endpoint

    return decorate


async def _read_body(request: Request, limit: int) -> bytes | Answer:
    length = content_length(request.headers.get("content-length"))
    if isinstance(length, Answer):
        return length
    if length is not None and length > limit:
        return TOO_LARGE
    body = bytearray()
    try:
        # `stream` and not `receive`: it also gives a body that a middleware has read before.
        async for piece in request.stream():
            body += piece
            if len(body) > limit:
                return TOO_LARGE
    except ClientDisconnect:
        return CUT_SHORT
    return bytes(body)
