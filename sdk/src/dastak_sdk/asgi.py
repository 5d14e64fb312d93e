"""A webhook handler as an ASGI application: for uvicorn, hypercorn, granian, or mounted in any ASGI framework.

In: a function that takes an event. Out: the application. Standard library only.

    @webhook(Receiver(os.environ["WEBHOOK_SECRET"]))
    async def app(event: Event) -> None: ...

It answers at every path: mount it where you like. What it answers is written down in `reception`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeVar, overload

from dastak_sdk.reception import (
    CUT_SHORT,
    ONLY_POST,
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
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@overload
def webhook(receiver: Verifies, *, on_unknown: Handler | None = None) -> Callable[[Handler], WebhookApp]: ...
@overload
def webhook(receiver: Verifies, *, inbox: Keeps[EffectT]) -> Callable[[EffectT], WebhookApp]: ...
def webhook(
    receiver: Verifies, *, on_unknown: Handler | None = None, inbox: Keeps[Any] | None = None
) -> Callable[[Any], WebhookApp]:
    """Make of the decorated function an ASGI application that calls it with each verified event.

    `on_unknown` gets what this version does not know or cannot read; without it that is acknowledged and logged. With
    an `inbox` that has no effect yet, the function becomes its effect: called with the handle of the transaction and
    the event, once per event.
    """
    refuse_receiver(receiver)
    return lambda handler: WebhookApp(Reception(receiver, handler, on_unknown=on_unknown, inbox=inbox), handler)


class WebhookApp:
    """The application."""

    def __init__(self, reception: Reception, handler: Callable[..., object]) -> None:
        self._reception = reception
        named_as(handler, self)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            answer = await self._answer(scope, receive)
            headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await send({"type": "http.response.body", "body": answer.body})
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _answer(self, scope: MutableMapping[str, Any], receive: Receive) -> Answer:
        if scope["method"] != "POST":
            return ONLY_POST
        body = await read_body(scope["headers"], receive, self._reception.max_body_bytes)
        return body if isinstance(body, Answer) else await self._reception.answer_async(scope["headers"], body)


async def read_body(headers: list[tuple[bytes, bytes]], receive: Receive, limit: int) -> bytes | Answer:
    """The whole body as it came, or what to answer without having it: never more than `limit` bytes are kept."""
    length = content_length(next((value.decode("latin-1") for name, value in headers if name == b"content-length"), ""))
    if isinstance(length, Answer):
        return length
    if length is not None and length > limit:
        return TOO_LARGE
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return CUT_SHORT
        body += message.get("body", b"")
        if len(body) > limit:
            return TOO_LARGE
        more = message.get("more_body", False)
    return bytes(body)


async def _live(receive: Receive, send: Send) -> None:
    """There is nothing to set up or to close, but servers ask."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return
