"""TLS: who is trusted, and how each distrust is told."""

import socket
import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from dastak.transport.guard import GuardPolicy
from dastak.transport.settings import SenderSettings
from dastak.webhooks.post import Answer, Stage
from integration.transport.certificates import Authority
from integration.transport.conftest import MakeSender, StoppableSender, post, send, within
from integration.transport.receivers import OK, Receiver, answering, silent

HTTPS_ON_LOOPBACK = GuardPolicy(https_only=True, ports=None, allow_loopback=True)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def trusting(make_sender: MakeSender, authority: Authority) -> StoppableSender:
    """A sender that trusts the test's authority and finds bank.example on loopback."""
    settings = SenderSettings(ca_file=authority.ca_file)
    return make_sender(HTTPS_ON_LOOPBACK, settings, lambda _host: ["127.0.0.1"])


def ask(sender: StoppableSender, context: ssl.SSLContext, host: str = "bank.example") -> Answer:
    with Receiver(answering(OK), tls=context) as receiver:
        (answer,) = send(sender, post(receiver.url(host=host, scheme="https")))
    return answer


def test_a_trusted_certificate_for_the_right_name_is_accepted(trusting: StoppableSender, authority: Authority) -> None:
    answer = ask(trusting, authority.server("bank.example"))
    assert (answer.stage, answer.status, answer.body) == (Stage.ANSWERED, 200, b"ok"), answer
    assert 0 < answer.timings.connected_us < answer.timings.tls_us <= answer.timings.first_byte_us


def test_an_address_needs_a_certificate_for_the_address(trusting: StoppableSender, authority: Authority) -> None:
    assert ask(trusting, authority.server("127.0.0.1"), host="127.0.0.1").status == 200
    assert ask(trusting, authority.server("other.example"), host="127.0.0.1").stage is Stage.TLS


def test_the_real_name_is_sent_as_sni(trusting: StoppableSender, authority: Authority) -> None:
    asked: list[str | None] = []
    context = authority.server("bank.example")
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    ask(trusting, context)
    assert asked == ["bank.example"]


def test_a_kept_tls_connection_serves_many_posts(trusting: StoppableSender, authority: Authority) -> None:
    with Receiver(answering(OK), tls=authority.server("bank.example")) as receiver:
        url = receiver.url(host="bank.example", scheme="https")
        answers = [send(trusting, post(url))[0] for _ in range(5)]
        assert receiver.accepted == 1
    assert {answer.status for answer in answers} == {200}
    assert answers[-1].timings.connected_us == answers[-1].timings.tls_us == 0


def test_a_certificate_for_another_name_is_refused(trusting: StoppableSender, authority: Authority) -> None:
    answer = ask(trusting, authority.server("other.example"))
    assert answer.stage is Stage.TLS
    assert "another host name: reissue it for bank.example" in answer.error


def test_an_unknown_authority_is_refused(make_sender: MakeSender, authority: Authority) -> None:
    sender = make_sender(HTTPS_ON_LOOPBACK, resolve=lambda _host: ["127.0.0.1"])
    answer = ask(sender, authority.server("bank.example"))
    assert answer.stage is Stage.TLS
    assert "not trusted" in answer.error
    assert "intermediate" in answer.error or "self-signed" in answer.error


def test_an_expired_certificate_is_refused(trusting: StoppableSender, authority: Authority) -> None:
    answer = ask(trusting, authority.server("bank.example", starts_in=-9, ends_in=-1))
    assert answer.stage is Stage.TLS
    assert "expired" in answer.error


def test_tls_1_1_is_refused(trusting: StoppableSender, authority: Authority) -> None:
    context = authority.server("bank.example")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    assert ask(trusting, context).stage is Stage.TLS


def test_a_plain_server_on_an_https_url_is_told(trusting: StoppableSender) -> None:
    def script(_receiver: Receiver, connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with Receiver(script) as receiver:
        (answer,) = send(trusting, post(receiver.url(host="bank.example", scheme="https")))
    assert answer.stage is Stage.TLS
    assert "does it speak https" in answer.error


def test_a_tls_server_on_a_plain_url_is_an_answer_failure(make_sender: MakeSender, authority: Authority) -> None:
    with Receiver(answering(OK), tls=authority.server("127.0.0.1")) as receiver:
        (answer,) = send(make_sender(), post(receiver.url()))
    assert answer.stage in {Stage.ANSWER, Stage.SEND}


@pytest.mark.parametrize("close", [False, True], ids=["hangs", "closes"])
def test_a_handshake_that_does_not_end_is_tls(trusting: StoppableSender, close: bool) -> None:
    def script(receiver: Receiver, connection: socket.socket) -> None:
        connection.recv(1000)
        if not close:
            silent(receiver, connection)

    with Receiver(script) as receiver:
        url = receiver.url(host="bank.example", scheme="https")
        (answer,) = send(trusting, post(url, deadlines=within(connect=0.3 if not close else 20)))
    assert answer.stage is Stage.TLS
    assert answer.address == "127.0.0.1"


def test_stopping_with_kept_tls_connections_is_quick(trusting: StoppableSender, authority: Authority) -> None:
    def script(receiver: Receiver, connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(OK)
        receiver.closing.wait()  # never says goodbye

    with Receiver(script, tls=authority.server("bank.example")) as receiver:
        (answer,) = send(trusting, post(receiver.url(host="bank.example", scheme="https"), body=b"{}"))
        trusting.stop(timedelta(seconds=1))
    assert answer.status == 200
