"""Requests as whoever traces sees them: which route, since when, with which answer. Never the path: links hold codes.

In: routes. Out: the same routes, each telling a tracer when a request begins and how it ends. `application` wraps the
API and the customer's pages so; `app` says who traces. By default nobody does.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from starlette.datastructures import Headers
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FAILED = 500
"""What is told of a request that ended without an answer."""


class RequestTracer(Protocol):
    """Somebody who traces. Calls come within the task of the request; they must not block or raise."""

    def begun(self, method: str, route: str, traceparents: Sequence[str]) -> Any:
        """A request came, with those `traceparent` headers; None when there is nothing to trace in it."""

    def caller(self, merchant_id: str) -> None:
        """The present request is that merchant's, and proved it."""

    def ended(self, act: Any, status: int) -> None:
        """What `begun` gave was answered so."""


class Untraced:
    """Nobody traces."""

    def begun(self, method: str, route: str, traceparents: Sequence[str]) -> None: ...

    def caller(self, merchant_id: str) -> None: ...

    def ended(self, act: Any, status: int) -> None: ...


def trace_routes(routes: Sequence[BaseRoute], tracer: RequestTracer) -> None:
    """Let every route tell the tracer of its requests. Files and other mounted applications are left out."""
    for route in routes:
        if isinstance(route, Route) and not route.path.startswith("/static/"):
            route.app = _Traced(route.app, route.path_format, tracer)


class _Traced:
    """A route's application, as ASGI."""

    def __init__(self, app: ASGIApp, route: str, tracer: RequestTracer) -> None:
        self._app = app
        self._route = route
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        traceparents = Headers(scope=scope).getlist("traceparent")
        act = self._tracer.begun(scope["method"], self._route, traceparents)
        if act is None:
            await self._app(scope, receive, send)
            return
        status = FAILED

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            self._tracer.ended(act, status)
