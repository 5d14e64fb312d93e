"""The same merchant in every framework, behind a real server on loopback.

In: the name of a site. Out: its URL while it runs. uvicorn serves ASGI, wsgiref plain WSGI and Django, Werkzeug Flask.
"""

import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import uvicorn
from fastapi import FastAPI
from flask import Flask, request
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from werkzeug.serving import make_server as make_werkzeug_server

import dastak_sdk.asgi
import dastak_sdk.fastapi
import dastak_sdk.flask
import dastak_sdk.starlette
import dastak_sdk.wsgi
from integration.kit.merchant import MERCHANT, RECEIVER

Serve = Callable[[Any], Any]
HANDLERS: dict[str, Callable[..., object]] = {"plain": MERCHANT.receive, "async": MERCHANT.receive_async}


def asgi_site(handler: Callable[..., object]) -> Any:
    return dastak_sdk.asgi.webhook(RECEIVER, on_unknown=MERCHANT.keep_unknown)(handler)


def wsgi_site(handler: Callable[..., object]) -> Any:
    return dastak_sdk.wsgi.webhook(RECEIVER, on_unknown=MERCHANT.keep_unknown)(handler)


class ReadsBefore(BaseHTTPMiddleware):
    """A middleware such as many applications have: it looks at the body, here only when the sender asks for it."""

    async def dispatch(self, request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.headers.get("x-read-before"):
            assert await request.body()
        return await call_next(request)


def starlette_site(handler: Callable[..., object]) -> Any:
    received = dastak_sdk.starlette.webhook(RECEIVER, on_unknown=MERCHANT.keep_unknown)(handler)
    return Starlette(
        routes=[Route("/webhooks", received, methods=["POST"])],
        middleware=[Middleware(ReadsBefore)],
    )


def fastapi_site(handler: Callable[..., object]) -> Any:
    app = FastAPI()
    app.add_middleware(ReadsBefore)
    app.post("/webhooks")(dastak_sdk.fastapi.webhook(RECEIVER, on_unknown=MERCHANT.keep_unknown)(handler))
    return app


def flask_site(handler: Callable[..., object]) -> Any:
    app = Flask("merchant")

    @app.before_request
    def read_before() -> None:
        if request.headers.get("x-read-before"):
            assert request.get_data()

    app.post("/webhooks")(dastak_sdk.flask.webhook(RECEIVER, on_unknown=MERCHANT.keep_unknown)(handler))
    return app


def django_wsgi(handler: object) -> Any:
    from integration.kit import django_site

    return django_site.wsgi


def django_asgi(handler: object) -> Any:
    from integration.kit import django_site

    return django_site.asgi


class _Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_open = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_open.set()


@contextmanager
def _uvicorn(app: Any) -> Iterator[int]:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        server = _Server(uvicorn.Config(app, log_config=None, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        assert server.is_open.wait(20)
        try:
            yield int(door.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
        """Say nothing."""


class _Threaded(ThreadingMixIn, WSGIServer):
    """A request that stalls holds up no other."""


@contextmanager
def _wsgiref(app: Any) -> Iterator[int]:
    made = make_server("127.0.0.1", 0, app, server_class=_Threaded, handler_class=_Quiet)
    with made as server, _running(server):
        yield server.server_port


@contextmanager
def _werkzeug(app: Any) -> Iterator[int]:
    server = make_werkzeug_server("127.0.0.1", 0, app, threaded=True)
    with _running(server):
        yield server.server_port
    server.server_close()


@contextmanager
def _running(server: Any) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


SITES: dict[str, tuple[Callable[[Callable[..., object]], Any], Serve]] = {
    "asgi": (asgi_site, _uvicorn),
    "wsgi": (wsgi_site, _wsgiref),
    "starlette": (starlette_site, _uvicorn),
    "fastapi": (fastapi_site, _uvicorn),
    "flask": (flask_site, _werkzeug),
    "django-wsgi": (django_wsgi, _wsgiref),
    "django-asgi": (django_asgi, _uvicorn),
}
NAMES = [f"{site} {handler}" for site in SITES for handler in HANDLERS]


@contextmanager
def serving(name: str) -> Iterator[tuple[int, str]]:
    """Run the site of that name; gives its port and the path of its webhook."""
    site, handler = name.split()
    make, serve = SITES[site]
    with serve(make(HANDLERS[handler])) as port:
        yield port, f"/{handler}" if site.startswith("django") else "/webhooks"
