"""Every adapter in its own framework, over real HTTP: what is let in, what is refused, and what each answers."""

import asyncio
import http.client
import io
import logging
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

import dastak_sdk.asgi
import dastak_sdk.fastapi
import dastak_sdk.flask
import dastak_sdk.starlette
import dastak_sdk.wsgi
from dastak_sdk import UNREADABLE_EVENT_TYPE, EventType, KycLinkData, encode_event, encode_test_event, sign
from dastak_sdk.reception import ACCEPTED, Reception
from integration.kit.merchant import DETAIL, LIMIT, MERCHANT, RECEIVER, SECRET
from integration.kit.sites import NAMES, serving
from unit.docs.pages import ROOT

SAMPLES = ROOT / "sdk" / "tests" / "samples"
BODIES = {each.value: (SAMPLES / f"{each.value}.json").read_bytes() for each in EventType}
BODY = BODIES["KYC_LINK_SUCCESS"]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
TOO_LARGE = {(413, "body_too_large"), (0, "")}
FEW = settings(max_examples=12)


class Site:
    """A site that runs, and how to post to it."""

    def __init__(self, name: str, port: int, path: str) -> None:
        self.name = name
        self._port = port
        self._path = path

    def request(
        self, body: bytes | Iterator[bytes], headers: dict[str, str], method: str = "POST"
    ) -> tuple[int, str, bytes]:
        """Status, body as text, and everything that came back."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        try:
            connection.request(method, self._path, body, headers, encode_chunked="transfer-encoding" in headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, text.decode(), repr(answer.getheaders()).encode() + text
        except ConnectionError:
            return 0, "", b""  # a server that does not read the rest may close before its answer is read
        finally:
            connection.close()

    def broken_off(self, body: bytes, headers: dict[str, str]) -> bytes:
        """What comes back when half of the body comes, and then nothing more."""
        head = {**headers, "content-length": str(len(body)), "connection": "close"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        with socket.create_connection(("127.0.0.1", self._port), timeout=20) as line:
            line.sendall(f"POST {self._path} HTTP/1.1\r\nhost: x\r\n{lines}\r\n".encode() + body[: len(body) // 2])
            line.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: line.recv(65536), b""))

    def post(self, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, str]:
        status, text, _ = self.request(body, signed(body) if headers is None else headers)
        return status, text


def signed(body: bytes, *, secret: str = SECRET, age_seconds: float = 0) -> dict[str, str]:
    timestamp = str(int((time.time() - age_seconds) * 1000))
    return {
        "content-type": "application/json",
        "x-webhook-attempt": "1",
        "x-webhook-timestamp": timestamp,
        "x-webhook-signature": sign(secret, timestamp, body),
    }


@pytest.fixture(scope="module", params=NAMES)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with serving(request.param) as (port, path):
        yield Site(request.param, port, path)


@pytest.fixture(autouse=True)
def _forget() -> None:
    MERCHANT.reset()


@given(st.sampled_from(sorted(BODIES)))
@settings(max_examples=13)
def test_each_event_arrives_typed_and_byte_for_byte(site: Site, event_type: str) -> None:
    body = BODIES[event_type]
    assert site.post(body) == (200, "")
    event = MERCHANT.events[-1]
    assert (event.type, event.raw, event.attempt) == (event_type, body, 1)
    assert not isinstance(event.data, dict)


@given(TEXT, TEXT, st.integers(0, 2**53))
@FEW
def test_any_names_and_numbers_come_through(site: Site, name: str, phone: str, number: int) -> None:
    data = KycLinkData(name, phone, None, "order-1", number, "2030-01-01", "https://kyc.example/x", "SUCCESS", ())
    body = encode_event("KYC_LINK_SUCCESS", datetime.now(UTC), data, client_secret=None)
    assert site.post(body) == (200, "")
    assert (MERCHANT.events[-1].data, MERCHANT.events[-1].raw) == (data, body)


@given(st.lists(st.sampled_from(sorted(BODIES)), min_size=2, max_size=6))
@FEW
def test_duplicates_and_any_order_come_through_with_the_same_keys(site: Site, order: list[str]) -> None:
    MERCHANT.reset()
    for event_type in order:
        assert site.post(BODIES[event_type]) == (200, "")
    assert [event.raw for event in MERCHANT.events] == [BODIES[event_type] for event_type in order]
    assert len({event.dedupe_key for event in MERCHANT.events}) == len(set(order))


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
@FEW
def test_an_altered_body_gets_401_and_the_reason_and_nothing_else(site: Site, position: int, change: int) -> None:
    altered = bytearray(BODY)
    altered[position] ^= change
    assert site.post(bytes(altered), signed(BODY)) == (401, "signature_mismatch")
    assert site.post(BODY, signed(BODY, secret="another secret")) == (401, "signature_mismatch")
    assert MERCHANT.events == []


@given(st.floats(301, 10**6))
@FEW
def test_a_stale_and_a_future_request_get_401(site: Site, seconds: float) -> None:
    assert site.post(BODY, signed(BODY, age_seconds=seconds)) == (401, "stale_timestamp")
    assert site.post(BODY, signed(BODY, age_seconds=-seconds - 5)) == (401, "future_timestamp")
    assert MERCHANT.events == []


@given(st.binary(max_size=200))
@FEW
def test_any_bytes_are_refused_unsigned_and_acknowledged_and_given_to_the_hook_signed(site: Site, body: bytes) -> None:
    MERCHANT.reset()
    assert site.post(body, {}) == (400, "missing_header")
    assert MERCHANT.unknown == []
    assert site.post(body) == (200, "")
    assert MERCHANT.events == []
    assert [(event.type, event.raw) for event in MERCHANT.unknown] == [(UNREADABLE_EVENT_TYPE, body)]


def test_what_cannot_be_read_is_logged_as_an_error_where_nobody_keeps_it(caplog: pytest.LogCaptureFixture) -> None:
    reception = Reception(RECEIVER, MERCHANT.receive)
    body = b'{"event_type": "KYC_LINK_SUCCESS", "phone": "9999999999"}'
    with caplog.at_level(logging.INFO, "dastak_sdk"):
        assert reception.answer(signed(body), body) == ACCEPTED
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "bad_envelope" in caplog.text
    assert "9999999999" not in caplog.text


def test_a_handler_that_fails_gets_the_event_again_and_tells_nobody_why(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    MERCHANT.is_failing = True
    with caplog.at_level(logging.ERROR, "dastak_sdk"):
        status, text, everything = site.request(BODY, signed(BODY))
    assert (status, text) == (500, "handler_failed")
    assert DETAIL.encode() not in everything
    assert b"RuntimeError" not in everything
    assert DETAIL in caplog.text
    MERCHANT.is_failing = False
    assert site.post(BODY) == (200, "")
    assert [event.raw for event in MERCHANT.events] == [BODY]


def test_an_unknown_event_is_acknowledged_and_given_to_its_hook(site: Site) -> None:
    body = encode_event("VKYC_OF_TOMORROW", datetime.now(UTC), {"new": None}, client_secret=None)
    assert site.post(body) == (200, "")
    assert MERCHANT.events == []
    assert [(event.type, event.data) for event in MERCHANT.unknown] == [("VKYC_OF_TOMORROW", {"new": None})]


def test_a_test_of_the_url_is_answered_and_calls_nothing(site: Site) -> None:
    for body in (encode_test_event(datetime.now(UTC)), b'{"data":{"test_object":{"test_key":"x"}}}'):
        assert site.post(body) == (200, "")
        assert site.post(body, signed(body, secret="another secret")) == (401, "signature_mismatch")
    assert MERCHANT.events == []
    assert MERCHANT.unknown == []


def test_a_body_beyond_the_limit_is_refused_and_one_at_the_limit_is_not(site: Site) -> None:
    whole = BODY.rstrip() + b" " * (LIMIT - len(BODY.rstrip()))
    assert site.post(whole) == (200, "")
    assert site.post(whole + b" ") in TOO_LARGE
    assert len(MERCHANT.events) == 1


def test_a_chunked_body_is_read_to_its_end_or_asked_for_its_length(site: Site) -> None:
    knows_the_end = site.name.split()[0] not in {"wsgi", "django-wsgi"}
    headers = {**signed(BODY), "transfer-encoding": "chunked"}
    status, text, _ = site.request(iter([BODY[:100], BODY[100:]]), headers)
    if knows_the_end:
        assert (status, text) == (200, "")
        assert MERCHANT.events[-1].raw == BODY
        pieces = iter([BODY, *[b" " * 1024] * (LIMIT // 1024)])
        assert site.request(pieces, headers)[:2] in TOO_LARGE
    else:
        assert (status, text) in {(411, "length_required"), (0, "")}
        assert MERCHANT.events == []


def test_a_body_that_breaks_off_is_told_as_that(site: Site) -> None:
    answer = site.broken_off(BODY, signed(BODY))
    assert answer == b"" or (b" 400 " in answer and answer.endswith(b"body_cut_short"))
    assert MERCHANT.events == []


def test_a_body_that_a_middleware_read_before_still_verifies(site: Site) -> None:
    assert site.post(BODY, {**signed(BODY), "x-read-before": "yes"}) == (200, "")
    assert MERCHANT.events[-1].raw == BODY


def test_only_post_is_answered(site: Site) -> None:
    status, _, everything = site.request(b"", {}, "GET")
    assert status == 405
    assert b"POST" in everything


def test_a_plain_handler_does_not_hold_up_the_event_loop() -> None:
    loops: set[int] = set()

    async def main() -> None:
        loops.add(threading.get_ident())
        app = dastak_sdk.asgi.webhook(RECEIVER)(MERCHANT.receive)
        headers = [(name.encode(), value.encode()) for name, value in signed(BODY).items()]
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": BODY}

        async def send(message: Any) -> None:
            sent.append(message)

        await app({"type": "http", "method": "POST", "headers": headers}, receive, send)
        assert sent[0]["status"] == 200

    asyncio.run(main())
    assert MERCHANT.threads
    assert not MERCHANT.threads & loops


async def test_an_async_handler_of_a_wsgi_application_works_where_a_loop_already_runs() -> None:
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in signed(BODY).items()}
    more = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(BODY)), "wsgi.input": io.BytesIO(BODY)}
    assert list(dastak_sdk.wsgi.webhook(RECEIVER)(MERCHANT.receive_async)({**environ, **more}, lambda *_: None)) == [
        b""
    ]
    assert [event.raw for event in MERCHANT.events] == [BODY]


def test_django_takes_back_what_a_failed_handler_wrote() -> None:
    from integration.kit import django_site

    with serving("django-wsgi plain") as (port, path):
        site = Site("django-wsgi plain", port, path)
        before = django_site.notes()
        MERCHANT.is_failing = True
        assert site.post(BODY) == (500, "handler_failed")
        assert django_site.notes() == before
        MERCHANT.is_failing = False
        assert site.post(BODY) == (200, "")
        assert django_site.notes() == before + 1


def test_fastapi_describes_the_route_without_parameters() -> None:
    app = FastAPI()

    @app.post("/webhooks")
    @dastak_sdk.fastapi.webhook(RECEIVER)
    async def received(event: object) -> None:
        """Take what the KYC server tells."""

    operation = app.openapi()["paths"]["/webhooks"]["post"]
    assert operation["description"] == "Take what the KYC server tells."
    assert "parameters" not in operation
    assert "requestBody" not in operation


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"CONTENT_LENGTH": "12x"}, b"bad_header"),
        ({"CONTENT_LENGTH": "-1"}, b"bad_header"),
        ({"CONTENT_LENGTH": "9" * 30}, b"bad_header"),
        ({"CONTENT_LENGTH": "50"}, b"body_cut_short"),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, b"length_required"),
        ({}, b"missing_header"),
    ],
)
def test_wsgi_never_waits_for_bytes_that_may_not_come(environ: dict[str, str], expected: bytes) -> None:
    app = dastak_sdk.wsgi.webhook(RECEIVER)(MERCHANT.receive)
    whole = {"REQUEST_METHOD": "POST", "wsgi.input": io.BytesIO(b"short"), **environ}
    assert list(app(whole, lambda *_: None)) == [expected]


def yields(_event: object) -> Iterator[None]:
    yield


async def yields_async(_event: object) -> AsyncIterator[None]:
    yield


ADAPTERS = [dastak_sdk.asgi, dastak_sdk.wsgi, dastak_sdk.starlette, dastak_sdk.fastapi, dastak_sdk.flask]


@pytest.mark.parametrize("handler", [yields, yields_async, partial(yields)])
def test_a_handler_that_would_run_nothing_when_it_is_called_is_refused_at_once(handler: Any) -> None:
    with pytest.raises(TypeError, match="contains `yield`"):
        dastak_sdk.asgi.webhook(RECEIVER)(handler)


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("receiver", [MERCHANT.receive, SECRET, None])
def test_a_decorator_without_a_receiver_says_how_it_is_written(adapter: Any, receiver: Any) -> None:
    with pytest.raises(TypeError, match=r"@webhook\(Receiver\(secret\)\)"):
        adapter.webhook(receiver)


def test_djangos_decorator_without_a_receiver_says_the_same() -> None:
    with serving("django-wsgi plain"):
        import dastak_sdk.django

        with pytest.raises(TypeError, match=r"@webhook\(Receiver\(secret\)\)"):
            dastak_sdk.django.webhook(MERCHANT.receive)  # type: ignore[call-overload]


def test_django_refuses_a_body_that_went_into_a_form_before() -> None:
    with serving("django-wsgi plain"):
        from django.test import RequestFactory

        import dastak_sdk.django

        request = RequestFactory().post("/", {"a": "b"})
        assert request.POST["a"] == "b"
        view: Any = dastak_sdk.django.webhook(RECEIVER)(MERCHANT.receive)
        answer = view(request)
        assert (answer.status_code, answer.content) == (400, b"body_cut_short")


def test_a_handler_whose_own_work_was_cancelled_has_failed() -> None:
    """`CancelledError` is no `Exception`: let through, it would end the worker of many a WSGI server."""

    async def gives_up(_event: object) -> None:
        task = asyncio.ensure_future(asyncio.sleep(60))
        task.cancel()
        await task

    reception = Reception(RECEIVER, gives_up)
    assert reception.answer(signed(BODY), BODY).status == 500


@pytest.mark.parametrize("handler", [None, "received", 7])
def test_what_is_no_function_is_refused_at_once(handler: Any) -> None:
    with pytest.raises(TypeError, match="function that takes an event"):
        dastak_sdk.asgi.webhook(RECEIVER)(handler)
