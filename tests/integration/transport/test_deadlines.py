"""Receivers that take their time, and where each is given up."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dastak.webhooks.post import Stage
from integration.transport.conftest import StoppableSender, post, send, within
from integration.transport.receivers import OK, Receiver, answering, endless, read_request, silent

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"


def test_a_receiver_that_says_nothing_is_given_up_at_first_byte(sender: StoppableSender) -> None:
    with Receiver(silent) as receiver:
        (answer,) = send(sender, post(receiver.url(), deadlines=within(first_byte=0.2)))
    assert answer.stage is Stage.ANSWER
    assert "0.2 s to begin its answer" in answer.error
    assert answer.address == "127.0.0.1"
    assert 150_000 < answer.timings.total_us < 10_000_000


def test_a_slow_first_byte_within_its_deadline_is_fine(sender: StoppableSender) -> None:
    def script(receiver: Receiver, connection: socket.socket) -> None:
        read_request(receiver, connection)
        receiver.closing.wait(0.3)
        connection.sendall(OK)

    with Receiver(script) as receiver:
        (answer,) = send(sender, post(receiver.url(), deadlines=within(connect=0.2)))
    assert answer.stage is Stage.ANSWERED
    assert answer.timings.first_byte_us > 250_000


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (HEAD, b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"x"),
    ],
    ids=["body", "chunks", "header lines", "header bytes"],
)
def test_a_dripping_answer_is_given_up_at_total(sender: StoppableSender, start: bytes, drop: bytes) -> None:
    with Receiver(endless(start, drop, pause=0.01)) as receiver:
        (answer,) = send(sender, post(receiver.url(), deadlines=within(total=0.3)))
    assert answer.stage is Stage.ANSWER
    assert answer.status is None
    assert "did not finish its answer within 0.3 s" in answer.error


def test_an_answer_that_stops_in_its_body_is_given_up_at_total_not_at_first_byte(sender: StoppableSender) -> None:
    with Receiver(answering(HEAD, b"half")) as receiver:
        (answer,) = send(sender, post(receiver.url(), deadlines=within(first_byte=0.2, total=0.4)))
    assert answer.stage is Stage.ANSWER
    assert "0.4 s" in answer.error


def test_dripping_1xx_answers_do_not_count_as_first_byte(sender: StoppableSender) -> None:
    with Receiver(endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n", pause=0.01)) as receiver:
        (answer,) = send(sender, post(receiver.url(), deadlines=within(first_byte=0.3)))
    assert answer.stage is Stage.ANSWER
    assert "to begin its answer" in answer.error


def test_a_receiver_that_does_not_read_the_request_is_given_up(sender: StoppableSender) -> None:
    with Receiver(silent) as receiver:
        (answer,) = send(sender, post(receiver.url(), body=b"x" * 20_000_000, deadlines=within(first_byte=0.3)))
    assert answer.stage is Stage.SEND
    assert "did not read the whole request" in answer.error


def test_an_early_answer_to_a_large_body_is_read(sender: StoppableSender) -> None:
    def script(receiver: Receiver, connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig")
        while connection.recv(65536):
            pass

    with Receiver(script) as receiver:
        (answer,) = send(sender, post(receiver.url(), body=b"x" * 5_000_000))
    assert (answer.stage, answer.status, answer.body) == (Stage.ANSWERED, 413, b"big")


@contextmanager
def full_backlog() -> Iterator[int]:
    """A port whose queue of connections is full, so that further ones are never accepted."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = int(listener.getsockname()[1])
        callers = [socket.socket() for _ in range(3)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", port))
        yield port
        for caller in callers:
            caller.close()


def test_a_receiver_that_never_accepts_is_given_up_at_connect(sender: StoppableSender) -> None:
    with full_backlog() as port:
        (answer,) = send(sender, post(f"http://127.0.0.1:{port}/", deadlines=within(connect=0.3)))
    assert answer.stage is Stage.CONNECT
    assert f"127.0.0.1:{port} did not accept a connection within 0.3 s" in answer.error


def test_a_refused_connection_says_so(sender: StoppableSender) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    (answer,) = send(sender, post(f"http://127.0.0.1:{port}/"))
    assert answer.stage is Stage.CONNECT
    assert answer.error == (
        f"Connection refused by 127.0.0.1:{port}: is the server running and reachable from the internet?"
    )


def test_one_slow_receiver_does_not_delay_another(sender: StoppableSender) -> None:
    with Receiver(silent) as slow, Receiver(answering(OK)) as fast:
        late, soon = send(sender, post(slow.url(), deadlines=within(first_byte=0.5)), post(fast.url()))
    assert late.stage is Stage.ANSWER
    assert soon.timings.total_us < late.timings.total_us
