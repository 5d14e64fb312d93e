"""A refusal that the caller gets to read, though much of the request was still to come.

In: an ASGI application. Out: the same one; before an error is answered, what is left of the request's body is read and
thrown away, within bounds. Closing a connection with bytes unread resets it, and the reset can overtake the answer: the
caller would see a broken connection where we said what to do. `application` wraps the whole house so.
"""

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FIRST_ERROR = 400
MOST_UNREAD = 1024 * 1024
"""Bytes that are thrown away for one answer. Who sends more is cut off."""
MOST_SECONDS = 2.0
"""How long an answer waits for them. Who is slower gets the answer at once, and may lose it."""


class ReadToTheEnd:
    """An application, as ASGI."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ended = "expect" in Headers(scope=scope)  # such a caller sends no body before it is told to

        async def receive_one() -> Message:
            nonlocal ended
            message = await receive()
            ended = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        async def throw_away() -> None:
            bytes_left = MOST_UNREAD
            while not ended and bytes_left > 0:
                bytes_left -= len((await receive_one()).get("body", b""))

        async def send_when_read(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= FIRST_ERROR:
                with suppress(TimeoutError):
                    async with asyncio.timeout(MOST_SECONDS):
                        await throw_away()
            await send(message)

        await self._app(scope, receive_one, send_when_read)
