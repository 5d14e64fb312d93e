"""The notifier with a real gateway: what is queued arrives, what the gateway refuses is given up with its reason."""

import asyncio

import pytest

from dastak.messaging.http_gateway import HttpGateway, HttpGatewaySettings
from dastak.notices.memory import MemoryNoticeQueue, NoticeState
from dastak.notices.notice import Channel
from dastak.notices.notifier import Notifier
from integration.messaging.stage import NOON, a_notice, tcp_server


@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [
        (b"HTTP/1.1 202 Accepted\r\n\r\n", NoticeState.SENT, ""),
        (b"HTTP/1.1 422 No\r\n\r\n", NoticeState.GIVEN_UP, "The gateway refused the notice (422)."),
        (b"HTTP/1.1 503 Busy\r\n\r\n", NoticeState.WAITING, "The gateway answered 503."),
    ],
)
async def test_a_queued_notice_ends_as_the_gateway_says(answer: bytes, state: NoticeState, error: str) -> None:
    asked = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        writer.write(answer)

    queue = MemoryNoticeQueue()
    async with tcp_server(talk) as port:
        gateway = HttpGateway(HttpGatewaySettings(f"http://127.0.0.1:{port}/"))
        notifier = Notifier(queue, {Channel.EMAIL: gateway}, clock=lambda: NOON)
        notifier.start()
        queue.add(a_notice())
        notifier.wake()
        await asked.wait()
        await notifier.stop()  # waits for the answer and its record
        gateway.close()
    kept = queue.look_up("ntc_1")
    assert (kept.state, kept.attempts, kept.error) == (state, 1, error)
