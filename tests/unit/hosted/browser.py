"""The smallest browser: cookies by path, forms by name, no redirects unless asked. Speaks ASGI, so no socket is opened."""

import asyncio
import re
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from starlette.types import ASGIApp, Message

ORIGIN = "http://kyc.example"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    cookies: tuple[str, ...]
    text: str

    @property
    def body(self) -> bytes:
        """The bytes, where they are no text."""
        return self.text.encode("utf-8", "surrogateescape")

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    def hidden(self, action: str) -> dict[str, str]:
        """The hidden fields of the form that posts to that address."""
        found = re.search(rf'<form method="post" action="{re.escape(action)}".*?</form>', self.text, re.DOTALL)
        assert found, f"no form posts to {action}"
        return {name: unescape(value) for name, value in HIDDEN.findall(found.group())}


HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@dataclass
class Browser:
    app: ASGIApp
    ip: str = "203.0.113.5"
    jar: dict[tuple[str, str], str] = field(default_factory=dict)
    """(path, name) → value."""
    page: Reply | None = None

    def get(self, path: str, headers: dict[str, str] | None = None) -> Reply:
        return self._send("GET", path, b"", headers or {})

    def open(self, path: str) -> Reply:
        """GET and follow redirects, as a person does."""
        reply = self.get(path)
        while reply.status in {302, 303, 307}:
            reply = self.get(reply.location)
        return reply

    def post(self, path: str, fields: dict[str, str], headers: dict[str, str] | None = None) -> Reply:
        sent = {"content-type": "application/x-www-form-urlencoded", "origin": "null", "sec-fetch-site": "same-origin"}
        return self._send("POST", path, urlencode(fields).encode(), sent | (headers or {}))

    def send_raw(self, path: str, body: bytes, headers: dict[str, str]) -> Reply:
        """POST those bytes, as a script does."""
        return self._send("POST", path, body, headers)

    def submit(self, action: str, **typed: str) -> Reply:
        """Fill and send a form of the page that was shown last."""
        assert self.page is not None
        return self.post(action, self.page.hidden(action) | typed)

    def send(self, action: str, **typed: str) -> Reply:
        """Submit and follow the redirect."""
        reply = self.submit(action, **typed)
        return self.open(reply.location) if reply.status == 303 else reply

    def _send(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> Reply:
        path, _, query = target.partition("?")
        named = {"host": "kyc.example", "cookie": self._cookies(path)} | headers
        scope: dict[str, object] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in named.items() if value],
            "client": (self.ip, 40000),
            "server": ("kyc.example", 80),
        }
        reply = asyncio.run(_ask(self.app, scope, body))
        for cookie in reply.cookies:
            for name, morsel in SimpleCookie(cookie).items():
                self.jar[morsel["path"], name] = morsel.value
        if reply.text.startswith("<!doctype"):
            self.page = reply
        return reply

    def _cookies(self, path: str) -> str:
        fits = (
            f"{name}={value}"
            for (place, name), value in self.jar.items()
            if path == place or path.startswith(place.rstrip("/") + "/")
        )
        return "; ".join(fits)


async def _ask(app: ASGIApp, scope: dict[str, object], body: bytes) -> Reply:
    sent: list[Message] = []
    bodies = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        return next(bodies, {"type": "http.disconnect"})

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = sent[0]
    pairs = [(name.decode(), value.decode()) for name, value in start["headers"]]
    text = b"".join(message.get("body", b"") for message in sent[1:]).decode("utf-8", "surrogateescape")
    cookies = tuple(value for name, value in pairs if name == "set-cookie")
    return Reply(start["status"], dict(pairs), cookies, text)
