"""Starting, stopping, many at once, kept connections, and that nothing is left over."""

import logging
import os
import socket
import threading
import warnings
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from dastak.transport.guard import Guard, GuardPolicy
from dastak.transport.settings import SenderSettings
from dastak.webhooks.post import Answer, Stage
from integration.transport.conftest import Answers, MakeSender, StoppableSender, post, send, within
from integration.transport.receivers import OK, Receiver, answering, read_request, reset, silent


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_one_connection_serves_many_posts(sender: StoppableSender) -> None:
    with Receiver(answering(OK)) as receiver:
        answers = [send(sender, post(receiver.url()))[0] for _ in range(50)]
        assert receiver.accepted == 1
    assert {answer.status for answer in answers} == {200}
    assert {answer.address for answer in answers} == {"127.0.0.1"}
    assert [answer.timings.connected_us > 0 for answer in answers] == [True] + [False] * 49


def test_connection_close_is_obeyed(sender: StoppableSender) -> None:
    reply = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with Receiver(answering(reply, then_close=True)) as receiver:
        for _ in range(3):
            assert send(sender, post(receiver.url()))[0].status == 200
        assert receiver.accepted == 3


def test_a_connection_that_the_receiver_closed_while_idle_is_replaced(sender: StoppableSender) -> None:
    gone = threading.Semaphore(0)

    def script(receiver: Receiver, connection: socket.socket) -> None:
        read_request(receiver, connection)
        connection.sendall(OK)
        connection.close()
        gone.release()

    with Receiver(script) as receiver:
        for _ in range(5):
            assert send(sender, post(receiver.url()))[0].status == 200
            assert gone.acquire(timeout=10)
        assert len(receiver.requests) == 5


def test_a_kept_connection_that_breaks_under_a_request_is_sent_again_as_the_same_attempt(
    sender: StoppableSender,
) -> None:
    """What libcurl does by itself, and what `sender.py` documents."""

    def script(receiver: Receiver, connection: socket.socket) -> None:
        read_request(receiver, connection)
        connection.sendall(OK)
        if receiver.accepted == 1:
            read_request(receiver, connection)
            reset(connection)

    with Receiver(script) as receiver:
        send(sender, post(receiver.url()))
        (answer,) = send(sender, post(receiver.url(), body=b"twice", headers=(("x-webhook-attempt", "7"),)))
        assert answer.status == 200, answer
        _, first, second = receiver.requests
    assert first == second
    assert b"x-webhook-attempt: 7" in first


def test_a_connection_cut_off_in_mid_answer_is_not_used_again(sender: StoppableSender) -> None:
    def script(receiver: Receiver, connection: socket.socket) -> None:
        read_request(receiver, connection)
        if receiver.accepted == 1:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 100_000)
            assert not read_request(receiver, connection)
            return
        connection.sendall(OK)

    with Receiver(script) as receiver:
        (first,) = send(sender, post(receiver.url()))
        (second,) = send(sender, post(receiver.url()))
        assert receiver.accepted == 2
    assert first.body_truncated
    assert second.body == b"ok"


def test_five_hundred_at_once_are_all_answered_and_leave_nothing_behind(make_sender: MakeSender) -> None:
    before = open_descriptors()
    together = threading.Barrier(501)

    def script(receiver: Receiver, connection: socket.socket) -> None:
        read_request(receiver, connection)
        together.wait(60)
        connection.sendall(OK)

    with Receiver(script) as receiver:
        sender = make_sender()
        posts = [post(receiver.url(), deadlines=within(60, 60, 60)) for _ in range(500)]
        answers = Answers()
        sender.submit(posts, answers)
        together.wait(60)
        answers.wait(500)
        sender.stop()
    assert {answer.status for answer in answers.all} == {200}
    assert sorted(answer.post_id for answer in answers.all) == sorted(one.id for one in posts)
    assert open_descriptors() == before


def test_no_more_than_max_connections_are_open_and_the_rest_waits_its_turn(make_sender: MakeSender) -> None:
    lock = threading.Lock()
    at_once = most = 0

    def script(receiver: Receiver, connection: socket.socket) -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        while read_request(receiver, connection):
            connection.sendall(OK)
        with lock:
            at_once -= 1

    with Receiver(script) as receiver:
        sender = make_sender(settings=SenderSettings(max_connections=4))
        answers = send(sender, *(post(receiver.url()) for _ in range(100)))
        assert receiver.accepted <= 4
    assert {answer.status for answer in answers} == {200}
    assert most <= 4


def test_a_post_that_waits_inside_keeps_its_whole_deadline(make_sender: MakeSender) -> None:
    with Receiver(silent) as slow, Receiver(answering(OK)) as fast:
        sender = make_sender(settings=SenderSettings(max_connections=1))
        late, waited = send(
            sender,
            post(slow.url(), deadlines=within(first_byte=0.5)),
            post(fast.url(), deadlines=within(total=0.4)),
        )
    assert late.stage is Stage.ANSWER
    assert waited.status == 200


def test_failures_of_every_kind_leave_no_descriptor_behind(make_sender: MakeSender) -> None:
    before = open_descriptors()
    sender = make_sender()

    def script(receiver: Receiver, connection: socket.socket) -> None:
        read_request(receiver, connection)
        reset(connection)

    with Receiver(script) as resets, Receiver(silent) as hangs, Receiver(answering(b"nonsense\r\n\r\n")) as garbles:
        posts = [
            post(url, deadlines=within(first_byte=0.3))
            for _ in range(20)
            for url in (resets.url(), hangs.url(), garbles.url(), "http://127.0.0.1:1/", "https://127.0.0.1:1/")
        ]
        answers = send(sender, *posts)
        sender.stop()
    assert Stage.ANSWERED not in {answer.stage for answer in answers}
    assert open_descriptors() == before


