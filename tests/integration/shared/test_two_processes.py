"""Two servers over one PostgreSQL: what one process did, the other knows."""

import base64
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from support.api import Answer
from support.customer import Customer
from support.receiver import HookReceiver, Reply
from support.server import RunningServer

ENDPOINTS, EVENTS = "/api/v1/webhook-endpoints", "/api/v1/events"
KEY = base64.b64encode(bytes(range(32))).decode()
AT_ONCE = 20


@pytest.fixture
def servers(tmp_path: Path, database: str) -> Iterator[list[RunningServer]]:
    """Two processes that share a database, a master key and a merchant."""
    shared: dict[str, Any] = {
        "database_url": database,
        "secret_key": KEY,
        "webhook_first_byte_timeout_seconds": 30,
        "webhook_total_timeout_seconds": 30,
    }
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    with ExitStack() as stack:
        first = stack.enter_context(RunningServer(tmp_path / "first", **shared))
        second = stack.enter_context(RunningServer(tmp_path / "second", merchants=(), **shared))
        second.merchants = first.merchants
        yield [first, second]
        for server in (first, second):
            server.assert_no_failures()


@pytest.fixture
def receiver() -> Iterator[HookReceiver]:
    with HookReceiver() as listening:
        yield listening


def add(server: RunningServer, url: str, key: str) -> Answer:
    with server.api() as api:
        return api.raw("POST", ENDPOINTS, f'{{"url":"{url}"}}'.encode(), {"idempotency-key": key})


def test_what_happens_in_one_process_ends_the_wait_in_the_other(servers: list[RunningServer]) -> None:
    first, second = servers
    with first.api() as here, second.api() as there, ThreadPoolExecutor(1) as aside:
        cursor = there.get(EVENTS, after="latest").json["cursor"]
        poll = aside.submit(there.get, EVENTS, after=cursor, wait=30, type="KYC_LINK_SUCCESS")
        link = here.create_link("Upi_verification")
        with Customer(link["form_link"]) as customer:
            customer.complete()
        (event,) = poll.result(60).json["data"]
        assert event["verification_id"] == link["verification_id"]
        assert here.events() == here.events(verification_id=link["verification_id"])


def test_one_key_is_one_endpoint_whichever_process_is_asked(
    servers: list[RunningServer], receiver: HookReceiver
) -> None:
    go_on = threading.Event()
    receiver.play("/shared", Reply(until=go_on))
    refused: list[int] = []

    def ask(number: int) -> Answer:
        while (answer := add(servers[number % 2], receiver.url("/shared"), "shared")).status == 409:
            assert answer.json["code"] == "request_in_progress"
            refused.append(number)
            if len(refused) == AT_ONCE - 1:
                go_on.set()
            go_on.wait(30)
        return answer

    with ThreadPoolExecutor(AT_ONCE) as many:
        answers = list(many.map(ask, range(AT_ONCE)))
    assert {(answer.status, answer.json["id"]) for answer in answers} == {(201, answers[0].json["id"])}
    assert len(receiver.all("/shared")) == 1


def test_while_nobody_knows_what_a_killed_process_did_the_other_does_not_do_it_again(
    servers: list[RunningServer], receiver: HookReceiver
) -> None:
    first, second = servers
    came, go_on = threading.Event(), threading.Event()

    def hold(_hook: object) -> Reply:
        came.set()
        return Reply(until=go_on)

    receiver.play("/killed", hold)
    with ThreadPoolExecutor(1) as aside:
        cut_off = aside.submit(add, first, receiver.url("/killed"), "killed")
        assert came.wait(30)
        first.kill()
        go_on.set()
        assert isinstance(cut_off.exception(30), OSError | HTTPException)
    answer = add(second, receiver.url("/killed"), "killed")
    assert (answer.status, answer.json["code"]) == (409, "request_in_progress")
    assert len(receiver.all("/killed")) == 1
