"""Webhook handlers on loopback, right and wrong: what `dastak check` is tried on.

In: a function of method, headers and body. Out: a URL while the `with` lasts.
"""

import base64
import binascii
import hmac
import json
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any

from dastak_sdk import EVENT_TYPES, PayloadError, Receiver, SignatureError, WebhookError, verify_body_signature

SECRET = "cfsk_test_secret"
WHSEC = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
FORGIVING = 10 * 365 * 86_400

Headers = Mapping[str, str]
Reply = tuple[int, bytes]
Handle = Callable[[Headers, bytes], Reply]


@contextmanager
def serving(handle: Handle, acted: Callable[[], object] | None = None, *, one_by_one: bool = False) -> Iterator[str]:
    """Serve that handler; an exception in it is a 500 that says nothing. `acted` answers GET."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with suppress(ConnectionError):  # a probe may be gone before its answer
                super().handle()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                status, text = handle({name.lower(): value for name, value in self.headers.items()}, body)
            except Exception:  # noqa: BLE001 - as frameworks do
                status, text = 500, b""
            self._answer(status, text)

        def do_GET(self) -> None:
            self._answer(*((405, b"") if acted is None else (200, str(acted()).encode())))

        def _answer(self, status: int, text: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with (HTTPServer if one_by_one else ThreadingHTTPServer)(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/hook"
        finally:
            server.shutdown()
            thread.join()


def right(*secrets: str) -> Handle:
    """As the documentation says."""
    receiver = Receiver(secrets or (SECRET,))

    def handle(headers: Headers, body: bytes) -> Reply:
        try:
            receiver.verify(headers, body)
        except WebhookError as problem:
            return problem.status, problem.reason.encode()
        return 200, b""

    return handle


RIGHT = right()


def _verified(headers: Headers, body: bytes, *, tolerance: float = 300) -> None:
    Receiver(SECRET, tolerance=tolerance).verify(headers, body)


def _signature(headers: Headers, signed: bytes) -> bool:
    expected = base64.b64encode(hmac.digest(SECRET.encode(), signed, "sha256")).decode()
    return hmac.compare_digest(expected, headers["x-webhook-signature"])


def believes_everything(headers: Headers, body: bytes) -> Reply:
    return 200, b""


def verifies_what_it_wrote_again(headers: Headers, body: bytes) -> Reply:
    again = json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode()
    return RIGHT(headers, again)


def signs_with_a_dot(headers: Headers, body: bytes) -> Reply:
    fits = _signature(headers, headers["x-webhook-timestamp"].encode() + b"." + body)
    return (200, b"") if fits else (401, b"")


def forgets_the_timestamp(headers: Headers, body: bytes) -> Reply:
    try:
        _verified(headers, body, tolerance=FORGIVING)
    except WebhookError as problem:
        return problem.status, b""
    return 200, b""


def goes_by_the_signature_inside(headers: Headers, body: bytes) -> Reply:
    try:
        verify_body_signature(SECRET, body)
    except WebhookError as problem:
        return problem.status, b""
    return 200, b""


def reads_seconds(headers: Headers, body: bytes) -> Reply:
    if not _signature(headers, headers.get("x-webhook-timestamp", "").encode() + body):
        return 401, b""
    return (200, b"") if abs(time.time() - int(headers["x-webhook-timestamp"])) < 300 else (401, b"")


def refuses_unknown_events(headers: Headers, body: bytes) -> Reply:
    status, text = RIGHT(headers, body)
    return (422, b"") if status == 200 and json.loads(body)["event_type"] not in EVENT_TYPES else (status, text)


def refuses_unknown_fields(headers: Headers, body: bytes) -> Reply:
    status, text = RIGHT(headers, body)
    known = {"signature", "event_type", "event_time", "version", "data"}
    return (400, b"") if status == 200 and set(json.loads(body)) - known else (status, text)


def needs_an_email(headers: Headers, body: bytes) -> Reply:
    status, text = RIGHT(headers, body)
    if status == 200 and (data := json.loads(body)["data"]).get("email", "x") is None:
        data["email"].lower()
    return status, text


def reads_one_form_of_time(headers: Headers, body: bytes) -> Reply:
    status, text = RIGHT(headers, body)
    if status == 200:
        time.strptime(json.loads(body)["event_time"], "%Y-%m-%dT%H:%M:%SZ")
    return status, text


def takes_small_bodies(headers: Headers, body: bytes) -> Reply:
    return (413, b"") if len(body) > 100_000 else RIGHT(headers, body)


def refuses_duplicates() -> Handle:
    seen: set[bytes] = set()

    def handle(headers: Headers, body: bytes) -> Reply:
        status, text = RIGHT(headers, body)
        if status == 200 and body in seen:
            return 409, b"duplicate"
        seen.add(body)
        return status, text

    return handle


def refuses_retries(headers: Headers, body: bytes) -> Reply:
    return (409, b"") if headers.get("x-webhook-attempt", "1") != "1" else RIGHT(headers, body)


def crashes_without_headers(headers: Headers, body: bytes) -> Reply:
    headers["x-webhook-signature"], headers["x-webhook-timestamp"]
    return RIGHT(headers, body)


def crashes_on_bad_base64(headers: Headers, body: bytes) -> Reply:
    try:
        binascii.a2b_base64(headers.get("x-webhook-signature", "").encode("ascii"), strict_mode=True)
    except binascii.Error:
        return 401, b""
    return RIGHT(headers, body)


def shows_its_stack(headers: Headers, body: bytes) -> Reply:
    try:
        _verified(headers, body)
    except PayloadError as problem:
        return problem.status, b""
    except WebhookError:
        return 401, traceback.format_exc().encode()
    return 200, b""


def shows_its_secret(headers: Headers, body: bytes) -> Reply:
    status, text = RIGHT(headers, body)
    return status, text if status == 200 else b"expected a signature by " + SECRET.encode()


def sends_elsewhere(headers: Headers, body: bytes) -> Reply:
    status, text = RIGHT(headers, body)
    return (302, b"") if status == 401 else (status, text)


def is_gone(headers: Headers, body: bytes) -> Reply:
    status, text = RIGHT(headers, body)
    return (410, b"") if status == 401 else (status, text)


def compares_the_beginning(headers: Headers, body: bytes) -> Reply:
    given = headers.get("x-webhook-signature", "")
    signed = headers.get("x-webhook-timestamp", "").encode() + body
    expected = base64.b64encode(hmac.digest(SECRET.encode(), signed, "sha256")).decode()
    if len(given) >= 10 and expected.startswith(given):
        return RIGHT({**headers, "x-webhook-signature": expected}, body)
    return RIGHT(headers, body) if len(given) == 44 else (401, b"")


def trims_the_body(headers: Headers, body: bytes) -> Reply:
    return RIGHT(headers, body.strip())


def goes_by_the_event_time(headers: Headers, body: bytes) -> Reply:
    status, text = RIGHT(headers, body)
    if status == 200:
        written = json.loads(body)["event_time"].replace("T", " ").rstrip("Z")
        age = time.time() - (time.mktime(time.strptime(written, "%Y-%m-%d %H:%M:%S")) - time.timezone)
        return (401, b"") if age > 86_400 and not written.startswith(("2024", "2025")) else (200, b"")
    return status, text


def takes_the_first_signature(headers: Headers, body: bytes) -> Reply:
    first = headers.get("webhook-signature", "").split(" ")[0]
    try:
        Receiver(WHSEC).verify({**headers, "webhook-signature": first}, body)
    except WebhookError as problem:
        return problem.status, b""
    return 200, b""


def one_at_a_time() -> Handle:
    lock = threading.Lock()

    def handle(headers: Headers, body: bytes) -> Reply:
        if not lock.acquire(blocking=False):
            return 500, b""
        try:
            time.sleep(0.03)
            return RIGHT(headers, body)
        finally:
            lock.release()

    return handle


def crashes_on_what_is_not_an_event(headers: Headers, body: bytes) -> Reply:
    try:
        _verified(headers, body)
    except PayloadError:
        raise
    except (SignatureError, WebhookError) as problem:
        return problem.status, b""
    return 200, b""


def is_slow(headers: Headers, body: bytes) -> Reply:
    time.sleep(0.4)
    return RIGHT(headers, body)


class Ledger:
    """A handler that acts, and how often it did."""

    def __init__(self, *, remembers: bool = True, verifies_first: bool = True, in_one_step: bool = True) -> None:
        self.acted = 0
        self._seen: set[bytes] = set()
        self._lock = threading.Lock()
        self._remembers, self._verifies_first, self._in_one_step = remembers, verifies_first, in_one_step

    def handle(self, headers: Headers, body: bytes) -> Reply:
        answer = RIGHT(headers, body)
        if answer[0] == 200 or not self._verifies_first:
            self._act(body)
        return answer

    def _act(self, body: bytes) -> None:
        if not self._in_one_step:
            known = body in self._seen
            time.sleep(0.05)  # between looking and writing, as without a transaction
            self._count(body, known=known)
            return
        with self._lock:
            self._count(body, known=self._remembers and body in self._seen)

    def _count(self, body: bytes, *, known: bool) -> None:
        self._seen.add(body)
        self.acted += not known


class NotesBeforeItVerifies(Ledger):
    """Whoever comes first with a body decides what is made of it."""

    def handle(self, headers: Headers, body: bytes) -> Reply:
        with self._lock:
            is_known = body in self._seen
            self._seen.add(body)
        answer = RIGHT(headers, body)
        if answer[0] == 200 and not is_known:
            self.acted += 1
        return (200, b"") if is_known else answer


class FailsWhenTold(Ledger):
    """Its next event after `fail` goes wrong, as when a database is away."""

    def __init__(self, *, notes_first: bool = False, hides: bool = False) -> None:
        super().__init__()
        self._fails = False
        self._notes_first, self._hides = notes_first, hides

    def fail(self, _headers: Headers, _body: bytes) -> Reply:
        self._fails = True
        return 204, b""

    def handle(self, headers: Headers, body: bytes) -> Reply:
        if not self._fails:
            return super().handle(headers, body)
        self._fails = False
        if self._notes_first:
            self._seen.add(body)
        return (200, b"") if self._hides else (500, b"")
