"""The web application: API, customer pages and what machines ask, under one roof.

In: the routes of each. Out: an ASGI application. Errors of API paths have the contract's
shape; the customer pages answer theirs themselves.
"""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from dastak import __version__
from dastak.web.api.problem import answer_problem
from dastak.web.tracing import RequestTracer, Untraced, trace_routes
from dastak.web.unread import ReadToTheEnd


def application(
    api: Sequence[BaseRoute],
    pages: Sequence[BaseRoute],
    probes: Sequence[BaseRoute],
    tracer: RequestTracer | None = None,
) -> Starlette:
    """API first: it and the pages live below `/verification`. What machines ask is not traced."""
    trace_routes([*api, *pages], tracer or Untraced())

    async def front(_request: Request) -> Response:
        return PlainTextResponse(f"Dastak {__version__}\n")

    async def unknown(_request: Request, error: Exception) -> Response:
        return answer_problem(error)

    web = Starlette(
        routes=[*api, *probes, *pages, Route("/", front)],
        exception_handlers={404: unknown, 405: unknown},
        middleware=[Middleware(ReadToTheEnd)],
    )
    web.router.redirect_slashes = False  # it would redirect to whatever the Host header says
    return web
