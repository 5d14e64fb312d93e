"""GET /api/v1/events as a merchant pulls it: waiting for what comes, gaps, and the same bytes as the webhooks."""

import json
import select
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dastak_sdk import parse_event
from integration.api.asserting import assert_refused
from support.api import Answer, Api
from support.customer import Customer
from support.receiver import HookReceiver
from support.server import RunningServer

EVENTS = "/api/v1/events"


@pytest.fixture(scope="module")
def link(server: RunningServer) -> dict[str, Any]:
    """A link with four checks, done: five events."""
    with server.api() as api:
        made = api.create_link("Full_kyc", name="Asha")
    with Customer(made["form_link"]) as customer:
        customer.complete()
    return made


def finish_another(api: Api) -> dict[str, Any]:
    made = api.create_link("Upi_verification")
    with Customer(made["form_link"]) as customer:
        customer.complete()
    return made


@contextmanager
def in_background(server: RunningServer, count: int = 1, **query: object) -> Iterator[list[Future[Answer]]]:
    """So many polls that wait, each over a connection of its own."""

    def poll() -> Answer:
        with server.api() as api:
            return api.get(EVENTS, **query)

    with ThreadPoolExecutor(count) as pool:
        yield [pool.submit(poll) for _ in range(count)]


def test_a_page_always_says_where_to_go_on(api: Api, link: dict[str, Any]) -> None:
    which = {"verification_id": link["verification_id"]}
    first = api.get(EVENTS, limit=2, **which).json
    assert first["cursor"] == first["next"]
    rest = api.get(EVENTS, after=first["cursor"], **which).json
    assert [event["sequence"] for event in first["data"] + rest["data"]] == [1, 2, 3, 4, 5]
    assert rest["next"] is None
    assert api.get(EVENTS, after=rest["cursor"], **which).json == {"data": [], "next": None, "cursor": rest["cursor"]}


def test_latest_is_the_cursor_of_now(api: Api, link: dict[str, Any]) -> None:
    latest = api.get(EVENTS, after="latest").json
    assert (latest["data"], latest["next"]) == ([], None)
    made = finish_another(api)
    came = api.get(EVENTS, after=latest["cursor"]).json["data"]
    assert [event["verification_id"] for event in came] == [made["verification_id"]] * 2


def test_whoever_waits_gets_the_next_events_as_they_happen(api: Api, server: RunningServer, link: object) -> None:
    cursor = api.get(EVENTS, after="latest").json["cursor"]
    with in_background(server, 30, after=cursor, wait=30, type="KYC_LINK_SUCCESS") as polls:
        made = finish_another(api)
        for poll in polls:
            (event,) = poll.result(40).json["data"]
            assert (event["type"], event["verification_id"]) == ("KYC_LINK_SUCCESS", made["verification_id"])


def test_when_nothing_comes_the_answer_is_empty_and_goes_on_from_the_same_place(api: Api, link: object) -> None:
    cursor = api.get(EVENTS, after="latest").json["cursor"]
    answer = api.get(EVENTS, after=cursor, wait=1)
    assert (answer.status, answer.json) == (200, {"data": [], "next": None, "cursor": cursor})


def test_the_events_of_another_merchant_end_no_wait(server: RunningServer) -> None:
    with in_background(server, after="latest", wait=2) as (poll,), server.api(server.merchants[2]) as other:
        finish_another(other)
        assert poll.result(40).json["data"] == []


def test_a_gap_in_a_journey_can_be_asked_for(api: Api, link: dict[str, Any]) -> None:
    events = api.events(verification_id=link["verification_id"])
    journey = events[0]["journey_id"]
    assert api.events(journey_id=journey, sequence_from=3, sequence_to=4) == events[2:4]
    assert api.events(journey_id=journey, sequence_from=5) == events[4:]
    assert api.events(verification_id=link["verification_id"], sequence_to=1) == events[:1]
    assert api.events(journey_id=journey, sequence_from=6) == []


def test_the_bytes_are_those_of_the_webhook_and_so_is_the_dedupe_key(
    api: Api, server: RunningServer, receiver: HookReceiver
) -> None:
    place = "/same-bytes"
    endpoint = api.add_endpoint(receiver.url(place))
    made = api.create_link("Full_kyc", name="आशा Ä")
    with Customer(made["form_link"]) as customer:
        customer.complete()
    server.wait_for_log(5, event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
    pushed = {hook.id: hook for hook in receiver.hooks(place)}
    pulled = api.events(verification_id=made["verification_id"])
    assert [event["id"] for event in pulled] == list(pushed)
    for event in pulled:
        hook, raw = pushed[event["id"]], event["raw_body"].encode()
        assert raw == hook.body
        assert json.loads(raw) == event["body"]
        verified = hook.verify(endpoint["secret"], server.merchant.client_secret)
        assert sha256(raw).hexdigest() == parse_event(raw).dedupe_key == verified.dedupe_key
        assert (event["sequence"], event["id"]) == (verified.sequence, verified.id)
    api.delete(f"/api/v1/webhook-endpoints/{endpoint['id']}")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        *((f"wait={value}", "wait_value_invalid") for value in ("31", "-1", "1.5", "x", "9" * 30)),
        *((f"after={value}", "after_value_invalid") for value in ("Latest", "-1", "newest")),
        *((f"journey_id=j&sequence_from={value}", "sequence_from_value_invalid") for value in ("0", "x", "9" * 12)),
        ("journey_id=j&sequence_to=0", "sequence_to_value_invalid"),
        ("journey_id=j&sequence_from=5&sequence_to=4", "sequence_to_value_invalid"),
        ("sequence_from=1", "journey_id_missing"),
        ("sequence_to=1&type=KYC_LINK_SUCCESS", "journey_id_missing"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_once(api: Api, query: str, code: str) -> None:
    assert_refused(api.raw("GET", f"{EVENTS}?{query}"), 400, code)


def test_a_poller_that_goes_away_holds_nothing_up(server: RunningServer, api: Api) -> None:
    parts = urlsplit(server.url)
    head = (
        f"GET {EVENTS}?after=latest&wait=30 HTTP/1.1\r\nHost: x\r\nx-client-id: {server.merchant.client_id}\r\n"
        f"x-client-secret: {server.merchant.client_secret}\r\n\r\n"
    )
    for _ in range(20):
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as peer:
            peer.sendall(head.encode())
    assert finish_another(api)
    server.assert_no_failures()


def everything(peer: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    got = b""
    while piece := peer.recv(65536):
        got += piece
    return got


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_that_is_told_to_stop_lets_everybody_go_at_once(tmp_path: Path, number: int) -> None:
    with RunningServer(tmp_path) as server:
        parts = urlsplit(server.url)
        head = (
            f"GET {EVENTS}?wait=30 HTTP/1.1\r\nHost: x\r\nx-client-id: {server.merchant.client_id}\r\n"
            f"x-client-secret: {server.merchant.client_secret}\r\n\r\n"
        )
        waiting = [socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) for _ in range(20)]
        for peer in waiting:
            peer.sendall(head.encode())
        with server.api() as api:
            for _ in range(3):  # answered after those that wait have been read
                assert api.get(EVENTS, after="latest").status == 200
        assert select.select(waiting, [], [], 0)[0] == []
        stopping = threading.Thread(target=server.stop, args=(number,))
        stopping.start()
        answers = [everything(peer) for peer in waiting]
        stopping.join(40)
        for peer in waiting:
            peer.close()
        assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
        assert all(b'"cursor":"0"' in answer for answer in answers)
        server.assert_no_failures()
