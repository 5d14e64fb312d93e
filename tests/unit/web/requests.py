"""Requests without a server."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.types import Message


def a_request(chunks: Iterable[bytes]) -> Request:
    """A request whose body comes in these pieces."""
    waiting = [*chunks]

    async def receive() -> Message:
        body = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}
    return Request(scope, receive)
