"""What only the sender of our own can get wrong: its loop, its pool, its door, what follows an answer."""

import asyncio
import gc
import logging
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import uvloop

from dastak.transport.guard import Guard, GuardPolicy
from dastak.transport.settings import SenderSettings
from dastak.transport.stream.connection import Connection
from dastak.transport.stream.pool import Pool
from dastak.transport.stream.route import Route
from dastak.transport.stream.sender import StreamSender
from dastak.transport.stream.traffic import Traffic
from dastak.transport.stream.trip import Trip
from dastak.transport.url import Destination
from dastak.webhooks.post import Answer, Stage
from integration.transport.certificates import Authority
from integration.transport.conftest import Answers, MakeSender, StoppableSender, post, send, within
from integration.transport.on_a_loop import OnALoop
from integration.transport.receivers import OK, Receiver, answering, read_request, silent

pytestmark = pytest.mark.parametrize("new_sender", ["stream-uvloop", "stream-asyncio"], indirect=True)


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_an_address_that_was_not_checked_is_not_called(
    make_sender: MakeSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last door: the pool names an address that the guard never saw, as after a fault of ours."""
    honest = Pool.route

    def lying(self: Pool, destination: Destination, addresses: tuple[str, ...]) -> Route:
        return honest(self, destination, ("10.9.9.9",))

    monkeypatch.setattr(Pool, "route", lying)
    with Receiver(answering(OK)) as receiver:
        (answer,) = send(make_sender(), post(receiver.url()))
        assert receiver.accepted == 0
    assert answer.stage is Stage.REFUSED
    assert "10.9.9.9" in answer.error


@pytest.mark.parametrize("place", [(Connection, "_read"), (Traffic, "_dial"), (Trip, "await_answer")])
def test_a_fault_inside_is_answered_and_survived(
    make_sender: MakeSender,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    place: tuple[type, str],
) -> None:
    owner, name = place
    sound = getattr(owner, name)
    faults = [RuntimeError("inside")]

    def faulty(*arguments: object) -> object:
        if faults:
            raise faults.pop()
        return sound(*arguments)

    monkeypatch.setattr(owner, name, faulty)
    sender = make_sender()
    with Receiver(answering(OK)) as receiver, caplog.at_level(logging.CRITICAL):
        (lost,) = send(sender, post(receiver.url()))
        (found,) = send(sender, post(receiver.url()))
    assert "internal fault" in lost.error
    assert found.status == 200


MORE = {
    "a blank line": b"\r\n",
    "the start of an answer": b"H",
    "an answer": b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
    "anything": b"x",
}


def echo(receiver: Receiver, connection: socket.socket, more: bytes = b"") -> bool:
    """Answer one request with the last byte of its body; False if the sender has closed."""
    request = read_request(receiver, connection)
    if request:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + request[-1:] + more)
    return bool(request)


@pytest.mark.parametrize("more", MORE.values(), ids=MORE)
def test_what_comes_with_an_answer_is_never_taken_for_the_next(sender: StoppableSender, more: bytes) -> None:
    def script(receiver: Receiver, connection: socket.socket) -> None:
        while echo(receiver, connection, more):
            pass

    with Receiver(script) as receiver:
        for number in (b"1", b"2", b"3"):
            (answer,) = send(sender, post(receiver.url(), body=number))
            assert (answer.status, answer.body) == (200, number), answer


@pytest.mark.parametrize("more", MORE.values(), ids=MORE)
def test_what_comes_after_an_answer_unasked_closes_the_connection(sender: StoppableSender, more: bytes) -> None:
    answered, closed = threading.Event(), threading.Event()

    def script(receiver: Receiver, connection: socket.socket) -> None:
        echo(receiver, connection)
        if receiver.accepted == 1:
            answered.wait(10)
            connection.sendall(more)
            assert not echo(receiver, connection)
            closed.set()

    with Receiver(script) as receiver:
        (first,) = send(sender, post(receiver.url(), body=b"1"))
        answered.set()
        assert closed.wait(10)
        (second,) = send(sender, post(receiver.url(), body=b"2"))
    assert (first.body, second.body) == (b"1", b"2")


@pytest.mark.parametrize("reply", [OK, b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n"])
def test_a_sound_answer_keeps_the_connection(sender: StoppableSender, reply: bytes) -> None:
    with Receiver(answering(reply)) as receiver:
        for _ in range(3):
            assert send(sender, post(receiver.url()))[0].stage is Stage.ANSWERED
        assert receiver.accepted == 1


def test_a_connection_that_was_idle_for_too_long_is_closed(make_sender: MakeSender) -> None:
    gone = threading.Event()

    def script(receiver: Receiver, connection: socket.socket) -> None:
        while read_request(receiver, connection):
            connection.sendall(OK)
        gone.set()

    sender = make_sender(settings=SenderSettings(max_idle=timedelta(seconds=0.05)))
    with Receiver(script) as receiver:
        send(sender, post(receiver.url()))
        assert gone.wait(10)


def test_a_connection_that_lived_for_too_long_is_not_used_again(make_sender: MakeSender) -> None:
    sender = make_sender(settings=SenderSettings(max_lifetime=timedelta(0)))
    with Receiver(answering(OK)) as receiver:
        for _ in range(3):
            assert send(sender, post(receiver.url()))[0].status == 200
        assert receiver.accepted == 3


def test_idle_connections_make_room_for_others(make_sender: MakeSender) -> None:
    sender = make_sender(settings=SenderSettings(max_connections=2))
    gone = threading.Semaphore(0)

    def script(receiver: Receiver, connection: socket.socket) -> None:
        while read_request(receiver, connection):
            connection.sendall(OK)
        gone.release()

    with Receiver(script) as first, Receiver(script) as second, Receiver(script) as third:
        for receiver in (first, second, third):
            assert send(sender, post(receiver.url()))[0].status == 200
        assert gone.acquire(timeout=10)


@contextmanager
def beside_a_black_hole() -> Iterator[Receiver]:
    """A receiver whose port, on another address, is one where nobody accepts."""
    while True:
        with Receiver(answering(OK), host="127.0.0.2") as receiver:
            try:
                hole = socket.create_server(("127.0.0.1", receiver.port), backlog=0)
            except OSError:  # the port is taken there
                continue
            with hole:
                yield receiver
            return


def test_a_black_hole_among_the_addresses_leaves_time_for_the_next(make_sender: MakeSender) -> None:
    with socket.socket() as caller, beside_a_black_hole() as receiver:
        callers = [caller, socket.socket(), socket.socket()]
        for one in callers:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", receiver.port))
        sender = make_sender(resolve=lambda _host: ["127.0.0.1", "127.0.0.2"])
        url = receiver.url(host="half.example")
        (answer,) = send(sender, post(url, deadlines=within(connect=0.6)))
        for one in callers:
            one.close()
    assert (answer.status, answer.address) == (200, "127.0.0.2")


def test_an_answer_that_came_in_time_counts_even_if_the_loop_was_held_up(make_sender: MakeSender) -> None:
    sender, answers = make_sender(), Answers()
    assert isinstance(sender, OnALoop)
    assert sender.loop is not None
    loop, held, came = sender.loop, threading.Event(), threading.Event()

    def script(receiver: Receiver, connection: socket.socket) -> None:
        read_request(receiver, connection)
        held.wait(10)
        connection.sendall(OK)
        came.set()

    def hold_up() -> None:
        """Beyond the deadline, while the loop is handing out what its sockets have: a timer may then come first."""
        loop.remove_reader(ear)
        held.set()
        came.wait(10)
        threading.Event().wait(0.6)

    ear, mouth = socket.socketpair()
    with ear, mouth, Receiver(script) as receiver:
        sender.submit([post(receiver.url(), deadlines=within(first_byte=0.4))], answers)
        assert receiver.reached.wait(10)
        sender.on_the_loop(lambda: loop.add_reader(ear, hold_up))
        mouth.send(b"!")
        (answer,) = answers.wait(1)
    assert answer.status == 200, answer


def test_the_end_of_a_body_that_ends_with_the_connection_may_be_half_a_goodbye(sender: StoppableSender) -> None:
    def script(receiver: Receiver, connection: socket.socket) -> None:
        read_request(receiver, connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nto the end")
        connection.shutdown(socket.SHUT_WR)
        receiver.closing.wait()

    with Receiver(script) as receiver:
        (answer,) = send(sender, post(receiver.url()))
    assert (answer.status, answer.body) == (200, b"to the end")


def test_handshakes_that_are_given_up_leave_no_descriptor_behind(make_sender: MakeSender, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    before = open_descriptors()
    sender = make_sender(settings=SenderSettings(ca_file=authority.ca_file))
    with Receiver(silent) as hangs, Receiver(answering(OK), tls=authority.server("other.example")) as distrusted:
        answers = send(
            sender,
            *(
                post(receiver.url(scheme="https"), deadlines=within(connect=0.3 if receiver is hangs else 20))
                for _ in range(10)
                for receiver in (hangs, distrusted)
            ),
        )
        sender.stop()
    assert {answer.stage for answer in answers} == {Stage.TLS}
    gc.collect()
    assert open_descriptors() == before


def test_start_needs_a_loop(new_sender: Callable[..., StoppableSender]) -> None:
    with pytest.raises(RuntimeError, match="no running event loop"):
        StreamSender(Guard(GuardPolicy.sandbox())).start()


def test_posts_from_the_loop_are_answered_on_the_loop_together(new_sender: Callable[..., StoppableSender]) -> None:
    answers, threads = Answers(), set()

    async def main() -> None:
        sender = StreamSender(Guard(GuardPolicy.sandbox()))
        sender.start()
        done = asyncio.Event()

        def deliver(some: Sequence[Answer]) -> None:
            threads.add(threading.get_ident())
            answers(some)
            if len(answers.all) == 41:
                done.set()

        for _ in range(2):
            sender.submit([post("ftp://refused.example/")] * 10, deliver)
        assert answers.batches == []
        with Receiver(answering(OK)) as receiver:
            sender.submit([post(receiver.url()) for _ in range(21)], deliver)
            await asyncio.wait_for(done.wait(), 30)
            await asyncio.to_thread(sender.stop)
        sender.submit([post("ftp://refused.example/")], answers)

    uvloop.run(main())
    assert threads == {threading.get_ident()}
    assert answers.batches[0] == 20
    assert answers.all[-1].stage is Stage.CONNECT


def test_a_sender_whose_loop_is_gone_answers_and_stops(new_sender: Callable[..., StoppableSender]) -> None:
    async def start() -> StreamSender:
        sender = StreamSender(Guard(GuardPolicy.sandbox()))
        sender.start()
        return sender

    sender = uvloop.run(start())
    answers = Answers()
    threading.Thread(target=sender.submit, args=([post("http://127.0.0.1:1/")], answers)).start()
    assert answers.wait(1)[0].stage is Stage.CONNECT
    sender.stop()


def test_a_sender_whose_loop_has_ended_and_was_not_closed_stops(new_sender: Callable[..., StoppableSender]) -> None:
    async def start() -> StreamSender:
        sender = StreamSender(Guard(GuardPolicy.sandbox()))
        sender.start()
        return sender

    loop = uvloop.new_event_loop()
    sender = loop.run_until_complete(start())
    stopping = threading.Thread(target=sender.stop, daemon=True)
    stopping.start()
    stopping.join(30)
    assert not stopping.is_alive()
    loop.close()


def test_nothing_of_a_post_stays_whatever_became_of_it(make_sender: MakeSender) -> None:
    """Two hundred hosts that come and go; only the connections that may be kept are."""
    sender = make_sender(settings=SenderSettings(max_connections=20), resolve=lambda _host: ["127.0.0.1"])

    def script(receiver: Receiver, connection: socket.socket) -> None:
        while request := read_request(receiver, connection):
            connection.sendall(b"nonsense" if request.endswith(b"3") else OK)

    with Receiver(script) as receiver:
        for turn in range(10):
            posts = [
                post(receiver.url(host=f"host-{20 * turn + n % 20}.example"), body=str(n).encode()) for n in range(100)
            ]
            answers = send(sender, *posts)
            assert {answer.stage for answer in answers} == {Stage.ANSWERED, Stage.ANSWER}
        gc.collect()
        left = [type(thing) for thing in gc.get_objects() if type(thing) in {Trip, Connection}]
    assert left.count(Trip) == 0
    assert left.count(Connection) <= 20
