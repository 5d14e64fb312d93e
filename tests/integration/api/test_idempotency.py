"""`Idempotency-Key` against a running server: many at once, and a server that is killed in between."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from integration.api.asserting import assert_refused
from support.api import Answer, Api, new_verification_id
from support.customer import Customer
from support.receiver import OK, Hook, HookReceiver, Reply
from support.server import RunningServer

ENDPOINTS, FORM, TEMPLATES = "/api/v1/webhook-endpoints", "/verification/form", "/api/v1/templates"
AT_ONCE = 20


def send(api: Api, method: str, path: str, body: Any = None, key: str = "") -> Answer:
    raw = b"" if body is None else json.dumps(body).encode()
    return api.raw(method, path, raw, {"idempotency-key": key})


def a_link_of(verification_id: str) -> dict[str, str]:
    return {"phone": "9999999999", "template_name": "Full_kyc", "verification_id": verification_id}


def endpoints_at(api: Api, url: str) -> list[str]:
    return [endpoint["id"] for endpoint in api.get(ENDPOINTS).json["data"] if endpoint["url"] == url]


def same(first: Answer, again: Answer) -> bool:
    assert first.headers["idempotent-replayed"] is None
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    return (again.status, again.json) == (first.status, first.json)


def test_a_link_that_is_asked_for_again_is_the_same_link(api: Api) -> None:
    wanted = a_link_of(new_verification_id())
    first = send(api, "POST", FORM, wanted, key=wanted["verification_id"])
    assert first.status == 200
    assert same(first, send(api, "POST", FORM, wanted, key=wanted["verification_id"]))
    assert_refused(api.post(FORM, wanted), 409, "verification_id_already_exists")
    other_body = send(api, "POST", FORM, {**wanted, "name": "Asha"}, key=wanted["verification_id"])
    assert_refused(other_body, 409, "idempotency_key_reused")


def test_without_the_header_nothing_is_different(api: Api) -> None:
    answer = api.post(FORM, a_link_of(new_verification_id()))
    assert answer.headers["idempotent-replayed"] is None
    assert_refused(send(api, "POST", FORM, {}, key="é"), 400, "idempotency-key_value_invalid")


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[RunningServer]:
    """A server that waits long for receivers: a request can be held while it is carried out."""
    with RunningServer(tmp_path, webhook_first_byte_timeout_seconds=30, webhook_total_timeout_seconds=30) as server:
        yield server
        server.assert_no_failures()


def test_twenty_at_once_under_one_key_are_one_endpoint(patient: RunningServer, receiver: HookReceiver) -> None:
    place, go_on, refused_all = "/at-once", threading.Event(), threading.Event()
    receiver.play(place, Reply(until=go_on))
    body = {"url": receiver.url(place)}
    refused: list[int] = []

    def ask(number: int) -> Answer:
        with patient.api() as api:
            while (answer := send(api, "POST", ENDPOINTS, body, key="at once")).status == 409:
                assert_refused(answer, 409, "request_in_progress")
                assert answer.headers["retry-after"] == "1"
                refused.append(number)
                if len(refused) == AT_ONCE - 1:
                    refused_all.set()
                go_on.wait(30)
            return answer

    with ThreadPoolExecutor(AT_ONCE) as many:
        asking = [many.submit(ask, number) for number in range(AT_ONCE)]
        assert refused_all.wait(30), "all but one are told that it is running"
        go_on.set()
        answers = [one.result() for one in asking]
    assert {answer.status for answer in answers} == {201}
    assert len({json.dumps(answer.json) for answer in answers}) == 1
    assert sorted(answer.headers["idempotent-replayed"] or "" for answer in answers) == [""] + ["true"] * (AT_ONCE - 1)
    assert len(receiver.all(place)) == 1
    with patient.api() as api:
        assert endpoints_at(api, body["url"]) == [answers[0].json["id"]]


def test_every_kind_of_write_can_be_repeated(api: Api, server: RunningServer, receiver: HookReceiver) -> None:
    url = receiver.url("/every-write")
    made = send(api, "POST", ENDPOINTS, {"url": url}, key="w1")
    assert same(made, send(api, "POST", ENDPOINTS, {"url": url}, key="w1"))
    one = f"{ENDPOINTS}/{made.json['id']}"
    for number, (method, path, body) in enumerate(
        [
            ("PATCH", one, {"window": 3}),
            ("POST", f"{one}/disable", None),
            ("POST", f"{one}/enable", None),
            ("POST", f"{one}/test", None),
            ("POST", f"{one}/rotate-secret", {"overlap_seconds": 60}),
            ("PUT", f"{TEMPLATES}/Repeated", {"checks": ["PANDETAILS_VERIFICATION"]}),
            ("POST", f"{FORM}/static-link", {"template_name": "Repeated"}),
            ("DELETE", f"{FORM}/static-link?template_name=Repeated", None),
            ("DELETE", f"{TEMPLATES}/Repeated", None),
            ("DELETE", one, None),
        ]
    ):
        key = f"every write {number}"
        first = send(api, method, path, body, key)
        assert first.status in {200, 204}, first
        assert same_or_empty(first, send(api, method, path, body, key))
    assert_refused(api.delete(one), 404, "Resource not found")
    assert len(receiver.all("/every-write")) == 2, "one for adding, one for testing"
    server.assert_no_failures()


def same_or_empty(first: Answer, again: Answer) -> bool:
    assert again.headers["idempotent-replayed"] == "true"
    return (again.status, again.json) == (first.status, first.json)


def test_a_resend_that_is_repeated_sends_once(api: Api, server: RunningServer, receiver: HookReceiver) -> None:
    place = "/resent-once"
    endpoint = api.add_endpoint(receiver.url(place))
    link = api.create_link("Upi_verification")
    with Customer(link["form_link"]) as customer:
        customer.complete()
    server.wait_for_log(2, event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
    delivery = api.deliveries(endpoint_id=endpoint["id"])[0]
    resend = f"/api/v1/deliveries/{delivery['id']}/resend"
    first = send(api, "POST", resend, key="resend")
    server.wait_for_log(event="attempt", delivery_id=delivery["id"], attempt=2, outcome="delivered")
    assert same(first, send(api, "POST", resend, key="resend"))
    api.delete(f"{ENDPOINTS}/{endpoint['id']}")
    assert api.delivery(delivery["id"])["attempts"] == 2


def test_another_merchant_with_the_same_key_makes_something_of_its_own(api: Api, other: Api) -> None:
    wanted = a_link_of(new_verification_id())
    links = [send(one, "POST", FORM, wanted, key="shared key").json for one in (api, other)]
    assert links[0]["reference_id"] != links[1]["reference_id"]
    again = send(other, "POST", FORM, wanted, key="shared key").json
    assert again == links[1]


def test_a_refusal_is_remembered_until_the_request_is_another(api: Api) -> None:
    wrong = {"phone": "9999999999", "template_name": "No_such", "verification_id": new_verification_id()}
    answers = [send(api, "POST", FORM, wrong, key="refused") for _ in range(2)]
    assert [answer.status for answer in answers] == [400, 400]
    assert same(*answers)


@pytest.mark.parametrize("size", [64 * 1024, 64 * 1024 + 1])
def test_a_body_that_comes_in_chunks_counts_as_what_it_is(server: RunningServer, api: Api, size: int) -> None:
    wanted = json.dumps({**a_link_of(new_verification_id()), "x": ""})
    body = wanted[:-2] + "x" * (size - len(wanted)) + wanted[-2:]
    key = f"chunks {size}"
    answers = [in_chunks(server, body.encode(), key) for _ in range(2)]
    if size > 64 * 1024:
        assert all(b" 413 " in answer for answer in answers)
        return
    assert all(b" 200 OK" in answer for answer in answers)
    assert [b"idempotent-replayed: true" in answer.lower() for answer in answers] == [False, True]
    whole = api.raw("POST", FORM, body.encode(), {"idempotency-key": key})
    assert (whole.status, whole.headers["idempotent-replayed"]) == (200, "true")


def in_chunks(server: RunningServer, body: bytes, key: str) -> bytes:
    """Send the body in pieces of no length that was announced; everything that comes back."""
    parts = urlsplit(server.url)
    head = (
        f"POST {FORM} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
        f"x-client-id: {server.merchant.client_id}\r\nx-client-secret: {server.merchant.client_secret}\r\n"
        f"Idempotency-Key: {key}\r\n\r\n"
    )
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as peer:
        peer.sendall(head.encode())
        for at in range(0, len(body), 10_000):
            piece = body[at : at + 10_000]
            peer.sendall(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        peer.sendall(b"0\r\n\r\n")
        answer = b""
        while piece := peer.recv(65536):
            answer += piece
        return answer


def test_a_server_that_is_killed_in_between_keeps_what_it_answered_and_does_again_what_it_did_not(
    patient: RunningServer, receiver: HookReceiver
) -> None:
    held, came = threading.Event(), threading.Event()

    def hold_the_first(_hook: Hook) -> Reply:
        if came.is_set():
            return OK
        came.set()
        return Reply(until=held)

    receiver.play("/killed", hold_the_first)
    wanted, body = a_link_of("killed-1"), {"url": receiver.url("/killed")}
    with patient.api() as api:
        link = send(api, "POST", FORM, wanted, key="link")
    with patient.api() as doomed, ThreadPoolExecutor(1) as aside:
        cut_off = aside.submit(send, doomed, "POST", ENDPOINTS, body, "endpoint")
        assert came.wait(30)
        patient.kill()
        held.set()
        assert isinstance(cut_off.exception(30), OSError | HTTPException)
    patient.start()
    with patient.api() as api:
        assert same(link, send(api, "POST", FORM, wanted, key="link"))
        made = send(api, "POST", ENDPOINTS, body, key="endpoint")
        assert made.status == 201
        assert same(made, send(api, "POST", ENDPOINTS, body, key="endpoint"))
        assert endpoints_at(api, body["url"]) == [made.json["id"]]
