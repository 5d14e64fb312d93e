"""What machines ask a running server: `/healthz`, `/readyz` and `/metrics`.

In: the health of the process, a page of metrics and who may read it, from `app`. Out: routes. The first two need no
credentials and say nothing secret.
"""

import hmac
import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The text format that every Prometheus understands."""

FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-real-ip")
"""Headers that a proxy adds: whoever sent the request is then not the peer that we see."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the process, and what is wrong with it."""

    name: str
    fault: str
    """Empty: it is well."""


class Health(Protocol):
    """How the process is."""

    @property
    def stopping(self) -> bool:
        """It was asked to end."""

    async def parts(self) -> Sequence[Part]:
        """Every part, well or not; never raises."""


@dataclass(frozen=True, slots=True)
class Readers:
    """Who may read the metrics."""

    token: str
    """As `Authorization: Bearer …`; empty: there is none."""
    this_machine: bool
    """Without a token, let in whoever calls from this machine itself."""

    def refusal(self, request: Request) -> Response | None:
        """None for whoever may read."""
        if self.token:
            scheme, _, given = request.headers.get("authorization", "").partition(" ")
            known = hmac.compare_digest(given.strip().encode(), self.token.encode())
            if known and scheme.lower() == "bearer":
                return None
            return PlainTextResponse("A token is needed.\n", 401, headers={"www-authenticate": "Bearer"})
        if self.this_machine and _is_local(request):
            return None
        return PlainTextResponse("Set DASTAK_METRICS_TOKEN to read the metrics from here.\n", 403)


def probe_routes(health: Health, metrics: Callable[[], Awaitable[bytes]], readers: Readers) -> list[Route]:
    """The three routes."""

    async def lives(_request: Request) -> Response:
        """200 while the process runs."""
        if health.stopping:
            return JSONResponse({"status": "stopping"}, 503)
        return JSONResponse({"status": "ok"})

    async def ready(_request: Request) -> Response:
        """200 when every part does its work."""
        parts = {part.name: part.fault or "ok" for part in await health.parts()}
        if health.stopping:
            parts = {"server": "it is stopping", **parts}
        well = all(says == "ok" for says in parts.values())
        return JSONResponse({"status": "ready" if well else "not ready", "parts": parts}, 200 if well else 503)

    async def numbers(request: Request) -> Response:
        """The metrics, for those who may read them."""
        return readers.refusal(request) or Response(await metrics(), media_type=METRICS_TYPE)

    return [Route("/healthz", lives), Route("/readyz", ready), Route("/metrics", numbers)]


def _is_local(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
