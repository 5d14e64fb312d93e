"""What the sender makes of answers, good and hostile."""

import socket

import pytest

from dastak.webhooks.post import ANSWER_BODY_LIMIT, Stage
from integration.transport.conftest import StoppableSender, post, send
from integration.transport.receivers import OK, Receiver, answering, endless, read_request, reset

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_a_2xx_is_answered_with_status_headers_body_address_and_timings(sender: StoppableSender) -> None:
    reply = b"HTTP/1.1 202 Accepted\r\nX-One: 1\r\nX-Two:  two \r\nx-one: again\r\nContent-Length: 4\r\n\r\ndone"
    with Receiver(answering(reply)) as receiver:
        (answer,) = send(sender, post(receiver.url()))
    assert (answer.stage, answer.status, answer.body, answer.error) == (Stage.ANSWERED, 202, b"done", "")
    assert answer.headers == (("x-one", "1"), ("x-two", "two"), ("x-one", "again"), ("content-length", "4"))
    assert answer.address == "127.0.0.1"
    assert 0 < answer.timings.connected_us <= answer.timings.first_byte_us <= answer.timings.total_us
    assert answer.timings.resolved_us == answer.timings.tls_us == 0


def test_the_request_is_sent_byte_for_byte(sender: StoppableSender) -> None:
    body = b'{"a": null, "b": "\xe0\xa4\x95\x00"}'
    headers = (("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("x-empty", ""), ("A", "b"))
    with Receiver(answering(OK)) as receiver:
        send(sender, post(receiver.url("/a/../b?c=%2F&d[]=1"), body=body, headers=headers))
        host = f"127.0.0.1:{receiver.port}"
    head, _, sent = receiver.requests[0].partition(b"\r\n\r\n")
    assert sent == body
    first, *rest = head.decode().split("\r\n")
    assert first == "POST /a/../b?c=%2F&d[]=1 HTTP/1.1"
    assert sorted(rest) == [
        "A: b",
        "Accept: */*",
        f"Content-Length: {len(body)}",
        "Content-Type: application/json",
        f"Host: {host}",
        "User-Agent: Dastak",
        "x-empty:",
    ]


def test_a_posts_own_user_agent_wins_and_no_content_type_is_invented(sender: StoppableSender) -> None:
    with Receiver(answering(OK)) as receiver:
        send(sender, post(receiver.url(), headers=(("user-agent", "Bank/1"),)))
    head = receiver.requests[0].lower()
    assert b"user-agent: bank/1" in head
    assert b"content-type" not in head


@pytest.mark.parametrize("size", [0, 1, 2_000_000], ids=["empty", "one byte", "two megabytes"])
def test_bodies_of_any_size_go_out_whole_and_without_expect(sender: StoppableSender, size: int) -> None:
    with Receiver(answering(OK)) as receiver:
        (answer,) = send(sender, post(receiver.url(), body=b"x" * size))
    assert answer.stage is Stage.ANSWERED
    head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
    assert len(body) == size
    assert b"expect" not in head.lower()


WHOLE = {
    "204 without a body": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    "chunked": (CHUNKED + b"2\r\nok\r\n3;x=y\r\n!!!\r\n0\r\nX-Trailer: 1\r\n\r\n", 200, b"ok!!!"),
    "a body that ends with the connection": (b"HTTP/1.1 200 OK\r\n\r\nto the end", 200, b"to the end"),
    "Connection: close": (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", 200, b"x"),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nold", 200, b"old"),
    "103 then 200": (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK, 200, b"ok"),
    "a few 1xx then 200": (b"HTTP/1.1 100 Continue\r\n\r\n" * 5 + OK, 200, b"ok"),
    "410": (b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", 410, b""),
    "500": (b"HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\nsad", 500, b"sad"),
    "more body than Content-Length": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more", 200, b"ok"),
    "a compressed body, left as it is": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x00",
        200,
        b"\x1f\x8b\x00",
    ),
}


@pytest.mark.parametrize(("reply", "status", "body"), WHOLE.values(), ids=WHOLE.keys())
def test_a_whole_answer_is_read(sender: StoppableSender, reply: bytes, status: int, body: bytes) -> None:
    with Receiver(answering(reply, then_close=True)) as receiver:
        (answer,) = send(sender, post(receiver.url()))
    assert (answer.stage, answer.status, answer.body) == (Stage.ANSWERED, status, body), answer
    assert not answer.body_truncated
    assert answer.timings.first_byte_us > 0
    assert not {"link", "x-trailer"} & {name for name, _ in answer.headers}


def test_a_redirect_is_an_answer_and_is_not_followed(sender: StoppableSender) -> None:
    with Receiver(answering(OK)) as other:
        moved = f"HTTP/1.1 301 Moved\r\nLocation: {other.url()}\r\nContent-Length: 0\r\n\r\n".encode()
        with Receiver(answering(moved)) as receiver:
            (answer,) = send(sender, post(receiver.url()))
        assert answer.status == 301
        assert other.accepted == 0


def test_undecodable_header_bytes_are_replaced(sender: StoppableSender) -> None:
    with Receiver(answering(b"HTTP/1.1 200 OK\r\nX-A: \xff\xfe!\r\nContent-Length: 0\r\n\r\n")) as receiver:
        (answer,) = send(sender, post(receiver.url()))
    assert answer.headers[0] == ("x-a", "\ufffd\ufffd!")


BROKEN = {
    "no chunk size": (CHUNKED + b"zz\r\nok\r\n", Stage.ANSWER),
    "chunk cut off": (CHUNKED + b"5\r\nok", Stage.ANSWER),
    "less body than Content-Length": (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nshort", Stage.ANSWER),
    "cut off within the headers": (b"HTTP/1.1 200 OK\r\nX-Half: ", Stage.ANSWER),
    "two contents lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", Stage.ANSWER),
    "a negative Content-Length": (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nab", Stage.ANSWER),
    "garbage": (b"SSH-2.0-OpenSSH_9.2\r\nnothing to see\r\n", Stage.ANSWER),
    "binary garbage": (bytes(range(256)) * 4, Stage.ANSWER),
    "HTTP/0.9": (b"<html>hello</html>", Stage.ANSWER),
    "a status that is no number": (b"HTTP/1.1 abc OK\r\n\r\n", Stage.ANSWER),
    "a null byte in a header": (b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n", Stage.ANSWER),
    "101": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhi", Stage.ANSWER),
    "one huge header": (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n", Stage.ANSWER),
    "many headers": (b"HTTP/1.1 200 OK\r\n" + b"X-A: abcdefgh\r\n" * 5_000 + b"\r\n", Stage.ANSWER),
    "only 1xx": (b"HTTP/1.1 100 Continue\r\n\r\n" * 3, Stage.ANSWER),
    "nothing": (b"", Stage.SEND),
}


@pytest.mark.parametrize(("reply", "stage"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_answer_has_a_stage_and_a_sentence(sender: StoppableSender, reply: bytes, stage: Stage) -> None:
    with Receiver(answering(reply, then_close=True)) as receiver:
        (answer,) = send(sender, post(receiver.url()))
        where = f"127.0.0.1:{receiver.port}"
    assert (answer.stage, answer.status) == (stage, None), answer
    assert where in answer.error


@pytest.mark.parametrize("asked", [False, True], ids=["before reading", "after reading"])
def test_a_reset_without_an_answer_is_send(sender: StoppableSender, asked: bool) -> None:
    def script(receiver: Receiver, connection: socket.socket) -> None:
        if asked:
            read_request(receiver, connection)
        reset(connection)

    with Receiver(script) as receiver:
        (answer,) = send(sender, post(receiver.url()))
    assert answer.stage in {Stage.SEND, Stage.CONNECT}
    assert answer.error


def test_a_reset_in_mid_answer_is_answer(sender: StoppableSender) -> None:
    def script(receiver: Receiver, connection: socket.socket) -> None:
        read_request(receiver, connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nab")
        reset(connection)

    with Receiver(script) as receiver:
        (answer,) = send(sender, post(receiver.url()))
    assert answer.stage is Stage.ANSWER


@pytest.mark.parametrize(
    "start",
    [CHUNKED + b"fffffff\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 500 Oops\r\nContent-Length: 99999999\r\n\r\n"],
    ids=["chunked", "to the end", "with Content-Length"],
)
def test_an_endless_body_is_cut_at_64_kib_and_counts_as_answered(sender: StoppableSender, start: bytes) -> None:
    with Receiver(endless(start, b"x" * 10_000)) as receiver:
        (answer,) = send(sender, post(receiver.url()))
    assert answer.stage is Stage.ANSWERED
    assert answer.status == int(start.split()[1])
    assert answer.body_truncated
    assert answer.body == b"x" * ANSWER_BODY_LIMIT
    assert answer.error == ""


def test_a_body_of_just_64_kib_is_not_cut(sender: StoppableSender) -> None:
    body = b"y" * ANSWER_BODY_LIMIT
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with Receiver(answering(head, body)) as receiver:
        (answer,) = send(sender, post(receiver.url()))
    assert (answer.body, answer.body_truncated) == (body, False)


@pytest.mark.parametrize("line", [b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n"])
def test_endless_1xx_answers_are_cut_off(sender: StoppableSender, line: bytes) -> None:
    with Receiver(endless(b"", line * 100)) as receiver:
        (answer,) = send(sender, post(receiver.url()))
    assert answer.stage is Stage.ANSWER
    assert "headers" in answer.error


def test_endless_headers_are_cut_off(sender: StoppableSender) -> None:
    with Receiver(endless(b"HTTP/1.1 200 OK\r\n", b"X-A: abcdefgh\r\n" * 100)) as receiver:
        (answer,) = send(sender, post(receiver.url()))
    assert answer.stage is Stage.ANSWER
    assert "32 KiB" in answer.error
