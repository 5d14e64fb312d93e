"""Whatever bytes come, the answer has the contract's shape and is never our fault."""

import json
import socket
from http.client import HTTPResponse
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.api.asserting import assert_refused
from support.api import Answer, Api
from support.server import RunningServer

PATH = "/verification/form"
READERS = [
    ("POST", PATH),
    ("POST", "/verification/form/static-link"),
    ("POST", "/api/v1/webhook-endpoints"),
    ("POST", "/api/v1/replays"),
    ("POST", "/verification/user"),
    ("PATCH", "/verification/user"),
    ("POST", "/verification/vkyc"),
    ("POST", "/verification/oauth/token"),
    ("PUT", "/api/v1/video-kycs/v-1/schedule"),
    ("PUT", "/api/v1/templates/mine"),
]


@pytest.mark.parametrize(("method", "path"), READERS)
@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b'{"phone": }',
        b"{'phone': 1}",
        b"phone=9999999999",
        b"\xff\xfe",
        b'{"phone": "\xff"}',
        '{"phone": "9999999999"}'.encode("utf-16"),
        b"\x00",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"phone": ' + b"9" * 10_000 + b"}",
        b"[]",
        b"null",
        b"7",
        b'"text"',
        b"true",
        b"NaN",
        b"\xef\xbb\xbf{}",
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_what_is_no_json_object_is_an_invalid_request(api: Api, method: str, path: str, raw: bytes) -> None:
    assert_refused(api.raw(method, path, raw), 400, "invalid_request")


@pytest.mark.parametrize(("method", "path"), READERS)
def test_a_body_that_is_too_large_is_refused(api: Api, method: str, path: str) -> None:
    assert_refused(api.raw(method, path, b" " * 65_537), 413, "request_too_large")
    assert_refused(api.raw(method, path, b'{"a":"' + b"x" * 3_000_000 + b'"}'), 413, "request_too_large")


def test_a_body_without_a_length_is_read_to_its_end_and_no_further_than_the_limit(server: RunningServer) -> None:
    merchant = server.merchant
    head = (
        f"POST {PATH} HTTP/1.1\r\nhost: x\r\nx-client-id: {merchant.client_id}\r\n"
        f"x-client-secret: {merchant.client_secret}\r\ntransfer-encoding: chunked\r\n\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", server.port), 10) as sent:
        sent.sendall(head + b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")
        assert code_of_answer(sent) == "phone_missing"
        sent.sendall(head + (b"4000\r\n" + b" " * 0x4000 + b"\r\n") * 5 + b"0\r\n\r\n")
        assert code_of_answer(sent) == "request_too_large"


def code_of_answer(connection: socket.socket) -> str:
    with HTTPResponse(connection) as answer:
        answer.begin()
        return str(json.loads(answer.read())["code"])


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", PATH, {"GET", "POST"}),
        ("DELETE", PATH, {"GET", "POST"}),
        ("GET", "/verification/form/static-link", {"POST", "DELETE"}),
        ("PUT", "/api/v1/webhook-endpoints", {"GET", "POST"}),
        ("POST", "/api/v1/webhook-endpoints/ep_1", {"GET", "PATCH", "DELETE"}),
        ("POST", "/api/v1/events", {"GET"}),
        ("DELETE", "/api/v1/deliveries/dlv_1", {"GET"}),
        ("GET", "/api/v1/deliveries/dlv_1/resend", {"POST"}),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(api: Api, method: str, path: str, allowed: set[str]) -> None:
    answer = api.call(method, path)
    assert_refused(answer, 405, "method_not_allowed")
    assert {name.strip() for name in answer.headers["allow"].split(",")} - {"HEAD"} == allowed


@pytest.mark.parametrize(
    "path", ["/verification", "/verification/ppi", "/api/v1", "/api/v1/nothing", "/api/v2/events", "/x/%00"]
)
def test_a_path_that_is_not_there_is_answered_in_the_same_shape(api: Api, path: str) -> None:
    assert_refused(api.get(path), 404, "Resource not found")


def test_the_server_says_that_it_is_well(api: Api) -> None:
    answer = api.raw("GET", "/healthz", None, {"x-client-id": None, "x-client-secret": None})
    assert (answer.status, answer.json) == (200, {"status": "ok"})


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("phone", "template_name", "verification_id", "name", "email", "link_expiry", "notification_types")
LIKELY = st.sampled_from(["9999999999", "Full_kyc", "Pan_verification", "a@b.in", "2026-12-01", "case-1", ["sms"], ""])
LINKS = st.dictionaries(st.sampled_from(FIELDS), LIKELY | JSON_VALUES)
LOUD = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@LOUD
@given(link=LINKS | JSON_VALUES)
def test_no_json_value_is_our_fault(api: Api, link: Any) -> None:
    assert_shape(api.raw("POST", PATH, json.dumps(link).encode()))


@LOUD
@given(raw=st.binary(max_size=300))
def test_no_bytes_are_our_fault(api: Api, raw: bytes) -> None:
    assert_shape(api.raw("POST", PATH, raw))


@LOUD
@given(
    endpoint=st.dictionaries(
        st.sampled_from(["url", "event_types", "retry_policy", "lane_policy", "window", "description"]),
        JSON_VALUES
        | st.sampled_from(["http://10.0.0.1/", "compat", "strict", 1, 0])
        | st.dictionaries(st.sampled_from(["preset", "intervals_seconds"]), JSON_VALUES),
    )
)
def test_no_endpoint_is_our_fault(api: Api, endpoint: dict[str, Any]) -> None:
    assert_shape(api.raw("POST", "/api/v1/webhook-endpoints", json.dumps(endpoint).encode()))


def assert_shape(answer: Answer) -> None:
    assert answer.status < 500
    if answer.status != 200:
        assert_refused(answer, answer.status, answer.json["code"])
