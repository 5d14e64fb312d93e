"""Who may read the metrics, and what the probes answer."""

import json
from collections.abc import Mapping, Sequence

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dastak.web.probes import METRICS_TYPE, Part, Readers, probe_routes

TOKEN = "0123456789abcdef"


class Standing:
    """A health that the test sets."""

    def __init__(self, *parts: Part, stopping: bool = False) -> None:
        self.stopping = stopping
        self._parts = parts

    async def parts(self) -> Sequence[Part]:
        return self._parts


def a_request(client: str | None = "127.0.0.1", headers: Mapping[str, str] | None = None) -> Request:
    sent = [(name.encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
    peer = None if client is None else (client, 4711)
    return Request({"type": "http", "method": "GET", "path": "/", "headers": sent, "client": peer})


async def ask(path: str, health: Standing, readers: Readers | None = None) -> Response:
    async def metrics() -> bytes:
        return b"x 1\n"

    routes = {route.path: route for route in probe_routes(health, metrics, readers or Readers("", this_machine=True))}
    assert isinstance(routes[path], Route)
    answer: Response = await routes[path].endpoint(a_request())
    return answer


def status(readers: Readers, request: Request) -> int:
    refusal = readers.refusal(request)
    return 200 if refusal is None else refusal.status_code


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN}", 200),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
        (f"Bearer {TOKEN}x", 401),
        ("Bearer ", 401),
        ("Bearer \xff", 401),
        ("", 401),
    ],
)
def test_with_a_token_only_the_token_counts(sent: str, expected: int) -> None:
    readers = Readers(TOKEN, this_machine=True)
    for client in ("127.0.0.1", "203.0.113.7", None):
        assert status(readers, a_request(client, {"authorization": sent})) == expected


@pytest.mark.parametrize(
    ("client", "expected"),
    [("127.0.0.1", 200), ("127.8.9.1", 200), ("::1", 200), ("10.0.0.1", 403), ("203.0.113.7", 403), ("", 403)],
)
def test_without_a_token_only_this_machine_is_let_in(client: str, expected: int) -> None:
    assert status(Readers("", this_machine=True), a_request(client)) == expected
    assert status(Readers("", this_machine=False), a_request(client)) == 403
    assert status(Readers("", this_machine=True), a_request(None)) == 403


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "via", "x-real-ip"])
def test_what_a_proxy_passes_on_is_not_from_this_machine(header: str) -> None:
    assert status(Readers("", this_machine=True), a_request(headers={header: "203.0.113.7"})) == 403


async def test_the_probes_of_a_process_that_is_well() -> None:
    health = Standing(Part("store", ""), Part("dispatcher", ""))
    assert (await ask("/healthz", health)).status_code == 200
    answer = await ask("/readyz", health)
    assert answer.status_code == 200
    assert json.loads(bytes(answer.body)) == {"status": "ready", "parts": {"store": "ok", "dispatcher": "ok"}}
    page = await ask("/metrics", health)
    assert (page.headers["content-type"], page.body) == (METRICS_TYPE, b"x 1\n")


async def test_a_part_that_fails_makes_it_unready_and_is_named_but_it_lives() -> None:
    health = Standing(Part("store", ""), Part("dispatcher", "it has not begun"))
    answer = await ask("/readyz", health)
    assert answer.status_code == 503
    assert json.loads(bytes(answer.body))["parts"] == {"store": "ok", "dispatcher": "it has not begun"}
    assert (await ask("/healthz", health)).status_code == 200


async def test_a_process_that_stops_says_so_at_both() -> None:
    health = Standing(Part("store", ""), stopping=True)
    for path in ("/healthz", "/readyz"):
        assert (await ask(path, health)).status_code == 503
    assert json.loads(bytes((await ask("/readyz", health)).body))["parts"]["server"] == "it is stopping"


def test_the_routes_are_these() -> None:
    application = Starlette(routes=probe_routes(Standing(), _nothing, Readers("", this_machine=False)))
    assert [getattr(route, "path", "") for route in application.routes] == ["/healthz", "/readyz", "/metrics"]


async def _nothing() -> bytes:
    return b""
