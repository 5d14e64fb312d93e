"""The HTTP gateway against real servers on loopback."""

import asyncio
import json
import socket
import time
from datetime import timedelta
from pathlib import Path

import pytest

from dastak.messaging.http_gateway import HttpGateway, HttpGatewaySettings
from dastak.notices.notice import GatewayRefused, GatewayUnavailable
from integration.messaging.stage import Talk, a_notice, say_nothing, tcp_server, tls_pair, trickle

SHORT = timedelta(seconds=0.3)


class Receiver:
    """Answers every request with the same bytes and keeps what it was sent."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self.heads: list[str] = []
        self.bodies: list[bytes] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
        length = next(line for line in head.lower().split("\r\n") if line.startswith("content-length:"))
        self.heads.append(head)
        self.bodies.append(await reader.readexactly(int(length.split(":")[1])))
        writer.write(self._answer)
        await writer.drain()


def answering(status: int, extra: str = "") -> Receiver:
    return Receiver(f"HTTP/1.1 {status} X\r\nContent-Length: 2\r\n{extra}\r\n{{}}".encode("ascii"))


async def send_to(talk: Talk, deadline: timedelta = timedelta(seconds=5)) -> None:
    async with tcp_server(talk) as port:
        gateway = HttpGateway(HttpGatewaySettings(f"http://127.0.0.1:{port}/send?v=1", "Bearer s3cret", deadline))
        try:
            await gateway.send(a_notice(recipient="9876543210", text="Ihr Code: ä \N{WAVING HAND SIGN}"))
        finally:
            gateway.close()


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_is_acceptance(status: int) -> None:
    await send_to(answering(status))


async def test_the_request_says_everything_the_gateway_needs() -> None:
    receiver = answering(200)
    await send_to(receiver)
    lines = receiver.heads[0].split("\r\n")
    assert lines[0] == "POST /send?v=1 HTTP/1.1"
    assert "Authorization: Bearer s3cret" in lines
    assert "Idempotency-Key: ntc_1" in lines
    assert "Content-Type: application/json" in lines
    assert json.loads(receiver.bodies[0]) == {
        "id": "ntc_1",
        "channel": "email",
        "purpose": "link",
        "to": "9876543210",
        "text": "Ihr Code: ä \N{WAVING HAND SIGN}",
    }


@pytest.mark.parametrize("status", [400, 406, 410, 413, 422])
async def test_a_4xx_about_the_notice_is_a_refusal(status: int) -> None:
    with pytest.raises(GatewayRefused, match=str(status)):
        await send_to(answering(status))


@pytest.mark.parametrize("status", [401, 402, 403, 404, 405, 407, 415])
async def test_a_4xx_about_our_settings_is_worth_another_try(status: int) -> None:
    with pytest.raises(GatewayUnavailable, match="check its URL, credentials"):
        await send_to(answering(status))


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 599, 700])
async def test_a_gateway_in_trouble_is_worth_another_try(status: int) -> None:
    with pytest.raises(GatewayUnavailable, match=str(status)):
        await send_to(answering(status))


async def test_a_redirect_is_not_followed() -> None:
    target = answering(200)
    async with tcp_server(target) as port:
        with pytest.raises(GatewayUnavailable, match="307"):
            await send_to(answering(307, f"Location: http://127.0.0.1:{port}/\r\n"))
    assert target.heads == []


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, receiver = answering(200), answering(200)
    async with tcp_server(proxy) as port:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        monkeypatch.delenv("no_proxy", raising=False)
        await send_to(receiver)
    assert (len(proxy.heads), len(receiver.heads)) == (0, 1)


@pytest.mark.parametrize("talk", [say_nothing, trickle(b"", b" ")], ids=["silent", "trickled status"])
async def test_a_gateway_that_hangs_is_cut_off_at_the_deadline(talk: Talk) -> None:
    started = time.monotonic()
    with pytest.raises(GatewayUnavailable):
        await send_to(talk, SHORT)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "talk",
    [
        trickle(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", b"x"),
    ],
    ids=["headers", "body"],
)
async def test_a_2xx_counts_even_if_the_rest_of_the_answer_has_no_end(talk: Talk) -> None:
    started = time.monotonic()
    await send_to(talk, SHORT)
    assert time.monotonic() - started < 10


async def test_a_huge_answer_is_not_read_to_its_end() -> None:
    await send_to(Receiver(b"HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n" + b"x" * 4_000_000))


@pytest.mark.parametrize("answer", [b"", b"220 mail.example.com ESMTP\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00" * 70_000])
async def test_an_answer_that_is_not_http_is_worth_another_try(answer: bytes) -> None:
    with pytest.raises(GatewayUnavailable):
        await send_to(Receiver(answer))


async def test_a_closed_port_is_worth_another_try() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        gateway = HttpGateway(HttpGatewaySettings(f"http://127.0.0.1:{port}/"))
        with pytest.raises(GatewayUnavailable, match="ConnectionRefused"):
            await gateway.send(a_notice())
        gateway.close()


async def test_https_is_verified(tmp_path: Path) -> None:
    server, trusting = tls_pair(tmp_path)
    receiver = answering(200)
    async with tcp_server(receiver, server) as port:
        settings = HttpGatewaySettings(f"https://localhost:{port}/")
        trusted, stranger = HttpGateway(settings, tls_context=trusting), HttpGateway(settings)
        await trusted.send(a_notice())
        with pytest.raises(GatewayUnavailable, match="SSLCertVerification"):
            await stranger.send(a_notice())
        trusted.close()
        stranger.close()
    assert len(receiver.heads) == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "gateway.example.com/send",
        "http://gateway.example.com/send",
        "ftp://127.0.0.1/",
        "https://",
        "https://user:secret@gateway.example.com/",
        "https://gateway.example.com:99999/",
        "https://gateway.example.com/a b",
        "https://gateway.example.com/\r\nX-Evil: 1",
        "https://gateway.example.com/#here",
    ],
)
def test_a_url_that_cannot_be_right_is_refused_at_start(url: str) -> None:
    with pytest.raises(ValueError, match="gateway's URL"):
        HttpGatewaySettings(url)


@pytest.mark.parametrize("value", ["Bearer a\r\nX-Evil: 1", "Bearer \x00", "Bearer é"])
def test_an_authorization_that_would_break_the_request_is_refused_at_start(value: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        HttpGatewaySettings("https://gateway.example.com/", value)


def test_settings_do_not_show_their_secrets() -> None:
    settings = HttpGatewaySettings("https://gateway.example.com/?key=s3cret", "Bearer s3cret")
    assert "s3cret" not in repr(settings)
