"""What is read of a request before its refusal is sent."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from dastak.web import unread
from dastak.web.unread import MOST_UNREAD, ReadToTheEnd


def chunk(body: bytes, *, more: bool) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def answered(
    status: int, coming: list[Message], *, read: int = 0, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> list[Message]:
    """What is still to come when an application that read so many pieces has answered."""

    async def application(_scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(read):
            await receive()
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def main() -> list[Message]:
        left = list(coming)
        sent: list[Message] = []

        async def receive() -> Message:
            if not left:
                await asyncio.Event().wait()
            return left.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        await ReadToTheEnd(application)({"type": "http", "headers": headers}, receive, send)
        assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
        return left

    return asyncio.run(main())


def test_a_refused_request_is_read_to_its_end() -> None:
    assert answered(413, [chunk(b"a", more=True), chunk(b"b", more=True), chunk(b"", more=False)], read=1) == []


def test_an_accepted_request_is_not_read_for_the_answer() -> None:
    coming = [chunk(b"a", more=True), chunk(b"b", more=False)]
    assert answered(200, coming) == coming


def test_nothing_is_awaited_after_the_end() -> None:
    assert answered(400, [chunk(b"a", more=False)], read=1) == []


def test_a_caller_who_left_is_not_read_on() -> None:
    assert answered(400, [{"type": "http.disconnect"}, chunk(b"a", more=False)]) == [chunk(b"a", more=False)]


def test_a_caller_who_waits_to_be_told_to_go_on_is_not_told() -> None:
    coming = [chunk(b"a", more=False)]
    assert answered(401, coming, headers=((b"expect", b"100-continue"),)) == coming


def test_an_endless_body_is_cut_off() -> None:
    piece = b"x" * (MOST_UNREAD // 4)
    assert len(answered(413, [chunk(piece, more=True) for _ in range(9)])) == 5


def test_a_body_that_never_comes_does_not_hold_the_answer_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "MOST_SECONDS", 0.01)
    assert answered(401, [chunk(b"a", more=True)]) == []
