"""An owner at the dashboard, without a socket: asks the application itself, and stops a stream at its first news.

In: a process whose merchant has a member with that address. Out: answers. In the sandbox every code is the same.
"""

import asyncio
from collections.abc import MutableMapping
from ipaddress import IPv4Address
from itertools import count
from typing import Any, NamedTuple

import httpx
from starlette.types import ASGIApp

from dastak.app.build import Dastak

CODE = "111000"
HOST = "bench.example"
STREAM = b"text/event-stream"
FIRST_ADDRESS = IPv4Address("10.0.0.1")

Message = MutableMapping[str, Any]


class Answer(NamedTuple):
    """What came back; of a stream, its beginning."""

    status: int
    body: bytes


class Visitor:
    """Asks in one session."""

    def __init__(self, web: ASGIApp, cookies: str) -> None:
        self._web = web
        self._headers = [(b"host", HOST.encode()), (b"cookie", cookies.encode()), (b"sec-fetch-site", b"same-origin")]
        self._callers = count()

    async def get(self, target: str) -> Answer:
        """The whole page; each time from another address, since there is a limit for each."""
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": self._headers,
            "server": (HOST, 80),
            "client": (str(FIRST_ADDRESS + next(self._callers)), 1),
        }
        seen = _Seen()
        await self._web(scope, seen.receive, seen.send)
        return Answer(seen.status, bytes(seen.body))


class _Seen:
    """One answer as it comes."""

    def __init__(self) -> None:
        self.status, self.body = 0, bytearray()
        self.enough = asyncio.Event()
        self._is_stream = False

    async def receive(self) -> Message:
        """The browser says nothing, and goes once it has seen enough."""
        await self.enough.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._is_stream = any(STREAM in value for name, value in message["headers"] if name == b"content-type")
            return
        self.body += message.get("body", b"")
        if not message.get("more_body", False) or (self._is_stream and b"data:" in self.body):
            self.enough.set()


async def signed_in(dastak: Dastak, merchant_id: str, email: str) -> Visitor:
    """By a code."""
    transport = httpx.ASGITransport(app=dastak.web)
    headers = {"sec-fetch-site": "same-origin"}
    async with httpx.AsyncClient(
        transport=transport, base_url=f"http://{HOST}", follow_redirects=True, headers=headers
    ) as browser:
        page = await browser.get(f"/dashboard/sign-in?merchant={merchant_id}")
        page = await browser.post("/dashboard/sign-in", data={"email": email, "token": _token(page.text)})
        page = await browser.post("/dashboard/sign-in/code", data={"code": CODE, "token": _token(page.text)})
        if page.url.path != "/dashboard":
            raise SystemExit(f"not signed in: {page.url}")
        return Visitor(dastak.web, "; ".join(f"{name}={value}" for name, value in browser.cookies.items()))


def _token(page: str) -> str:
    return page.partition('name="token" value="')[2].partition('"')[0]
