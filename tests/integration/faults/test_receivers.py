"""Receivers that fail in ways of their own: each with its stage and reason, in the log line as in the API."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Self

import pytest

from integration.transport.certificates import Authority
from support.api import Api
from support.customer import Customer
from support.server import RunningServer

pytestmark = pytest.mark.slow

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
AT_ONCE = struct.pack("ii", 1, 0)
DRIP_SECONDS = 0.2
Answering = Callable[["Faulty", socket.socket], None]


class Faulty:
    """Answers the test of its URL well, and everything after that as it is told."""

    def __init__(self, answer: Answering, good: ssl.SSLContext | None = None) -> None:
        self.closing = threading.Event()
        self._answer = answer
        self._good = good
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        scheme = "https" if good else "http"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}/hook"

    def __enter__(self) -> Self:
        self._begin(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _begin(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        answer: Answering = well
        while not self.closing.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._begin(lambda client=client, answer=answer: self._serve(client, answer))  # type: ignore[misc]
            answer = self._answer

    def _serve(self, client: socket.socket, answer: Answering) -> None:
        with client:
            try:
                if answer is well and self._good is not None:
                    with self._good.wrap_socket(client, server_side=True) as secured:
                        well(self, secured)
                else:
                    answer(self, client)
            except OSError:
                return


def well(_receiver: Faulty, client: socket.socket) -> None:
    client.recv(65536)
    client.sendall(OK)


def hang(receiver: Faulty, client: socket.socket) -> None:
    client.recv(65536)
    receiver.closing.wait()


def drip(receiver: Faulty, client: socket.socket) -> None:
    client.recv(65536)
    client.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    while not receiver.closing.wait(DRIP_SECONDS):
        client.sendall(b".")


def reset(_receiver: Faulty, client: socket.socket) -> None:
    client.recv(1)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)


def no_tls(_receiver: Faulty, client: socket.socket) -> None:
    client.sendall(OK)
    client.recv(65536)


def presenting(context: ssl.SSLContext) -> Answering:
    def answer(receiver: Faulty, client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as secured:
            well(receiver, secured)

    return answer


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[RunningServer]:
    home = tmp_path_factory.mktemp("receivers")
    running = RunningServer(
        home,
        webhook_ca_file=authority.ca_file,
        webhook_connect_timeout_seconds=2,
        webhook_first_byte_timeout_seconds=1,
        webhook_total_timeout_seconds=2,
    )
    with running:
        yield running
        running.assert_no_failures()


@pytest.fixture
def api(server: RunningServer) -> Iterator[Api]:
    with server.api() as client:
        yield client


def assert_told(server: RunningServer, api: Api, receiver: Faulty, stage: str, words: str) -> None:
    """One failed attempt, and the same stage and reason wherever it is told."""
    endpoint = api.add_endpoint(receiver.url, event_types=["KYC_LINK_SUCCESS"], retry_policy={"intervals_seconds": []})
    with Customer(api.create_link("Pan_verification")["form_link"]) as customer:
        customer.complete()
    (entry,) = server.wait_for_log(event="attempt", endpoint_id=endpoint["id"])
    (delivery,) = api.deliveries(endpoint_id=endpoint["id"])
    (attempt,) = api.delivery(delivery["id"])["attempt_log"]
    api.delete(f"/api/v1/webhook-endpoints/{endpoint['id']}")
    assert (entry["stage"], entry["outcome"]) == (stage, "given_up")
    assert words in entry["reason"]
    assert (attempt["stage"], attempt["outcome"], attempt["reason"]) == (stage, "given_up", entry["reason"])
    assert delivery["last_reason"] == entry["reason"]


@pytest.mark.parametrize(
    ("answer", "stage", "words"), [(hang, "answer", "answer"), (drip, "answer", "answer"), (reset, "send", "answered")]
)
def test_a_receiver_that_hangs_drips_or_resets(
    server: RunningServer, api: Api, answer: Answering, stage: str, words: str
) -> None:
    with Faulty(answer) as receiver:
        assert_told(server, api, receiver, stage, words)


def test_a_receiver_that_speaks_no_tls_any_more(server: RunningServer, api: Api, authority: Authority) -> None:
    with Faulty(no_tls, authority.server("127.0.0.1")) as receiver:
        assert_told(server, api, receiver, "tls", "does it speak https")


def test_a_receiver_whose_certificate_is_of_another_name(server: RunningServer, api: Api, authority: Authority) -> None:
    good, wrong = authority.server("127.0.0.1"), authority.server("elsewhere.example")
    with Faulty(presenting(wrong), good) as receiver:
        assert_told(server, api, receiver, "tls", "is for another host name")


def test_a_receiver_whose_certificate_has_run_out(server: RunningServer, api: Api, authority: Authority) -> None:
    good, old = authority.server("127.0.0.1"), authority.server("127.0.0.1", starts_in=-30, ends_in=-1)
    with Faulty(presenting(old), good) as receiver:
        assert_told(server, api, receiver, "tls", "has expired")
