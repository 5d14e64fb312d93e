"""The wire that fault tests hold in their hands, before a server that answers what it hears."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from support.wire import THREAD, Wire

PATIENCE_SECONDS = 20
A_MOMENT_SECONDS = 0.2
"""How long a test listens for what must not come."""


class Echo(socketserver.ThreadingTCPServer):
    """Answers each line with the same line, and remembers it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.port = int(self.server_address[1])
        self.heard = b""
        self.ends: list[str] = []
        self.changed = threading.Condition()

    def wait_for_end(self, how: str) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: how in self.ends, PATIENCE_SECONDS), self.ends


class Answer(socketserver.BaseRequestHandler):
    server: Echo

    def handle(self) -> None:
        end = "closed"
        try:
            while data := self.request.recv(65536):
                with self.server.changed:
                    self.server.heard += data
                self.request.sendall(data)
        except ConnectionResetError:
            end = "reset"
        with self.server.changed:
            self.server.ends.append(end)
            self.server.changed.notify_all()


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def wire(echo: Echo) -> Iterator[Wire]:
    with Wire(echo.port) as wire:
        yield wire


@contextmanager
def client_of(wire: Wire) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", wire.port), PATIENCE_SECONDS) as client:
        yield client


def receive(client: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size and (more := client.recv(size - len(got))):
        got += more
    return got


def ask(client: socket.socket, words: bytes) -> bytes:
    client.sendall(words)
    return receive(client, len(words))


def assert_silent(client: socket.socket) -> None:
    client.settimeout(A_MOMENT_SECONDS)
    with pytest.raises(TimeoutError):
        client.recv(1)
    client.settimeout(PATIENCE_SECONDS)


def test_what_passes_is_forwarded_and_counted_in_both_directions(wire: Wire, echo: Echo) -> None:
    with client_of(wire) as one, client_of(wire) as two:
        assert ask(one, b"hello") == b"hello"
        assert ask(two, b"you") == b"you"
        counts = wire.counts
    assert echo.heard == b"helloyou"
    assert counts.connections == 2
    assert (counts.bytes_to_server, counts.bytes_to_client) == (8, 8)
    assert counts.cut == 0


def test_more_than_any_buffer_holds_passes_whole(wire: Wire) -> None:
    words = bytes(range(256)) * 40_000
    with client_of(wire) as client:
        sender = threading.Thread(target=client.sendall, args=(words,))
        sender.start()
        assert receive(client, len(words)) == words
        sender.join()


def test_a_client_that_says_goodbye_gets_what_was_owed_and_then_the_servers_goodbye(wire: Wire, echo: Echo) -> None:
    with client_of(wire) as client:
        client.sendall(b"last words")
        client.shutdown(socket.SHUT_WR)
        assert receive(client, 10) == b"last words"
        assert client.recv(1) == b""
    echo.wait_for_end("closed")


def test_a_cut_resets_both_ends_of_every_connection_and_new_ones_are_welcome(wire: Wire, echo: Echo) -> None:
    with client_of(wire) as one, client_of(wire) as two:
        ask(one, b"a")
        ask(two, b"b")
        wire.cut()
        for client in (one, two):
            with pytest.raises(ConnectionResetError):
                client.recv(1)
    echo.wait_for_end("reset")
    assert wire.counts.cut == 2
    with client_of(wire) as third:
        assert ask(third, b"c") == b"c"


def test_while_it_refuses_nobody_comes_in_and_who_is_in_stays(wire: Wire) -> None:
    with client_of(wire) as early:
        ask(early, b"a")
        wire.refuse()
        with pytest.raises(ConnectionRefusedError), client_of(wire):
            pass
        assert ask(early, b"b") == b"b"
        wire.accept()
        with client_of(wire) as late:
            assert ask(late, b"c") == b"c"


def test_a_server_that_is_down_resets_who_comes(wire: Wire, echo: Echo) -> None:
    echo.socket.close()
    with client_of(wire) as client, pytest.raises(ConnectionResetError):
        client.recv(1)


def test_frozen_bytes_wait_either_way_and_arrive_after_the_thaw(wire: Wire, echo: Echo) -> None:
    with client_of(wire) as client:
        ask(client, b"before")
        wire.freeze()
        client.sendall(b"during")
        with client_of(wire) as late:
            late.sendall(b"late")
            assert_silent(late)
            assert_silent(client)
            assert echo.heard == b"before"
            wire.thaw()
            assert receive(client, 6) == b"during"
            assert receive(late, 4) == b"late"


def test_a_goodbye_does_not_pass_a_frozen_wire(wire: Wire, echo: Echo) -> None:
    with client_of(wire) as client:
        ask(client, b"x")
        wire.freeze()
    with echo.changed:
        assert not echo.changed.wait_for(lambda: echo.ends, A_MOMENT_SECONDS)
    wire.thaw()
    echo.wait_for_end("closed")


def test_a_frozen_wire_can_be_cut(wire: Wire) -> None:
    with client_of(wire) as client:
        ask(client, b"x")
        wire.freeze()
        wire.cut()
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_a_cut_before_a_word_keeps_it_from_the_server(wire: Wire, echo: Echo) -> None:
    trip = wire.cut_when(b"COMMIT")
    with client_of(wire) as client:
        ask(client, b"INSERT")
        assert not trip.has_fired
        client.sendall(b"xCOMMITx")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    trip.wait()
    echo.wait_for_end("reset")
    assert echo.heard == b"INSERT"


def test_a_cut_after_a_word_lets_the_server_act_and_loses_the_answer(wire: Wire, echo: Echo) -> None:
    trip = wire.cut_when(b"COMMIT", forward=True)
    with client_of(wire) as client:
        ask(client, b"INSERT")
        client.sendall(b"COMMIT")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    trip.wait()
    assert echo.heard == b"INSERTCOMMIT"


def test_a_cut_before_a_word_to_the_client_loses_it(wire: Wire, echo: Echo) -> None:
    trip = wire.cut_when(b"done", "client")
    with client_of(wire) as client:
        client.sendall(b"done")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    trip.wait()
    assert echo.heard == b"done"


def test_a_cut_after_a_word_to_the_client_comes_when_it_has_passed(wire: Wire) -> None:
    trip = wire.cut_when(b"done", "client", forward=True)
    with client_of(wire) as client:
        assert ask(client, b"done") == b"done"
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    trip.wait()


def test_a_word_in_two_pieces_is_noticed(wire: Wire, echo: Echo) -> None:
    trip = wire.cut_when(b"COMMIT")
    with client_of(wire) as client:
        assert ask(client, b"COM") == b"COM"
        client.sendall(b"MIT")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    trip.wait()
    assert echo.heard == b"COM"


def test_a_cut_at_a_word_happens_once_and_to_one_connection(wire: Wire) -> None:
    trip = wire.cut_when(b"COMMIT")
    with client_of(wire) as other, client_of(wire) as client:
        ask(other, b"a")
        client.sendall(b"COMMIT")
        trip.wait()
        assert ask(other, b"COMMIT") == b"COMMIT"
    assert wire.counts.cut == 1


def test_a_word_that_passed_before_does_not_count(wire: Wire) -> None:
    with client_of(wire) as client:
        ask(client, b"COMMIT")
        trip = wire.cut_when(b"COMMIT")
        assert ask(client, b"x") == b"x"
    assert not trip.has_fired


def test_a_word_that_never_passes_fails_the_test_that_waits_for_it(wire: Wire) -> None:
    with pytest.raises(AssertionError, match="COMMIT"):
        wire.cut_when(b"COMMIT").wait(timeout=0)


def test_a_closed_wire_leaves_neither_connections_nor_a_thread(echo: Echo) -> None:
    wire = Wire(echo.port)
    with client_of(wire) as client:
        wire.freeze()
        wire.close()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    assert THREAD not in {thread.name for thread in threading.enumerate()}
    wire.close()


def test_the_url_through_the_wire_keeps_user_password_and_database() -> None:
    with Wire(1) as wire:
        assert (
            wire.url("postgresql://me:p%40@127.0.0.1:5432/kyc?a=b")
            == f"postgresql://me:p%40@127.0.0.1:{wire.port}/kyc?a=b"
        )
