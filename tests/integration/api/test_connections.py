"""What a peer can do to the server with sockets alone."""

import socket
from collections.abc import Iterator

import pytest

from dastak.web.protocol import HEAD_LIMIT
from support.server import RunningServer

READ_SECONDS = 20
MORE_THAN_BUFFERS = 2048 * HEAD_LIMIT
"""What the kernel holds between two sockets is far less."""


@pytest.fixture(scope="module")
def lone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("connections")) as server:
        yield server


def connect(server: RunningServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=READ_SECONDS)


def everything(connection: socket.socket) -> bytes:
    """All bytes until the server lets go."""
    got = b""
    try:
        while chunk := connection.recv(65536):
            got += chunk
    except ConnectionResetError:
        pass
    return got


def test_a_head_that_never_ends_is_refused_long_before_it_fills_the_memory(lone: RunningServer) -> None:
    with connect(lone) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nx-long: ")
        sent = 0
        try:
            while sent < MORE_THAN_BUFFERS:
                connection.sendall(b"a" * 65536)
                sent += 65536
        except OSError:
            pass
        answer = everything(connection)
    assert sent < MORE_THAN_BUFFERS, "the server went on reading"
    assert answer == b"" or b" 400 " in answer.splitlines()[0]


@pytest.mark.slow
def test_a_peer_that_does_not_finish_its_head_is_let_go(lone: RunningServer) -> None:
    with connect(lone) as silent, connect(lone) as half:
        half.sendall(b"GET /healthz HTTP/1.1\r\nx-half: ")
        assert everything(silent) == b""
        assert everything(half) == b""


def test_kept_connections_still_serve_one_request_after_another(lone: RunningServer) -> None:
    with connect(lone) as connection:
        for _ in range(3):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
            answer = b""
            while not answer.endswith(b'"ok"}'):
                answer += connection.recv(65536)
            assert b" 200 " in answer.splitlines()[0]


def test_the_host_header_decides_no_redirect(lone: RunningServer) -> None:
    for path in ("/verification/abcdefghijkm/", "/healthz/", "/api/v1/events/"):
        with connect(lone) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n".encode())
            answer = everything(connection).lower()
        assert b"location:" not in answer
        assert b"evil.example" not in answer


def test_every_api_answer_forbids_caching(lone: RunningServer) -> None:
    with lone.api() as api:
        link = api.create_link()
        answers = [
            api.get("/verification/form", verificationID=link["verification_id"]),
            api.get("/verification/form"),
            api.get("/api/v1/nothing"),
            api.get("/api/v1/webhook-endpoints"),
        ]
    assert [answer.headers["cache-control"] for answer in answers] == ["no-store"] * 4
