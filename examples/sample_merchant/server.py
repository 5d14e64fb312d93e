"""The merchant's HTTP side: `POST /webhooks`, the page, its live stream, and the button that makes a link.

In: requests on 127.0.0.1. Out: answers; what is kept lies in the ledger.
"""

import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

from dastak_sdk.reception import Reception

from .dastak_api import ApiError, create_link
from .keyring import Keyring
from .ledger import Ledger
from .live import Bell
from .page import Shown, events_html, page_html

BAD_REQUEST, SERVER_ERROR = 400, 500
FORM_LIMIT = 4 * 1024
STREAM_PAUSE_SECONDS = 2.0
STATIC = Path(__file__).parent / "static"

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Merchant:
    """All that the handlers share."""

    ledger: Ledger
    keyring: Keyring
    reception: Reception
    bell: Bell
    api: str
    port: int
    template: str = os.environ.get("MERCHANT_TEMPLATE", "Full_kyc")

    @property
    def origin(self) -> str:
        """Our own address."""
        return f"http://127.0.0.1:{self.port}"

    def shown(self, problem: str = "") -> Shown:
        """All that the page shows."""
        kept, duplicates = self.ledger.totals()
        return Shown(
            address=f"{self.origin}/webhooks",
            template=self.template,
            has_client=bool(self.keyring.keys().client_secret),
            has_webhook_secret=bool(self.keyring.keys().webhook_secrets),
            kept=kept,
            duplicates=duplicates,
            refusals=self.ledger.refusals(),
            customers=self.ledger.customers(),
            others=self.ledger.other_events(),
            problem=problem,
        )


class Server(ThreadingHTTPServer):
    """One thread per connection. Threads end with the process: a POST cut off there got no 200 and will come again."""

    daemon_threads = True

    def __init__(self, merchant: Merchant) -> None:
        super().__init__(("127.0.0.1", merchant.port), Handler)
        self.merchant = merchant


class Handler(BaseHTTPRequestHandler):
    """Routes by hand, so that nothing is hidden."""

    protocol_version = "HTTP/1.1"
    server_version = "sample-merchant"
    sys_version = ""
    timeout = 30
    server: Server

    def do_POST(self) -> None:
        if self.path == "/webhooks":
            self._webhook()
        elif self.path == "/links":
            self._create_link()
        else:
            self._answer(404, "not_found")

    def do_GET(self) -> None:
        if not self._is_named_as_here():
            self._answer(403, "open this page by its own address")
        elif self.path == "/":
            self._html(200, page_html(self.server.merchant.shown()))
        elif self.path == "/events":
            self._html(200, events_html(self.server.merchant.shown()))
        elif self.path == "/live":
            self._stream()
        elif self.path.startswith("/static/"):
            self._static()
        else:
            self._answer(404, "not_found")

    def _webhook(self) -> None:
        merchant = self.server.merchant
        body = self._body(merchant.reception.max_body_bytes)
        if body is None:
            return
        answer = merchant.reception.answer(list(self.headers.items()), body)
        self._send(answer.status, answer.body, answer.headers["content-type"], {})
        if BAD_REQUEST <= answer.status < SERVER_ERROR:
            with suppress(sqlite3.Error):  # it is answered already, and this is only for the page
                merchant.ledger.count_refusal(answer.code)
        merchant.bell.ring()

    def _create_link(self) -> None:
        body = self._body(FORM_LIMIT)
        if body is None:
            return
        if not self._is_named_as_here() or not self._is_sent_from_here():
            self._answer(403, "send this form from its own page")
            return
        merchant = self.server.merchant
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        try:
            link = create_link(
                merchant.api, merchant.keyring.keys(), merchant.template, form.get("phone", ""), form.get("name", "")
            )
        except ApiError as problem:
            self._html(502, page_html(merchant.shown(str(problem))))
            return
        merchant.ledger.add_link(link.verification_id, link.form_link)
        merchant.bell.ring()
        self._send(303, b"", "text/plain", {"location": f"/#{link.verification_id}"})

    def _stream(self) -> None:
        """Server-sent events: one line whenever something arrived."""
        bell = self.server.merchant.bell
        self.close_connection = True
        self.send_response(200)
        for name, value in (HEADERS | {"content-type": "text/event-stream"}).items():
            self.send_header(name, value)
        self.end_headers()
        seen = bell.number
        try:
            self.wfile.write(b"retry: 1000\n\n")
            while not bell.is_closed:
                now = bell.wait(seen, STREAM_PAUSE_SECONDS)
                self.wfile.write(f"data: {now}\n\n".encode() if now != seen else b": still here\n\n")
                seen = now
        except OSError:
            pass  # the page was closed

    def _static(self) -> None:
        types = {"merchant.css": "text/css", "live.js": "text/javascript", "mark.svg": "image/svg+xml"}
        name = self.path.removeprefix("/static/")
        if name in types:
            self._send(200, (STATIC / name).read_bytes(), types[name], {})
        else:
            self._answer(404, "not_found")

    def _is_named_as_here(self) -> bool:
        """The page answers to its own name only, so that no foreign name can be pointed at it."""
        port = self.server.merchant.port
        return self.headers.get("host", "") in {f"127.0.0.1:{port}", f"localhost:{port}"}

    def _is_sent_from_here(self) -> bool:
        site, origin = self.headers.get("sec-fetch-site"), self.headers.get("origin")
        return site in {None, "same-origin"} and origin in {None, f"http://{self.headers.get('host')}"}

    def _body(self, limit: int) -> bytes | None:
        """The whole body; None when that was already answered."""
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdecimal()):
            self.close_connection = True
            self._answer(411, "content_length_needed")
            return None
        if int(length) > limit:
            self.close_connection = True
            self._answer(413, "body_too_large")
            return None
        return self.rfile.read(int(length))

    def _html(self, status: int, text: str) -> None:
        self._send(status, text.encode(), "text/html; charset=utf-8", {})

    def _answer(self, status: int, word: str) -> None:
        self._send(status, f"{word}\n".encode(), "text/plain; charset=utf-8", {})

    def _send(self, status: int, body: bytes, media_type: str, more: dict[str, str]) -> None:
        self.send_response(status)
        named = {"content-type": media_type, "content-length": str(len(body))}
        for name, value in (HEADERS | named | more).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
        """Say nothing: the page shows all there is to see."""
