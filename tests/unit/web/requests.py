"""Requests without a server."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.types import Message


def a_request(chunks: Iterable[bytes], *, ends: bool = True) -> Request:
    """A request whose body comes in these pieces; after them it ends, or the caller is gone."""
    waiting = [*chunks]

    async def receive() -> Message:
        if not waiting and not ends:
            return {"type": "http.disconnect"}
        body = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": body, "more_body": bool(waiting) or not ends}

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}
    return Request(scope, receive)