def test_start_and_stop_may_be_repeated(make_sender: MakeSender) -> None:
    before = open_descriptors()
    sender = make_sender()
    with Receiver(answering(OK)) as receiver:
        for _ in range(3):
            sender.start()
            sender.start()
            assert send(sender, post(receiver.url()))[0].status == 200
            sender.stop()
            sender.stop()
    assert open_descriptors() == before


def test_a_sender_that_was_never_started_stops_and_answers(new_sender: Callable[..., StoppableSender]) -> None:
    sender = new_sender(Guard(GuardPolicy.sandbox()))
    (answer,) = send(sender, post("http://127.0.0.1:1/"))
    sender.stop()
    assert (answer.stage, answer.error[:8]) == (Stage.CONNECT, "Not sent")


def test_stop_lets_posts_in_flight_end(make_sender: MakeSender) -> None:
    release = threading.Event()

    def script(receiver: Receiver, connection: socket.socket) -> None:
        read_request(receiver, connection)
        release.wait(20)
        connection.sendall(OK)

    with Receiver(script) as receiver:
        sender, answers = make_sender(), Answers()
        sender.submit([post(receiver.url())], answers)
        assert receiver.reached.wait(10)
        stopper = threading.Thread(target=sender.stop)
        stopper.start()
        (late,) = send(sender, post(receiver.url()))
        assert stopper.is_alive()
        release.set()
        stopper.join(10)
    assert late.stage in {Stage.CONNECT, Stage.ANSWERED}
    assert [answer.status for answer in answers.all] == [200]


def test_stop_answers_what_outlasts_its_deadlines_and_what_still_waits(make_sender: MakeSender) -> None:
    with Receiver(silent) as receiver:
        sender, answers = make_sender(settings=SenderSettings(max_connections=5)), Answers()
        sender.submit([post(receiver.url(), deadlines=within(first_byte=0.3)) for _ in range(12)], answers)
        assert receiver.reached.wait(10)
        sender.stop()
    assert len(answers.all) == 12
    assert {answer.stage for answer in answers.all} == {Stage.ANSWER, Stage.CONNECT}


def test_stop_with_a_longest_wait_breaks_off_what_is_left(make_sender: MakeSender) -> None:
    blocked = threading.Event()

    def resolve(_host: str) -> Sequence[str]:
        blocked.wait(20)
        return ["127.0.0.1"]

    with Receiver(silent) as receiver:
        sender, answers = make_sender(resolve=resolve), Answers()
        sender.submit([post(receiver.url()), post(receiver.url(host="slow.example"))], answers)
        assert receiver.reached.wait(10)
        sender.stop(timedelta(seconds=0.1))
        blocked.set()
    assert {answer.stage for answer in answers.all} == {Stage.SEND, Stage.CONNECT}
    assert all("stopping" in answer.error for answer in answers.all)


def test_a_callback_that_fails_is_logged_and_hurts_nobody_else(
    sender: StoppableSender,
    caplog: pytest.LogCaptureFixture,
) -> None:
    called = threading.Event()

    def broken(_answers: Sequence[Answer]) -> None:
        called.set()
        raise RuntimeError("callback")

    with Receiver(answering(OK)) as receiver, caplog.at_level(logging.ERROR):
        sender.submit([post(receiver.url())], broken)
        assert called.wait(10)
        (answer,) = send(sender, post(receiver.url()))
    assert answer.status == 200
    assert "callback that failed" in caplog.text


def test_a_callback_may_submit_and_stop(make_sender: MakeSender) -> None:
    sender, answers = make_sender(), Answers()

    def again(first: Sequence[Answer]) -> None:
        answers(first)
        sender.submit([post(url)], answers)
        sender.stop()

    with Receiver(answering(OK)) as receiver:
        url = receiver.url()
        sender.submit([post(url)], again)
        answers.wait(2)
    assert answers.all[0].status == 200


@pytest.mark.parametrize("new_sender", ["curl"], indirect=True)
def test_a_fault_inside_is_answered_and_survived(
    make_sender: MakeSender,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from dastak.transport.under_way import UnderWay

    sound = UnderWay.collect
    faults = [RuntimeError("inside")]

    def collect(self: UnderWay) -> None:
        if len(self) and faults:
            raise faults.pop()
        sound(self)

    monkeypatch.setattr(UnderWay, "collect", collect)
    sender = make_sender()
    with Receiver(answering(OK)) as receiver, caplog.at_level(logging.CRITICAL):
        (lost,) = send(sender, post(receiver.url()))
        (found,) = send(sender, post(receiver.url()))
    assert "internal fault" in lost.error
    assert found.status == 200


def test_posts_from_many_threads_are_each_answered_once(sender: StoppableSender) -> None:
    answers = Answers()
    with Receiver(answering(OK)) as receiver:
        url = receiver.url()

        def submit() -> None:
            for _ in range(20):
                sender.submit([post(url), post(url)], answers)

        threads = [threading.Thread(target=submit) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        answers.wait(320)
    assert len({answer.post_id for answer in answers.all}) == len(answers.all) == 320


def test_a_child_process_begins_afresh(sender: StoppableSender) -> None:
    with Receiver(answering(OK)) as receiver:
        url = receiver.url()
        assert send(sender, post(url))[0].status == 200
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of forks beside threads
            child = os.fork()
        if child == 0:  # pragma: no cover - another process
            status = 1
            try:
                unstarted = send(sender, post(url))[0].stage
                sender.start()
                status = 0 if (unstarted, send(sender, post(url))[0].status) == (Stage.CONNECT, 200) else 2
                sender.stop()
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert send(sender, post(url))[0].status == 200
        assert receiver.accepted == 2
