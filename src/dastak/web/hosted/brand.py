"""Colours and logos of merchants, as browsers fetch them: public, and never different under the same address.

In: a colour or the id of a logo in a path. Out: a stylesheet or a picture that may be kept for a year.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dastak.accounts.logo import MEDIA_TYPE
from dastak.web.design.assets import KEEP
from dastak.web.design.theme import is_colour, stylesheet
from dastak.web.hosted.limiter import Limiter
from dastak.web.network import limit_key

HEADERS = {
    "cache-control": KEEP,
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
NO_HEADERS = {**HEADERS, "cache-control": "no-store"}


class Logos(Protocol):
    """Fulfilled by the store."""

    async def logo(self, merchant_id: str, logo_id: str) -> bytes | None: ...


def brand_routes(logos: Logos | None, limiter: Limiter) -> list[Route]:
    """The routes; without logos there are colours alone."""
    routes = [Route("/brand/colour/{colour}.css", _colour)]
    if logos is not None:
        routes.append(Route("/brand/logo/{merchant_id}/{logo_id}.webp", _logo(logos, limiter)))
    return routes


async def _colour(request: Request) -> Response:
    colour = f"#{request.path_params['colour']}"
    if not is_colour(colour):
        return PlainTextResponse("Not found", 404, NO_HEADERS)
    return Response(stylesheet(colour), media_type="text/css; charset=utf-8", headers=HEADERS)


def _logo(logos: Logos, limiter: Limiter) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        who = limit_key(request.client.host) if request.client else "unknown"
        if limiter.allow("page", f"ip:{who}") is not None:
            return PlainTextResponse("Too many requests", 429, NO_HEADERS)
        try:
            body = await logos.logo(request.path_params["merchant_id"], request.path_params["logo_id"])
        except ConnectionError:
            return PlainTextResponse("Try again", 503, NO_HEADERS)
        if body is None:
            return PlainTextResponse("Not found", 404, NO_HEADERS)
        return Response(body, media_type=MEDIA_TYPE, headers=HEADERS)

    return endpoint
