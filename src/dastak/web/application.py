"""The web application: API, customer pages and health under one roof.

In: the routes of both, and what to ask for health. Out: an ASGI application. Errors of API paths have the contract's
shape; the customer pages answer theirs themselves.
"""

from collections.abc import Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from dastak import __version__
from dastak.web.api.problem import answer_problem


def application(
    api: Sequence[BaseRoute], pages: Sequence[BaseRoute], is_writable: Callable[[], Awaitable[bool]]
) -> Starlette:
    """API first: both live below `/verification`."""

    async def health(_request: Request) -> Response:
        """200 when a commit reaches the disk."""
        try:
            writable = await is_writable()
        except Exception:  # noqa: BLE001 - whatever ails the store, the answer is that we are not well
            writable = False
        return JSONResponse({"status": "ok" if writable else "store unavailable"}, 200 if writable else 503)

    async def front(_request: Request) -> Response:
        return PlainTextResponse(f"Dastak {__version__}\n")

    async def unknown(_request: Request, error: Exception) -> Response:
        return answer_problem(error)

    web = Starlette(
        routes=[*api, Route("/healthz", health), *pages, Route("/", front)],
        exception_handlers={404: unknown, 405: unknown},
    )
    web.router.redirect_slashes = False  # it would redirect to whatever the Host header says
    return web
