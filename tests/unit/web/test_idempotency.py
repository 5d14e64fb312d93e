"""`Idempotency-Key`, with a handler that counts: how often is it called, and what does the caller get?"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message

from conformance.house import Ids, SqliteHouse
from conformance.values import NOW, a_merchant
from dastak.accounts.idempotency import KEPT_FOR, LEASE, Kept, KeptAnswer, Standing, Ticket, judge
from dastak.accounts.merchant import Merchant
from dastak.store.sqlite.idempotency import SqliteIdempotency
from dastak.web.api.fields import BODY_LIMIT, json_body
from dastak.web.api.idempotency import FORGET_AFTER, FORGET_MOST, Idempotency
from dastak.web.api.problem import Problem, too_many

KEY = "order-1"
SECOND = timedelta(seconds=1)


def a_write(
    body: bytes = b'{"a":1}',
    *,
    key: str | None = KEY,
    method: str = "POST",
    path: str = "/things",
    query: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> Request:
    """A request whose body comes one byte at a time."""
    pieces = [bytes([byte]) for byte in body]

    async def receive() -> Message:
        piece = pieces.pop(0) if pieces else b""
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    named = {**(headers or {}), **({} if key is None else {"idempotency-key": key})}
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in named.items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": raw}
    return Request(scope, receive)


@dataclass
class Stage:
    """The clock, the store, and a handler that answers differently each time."""

    idempotency: Idempotency
    house: SqliteHouse
    now: datetime = NOW
    bodies: list[object] = field(default_factory=list)
    outcome: Exception | Response | None = None

    async def handle(self, request: Request, merchant: Merchant) -> Response:
        self.bodies.append(await json_body(request))
        if isinstance(self.outcome, Exception):
            raise self.outcome
        made = {"number": len(self.bodies), "for": merchant.id}
        return self.outcome or JSONResponse(made, 201, headers={"x-own": "yes"})

    async def ask(self, request: Request, merchant_id: str = "mer_1") -> Response:
        return await self.idempotency.answered(request, a_merchant(merchant_id), self.handle)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    house = await SqliteHouse.opened(tmp_path)
    for merchant_id in ("mer_1", "mer_2"):
        await house.ports.merchants.add_merchant(a_merchant(merchant_id))
    made = Stage(Idempotency(house.ports.idempotency, lambda: made.now, Ids()), house)
    yield made
    await house.close()


async def refused(stage: Stage, request: Request) -> Problem:
    with pytest.raises(Problem) as caught:
        await stage.ask(request)
    return caught.value


async def test_the_same_request_again_gets_the_same_answer_and_is_not_done_again(stage: Stage) -> None:
    first = await stage.ask(a_write())
    stage.now += KEPT_FOR - SECOND
    again = await stage.ask(a_write())
    assert stage.bodies == [{"a": 1}]
    assert (again.status_code, again.body) == (first.status_code, first.body)
    assert (again.headers["x-own"], again.headers["content-type"]) == ("yes", "application/json")
    assert again.headers["content-length"] == str(len(first.body))
    assert (first.headers.get("idempotent-replayed"), again.headers["idempotent-replayed"]) == (None, "true")


async def test_an_empty_answer_is_empty_again(stage: Stage) -> None:
    stage.outcome = Response(status_code=204)
    for _ in range(2):
        answer = await stage.ask(a_write(method="DELETE"))
        assert (answer.status_code, answer.body, "content-length" in answer.headers) == (204, b"", False)
    assert len(stage.bodies) == 1


async def test_after_a_day_a_key_means_nothing_any_more(stage: Stage) -> None:
    await stage.ask(a_write())
    stage.now += KEPT_FOR
    await stage.ask(a_write(b'{"a":2}'))
    assert stage.bodies == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    "other",
    [
        {"body": b'{"a":2}'},
        {"body": b'{"a": 1}'},
        {"method": "PUT"},
        {"path": "/things/1"},
        {"query": b"x=1"},
        {"path": "/thing", "query": b"s"},
    ],
)
async def test_the_same_key_with_another_request_is_refused(stage: Stage, other: dict[str, object]) -> None:
    await stage.ask(a_write())
    problem = await refused(stage, a_write(**other))  # type: ignore[arg-type]
    assert (problem.status, problem.code) == (409, "idempotency_key_reused")
    assert len(stage.bodies) == 1


async def test_two_merchants_may_use_the_same_key(stage: Stage) -> None:
    answers = [await stage.ask(a_write(), merchant_id) for merchant_id in ("mer_1", "mer_2", "mer_2")]
    assert [answer.body for answer in answers] == [
        b'{"number":1,"for":"mer_1"}',
        b'{"number":2,"for":"mer_2"}',
        b'{"number":2,"for":"mer_2"}',
    ]


async def test_without_a_key_and_for_reads_nothing_is_remembered(stage: Stage) -> None:
    for _ in range(2):
        await stage.ask(a_write(key=None))
        await stage.ask(a_write(method="GET"))
        await stage.ask(a_write(method="GET", key="\x00"))
    assert len(stage.bodies) == 6


async def test_while_the_first_is_running_the_second_is_told_to_wait_and_then_gets_its_answer(stage: Stage) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: Request, merchant: Merchant) -> Response:
        begun.set()
        await go_on.wait()
        return await stage.handle(request, merchant)

    first = asyncio.create_task(stage.idempotency.answered(a_write(), a_merchant(), slow))
    await begun.wait()
    problem = await refused(stage, a_write())
    assert (problem.status, problem.code, problem.headers) == (409, "request_in_progress", {"Retry-After": "1"})
    assert (await refused(stage, a_write(b"{}"))).code == "idempotency_key_reused"
    go_on.set()
    answer = await first
    assert (await stage.ask(a_write())).body == answer.body
    assert len(stage.bodies) == 1


@pytest.mark.parametrize("error", [RuntimeError("ours"), too_many("too_many", 3), Problem(401, "a", "b", "c")])
async def test_what_is_not_the_requests_fault_may_be_sent_again(stage: Stage, error: Exception) -> None:
    stage.outcome = error
    assert (await stage.ask(a_write())).status_code in {401, 429, 500}
    stage.outcome = None
    assert (await stage.ask(a_write())).status_code == 201
    assert (await stage.ask(a_write())).headers["idempotent-replayed"] == "true"


async def test_a_refusal_is_remembered_with_its_headers(stage: Stage) -> None:
    stage.outcome = Problem(409, "validation_error", "odd", "No.", headers={"x-why": "so"})
    first = await stage.ask(a_write())
    stage.outcome = None
    again = await stage.ask(a_write())
    assert (again.status_code, again.body, again.headers["x-why"]) == (409, first.body, "so")


async def test_a_request_that_was_cut_off_is_carried_out_again_only_after_its_lease(stage: Stage) -> None:
    begun = asyncio.Event()

    async def endless(_request: Request, _merchant: Merchant) -> Response:
        begun.set()
        return await asyncio.Future()

    task = asyncio.create_task(stage.idempotency.answered(a_write(), a_merchant(), endless))
    await begun.wait()
    task.cancel()
    await asyncio.wait([task])
    stage.now += LEASE - SECOND
    assert (await refused(stage, a_write())).code == "request_in_progress"
    stage.now += SECOND
    assert (await stage.ask(a_write())).status_code == 201


async def test_an_answer_that_cannot_be_kept_is_given_all_the_same(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_self: object, _ticket: Ticket, _answer: KeptAnswer, _now: datetime) -> bool:
        raise OSError("the disk is full")

    monkeypatch.setattr(SqliteIdempotency, "finish", fail)
    assert (await stage.ask(a_write())).status_code == 201


@pytest.mark.parametrize("key", ["", "a" * 256, "tab\there", "schlüssel", "\x7f", "\x00"])
async def test_a_key_that_cannot_be_is_refused_and_nothing_is_done(stage: Stage, key: str) -> None:
    problem = await refused(stage, a_write(key=key))
    assert (problem.status, problem.code) == (400, "idempotency-key_value_invalid")
    assert not stage.bodies


async def test_two_different_keys_at_once_are_refused(stage: Stage) -> None:
    request = a_write()
    request.scope["headers"].append((b"idempotency-key", b"another"))
    assert (await refused(stage, request)).code == "idempotency-key_value_invalid"


@pytest.mark.parametrize("key", ["a", "~" * 255, "3f2c 77:{}"])
async def test_any_printable_key_is_taken(stage: Stage, key: str) -> None:
    assert (await stage.ask(a_write(key=key))).status_code == 201


async def test_the_largest_body_comes_through_and_a_larger_one_takes_no_key(stage: Stage) -> None:
    largest = b'{"a":"' + b"x" * (BODY_LIMIT - 8) + b'"}'
    assert len(largest) == BODY_LIMIT
    assert (await refused(stage, a_write(largest + b" "))).code == "request_too_large"
    assert (await stage.ask(a_write(largest))).status_code == 201
    assert (await refused(stage, a_write(largest[:-3] + b'y"}'))).code == "idempotency_key_reused"


async def test_a_body_that_is_not_json_is_refused_alike_each_time(stage: Stage) -> None:
    answers = [await stage.ask(a_write(b"{")) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].body == answers[1].body


async def test_expired_keys_are_removed_by_and_by(stage: Stage) -> None:
    for number in range(3):
        await stage.ask(a_write(key=f"old {number}"))
    stage.now += KEPT_FOR + SECOND
    for number in range(FORGET_AFTER):
        await stage.ask(a_write(key=f"new {number}"))
    assert FORGET_MOST > FORGET_AFTER
    assert await stage.house.ports.idempotency.forget(stage.now, 100) == 0


@given(
    kept=st.none() | st.builds(Kept, st.booleans(), st.booleans(), st.datetimes(), st.datetimes()), now=st.datetimes()
)
def test_a_key_is_new_only_if_nobody_is_bound_by_it(kept: Kept | None, now: datetime) -> None:
    standing = judge(kept, now)
    if kept is None or kept.expires_at <= now:
        assert standing is Standing.NEW
    elif standing is Standing.NEW:
        assert kept.is_same
        assert not kept.is_answered
        assert kept.leased_until <= now
