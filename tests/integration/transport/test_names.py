"""Names, addresses and the guard, as a POST meets them."""

import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from dastak.transport.guard import GuardPolicy
from dastak.transport.places import Place, Places
from dastak.transport.settings import SenderSettings
from dastak.transport.url import Destination
from dastak.webhooks.post import Stage
from integration.transport.conftest import MakeSender, StoppableSender, post, send, within
from integration.transport.receivers import OK, Receiver, answering

NOTHING_KEPT = SenderSettings(names_kept=timedelta(0))


def names(**table: Sequence[str]) -> Callable[[str], Sequence[str]]:
    """A resolver that knows these names only (written with _ for . and -)."""
    known = {name.replace("_", "."): addresses for name, addresses in table.items()}

    def resolve(host: str) -> Sequence[str]:
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return known[host]

    return resolve


class Counting:
    """A resolver that remembers what it was asked."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses
        self.asked: list[str] = []

    def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self._addresses


def test_a_name_is_resolved_by_us_and_its_host_header_kept(make_sender: MakeSender) -> None:
    sender = make_sender(resolve=names(bank_example=["127.0.0.1"]))
    with Receiver(answering(OK)) as receiver:
        (answer,) = send(sender, post(receiver.url(host="bank.example")))
        host = f"bank.example:{receiver.port}".encode()
    assert answer.status == 200, answer
    assert answer.address == "127.0.0.1"
    assert answer.timings.resolved_us > 0
    assert b"Host: " + host + b"\r\n" in receiver.requests[0]


def test_localhost_works_in_the_sandbox_with_the_systems_resolver(sender: StoppableSender) -> None:
    with Receiver(answering(OK)) as receiver:
        (answer,) = send(sender, post(receiver.url(host="localhost")))
    assert answer.status == 200, answer


def test_ipv6_is_spoken(make_sender: MakeSender) -> None:
    sender = make_sender(resolve=names(six_example=["::1"]))
    with Receiver(answering(OK), host="::1") as receiver:
        literal, named = send(sender, post(receiver.url(host="[::1]")), post(receiver.url(host="six.example")))
    assert literal.address == named.address == "::1"
    assert literal.status == named.status == 200


def test_a_second_address_is_tried_when_the_first_refuses(make_sender: MakeSender) -> None:
    sender = make_sender(resolve=names(two_example=["::1", "127.0.0.1"]))
    with Receiver(answering(OK)) as receiver:
        (answer,) = send(sender, post(receiver.url(host="two.example")))
    assert (answer.status, answer.address) == (200, "127.0.0.1")


@pytest.mark.parametrize("addresses", [["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["::ffff:127.0.0.1"]])
def test_one_forbidden_address_among_allowed_ones_refuses_the_post(
    make_sender: MakeSender,
    addresses: list[str],
) -> None:
    sender = make_sender(resolve=names(mixed_example=addresses))
    with Receiver(answering(OK)) as receiver:
        (answer,) = send(sender, post(receiver.url(host="mixed.example")))
    assert answer.stage is Stage.REFUSED
    assert "public internet" in answer.error
    assert receiver.accepted == 0


def test_a_refused_url_is_answered_without_a_look_up(make_sender: MakeSender) -> None:
    resolve = Counting("127.0.0.1")
    sender = make_sender(GuardPolicy.production(), resolve=resolve)
    answers = send(sender, *(post(url) for url in ("http://example.com/", "https://10.0.0.1/", "https://a@b.example/")))
    assert {answer.stage for answer in answers} == {Stage.REFUSED}
    assert all(answer.error for answer in answers)
    assert resolve.asked == []


def test_a_name_rebound_to_loopback_is_refused_the_second_time(make_sender: MakeSender) -> None:
    """The first look-up gives an allowed address, the next one 127.0.0.1, where a server of ours listens."""
    answers = iter([["198.18.0.1"], ["127.0.0.1"]])
    policy = GuardPolicy(https_only=False, ports=None, allowed_networks=(ip_network("198.18.0.0/15"),))
    sender = make_sender(policy, NOTHING_KEPT, resolve=lambda _: next(answers))
    with Receiver(answering(OK)) as receiver:
        url = receiver.url(host="rebind.example")
        (first,) = send(sender, post(url, deadlines=within(connect=0.2)))
        (second,) = send(sender, post(url))
    assert first.stage in {Stage.CONNECT, Stage.SEND}  # no such host here; what matters is where it did not go
    assert second.stage is Stage.REFUSED
    assert "127.0.0.1" in second.error
    assert receiver.accepted == 0


def test_a_name_is_looked_up_once_for_many_posts(make_sender: MakeSender) -> None:
    resolve = Counting("127.0.0.1")
    sender = make_sender(resolve=resolve)
    with Receiver(answering(OK)) as receiver:
        for _ in range(3):
            send(sender, *(post(receiver.url(host="once.example")) for _ in range(20)))
    assert resolve.asked == ["once.example"]


def test_a_name_is_looked_up_again_when_its_time_is_over(make_sender: MakeSender) -> None:
    resolve = Counting("127.0.0.1")
    sender = make_sender(settings=NOTHING_KEPT, resolve=resolve)
    with Receiver(answering(OK)) as receiver:
        for _ in range(3):
            send(sender, post(receiver.url(host="again.example")))
        assert resolve.asked == ["again.example"] * 3
        assert receiver.accepted == 1


def test_a_kept_connection_is_not_used_after_the_dns_moved(make_sender: MakeSender) -> None:
    addresses = [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"]]
    sender = make_sender(settings=NOTHING_KEPT, resolve=lambda _: addresses.pop(0))
    with Receiver(answering(OK), host="0.0.0.0") as receiver:  # noqa: S104 - to be reached as two loopback addresses
        url = receiver.url(host="moving.example")
        went_to = [send(sender, post(url))[0].address for _ in range(3)]
    assert went_to == ["127.0.0.1", "127.0.0.2", "127.0.0.2"]
    assert receiver.accepted == 2


def test_the_order_of_addresses_does_not_cost_the_kept_connection(make_sender: MakeSender) -> None:
    addresses = [["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"]]
    sender = make_sender(settings=NOTHING_KEPT, resolve=lambda _: addresses.pop(0))
    with Receiver(answering(OK), host="0.0.0.0") as receiver:  # noqa: S104 - as above
        for _ in range(2):
            send(sender, post(receiver.url(host="robin.example")))
    assert receiver.accepted == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), "has no address"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), "temporary"),
        (OSError("x"), "could not be looked up"),
        (ValueError("x"), "could not be looked up"),
    ],
    ids=["unknown", "try again", "system error", "a bug"],
)
def test_a_failed_look_up_is_answered(make_sender: MakeSender, error: Exception, words: str) -> None:
    def resolve(_host: str) -> Sequence[str]:
        raise error

    (answer,) = send(make_sender(resolve=resolve), post("http://nowhere.example/"))
    assert answer.stage is Stage.RESOLVE
    assert words in answer.error
    assert "nowhere.example" in answer.error


def test_a_name_without_addresses_is_answered(make_sender: MakeSender) -> None:
    (answer,) = send(make_sender(resolve=lambda _: []), post("http://empty.example/"))
    assert answer.stage is Stage.RESOLVE


def test_a_look_up_beyond_the_deadline_is_answered_and_delays_nobody(make_sender: MakeSender) -> None:
    release = threading.Event()

    def resolve(host: str) -> Sequence[str]:
        if host == "slow.example":
            release.wait(20)
        return ["127.0.0.1"]

    sender = make_sender(resolve=resolve)
    with Receiver(answering(OK)) as receiver:
        slow, fast = send(
            sender,
            post(receiver.url(host="slow.example"), deadlines=within(connect=0.3)),
            post(receiver.url(host="fast.example")),
        )
        release.set()
        (later,) = send(sender, post(receiver.url(host="slow.example")))
    assert slow.stage is Stage.RESOLVE
    assert "0.3 s" in slow.error
    assert fast.status == later.status == 200


def test_proxies_in_the_environment_are_ignored(make_sender: MakeSender, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with Receiver(answering(OK)) as receiver:
        (answer,) = send(make_sender(), post(receiver.url()))
    assert answer.status == 200


BAD_HEADERS = {
    "a line break in a value": ("x-a", "1\r\nx-evil: 2"),
    "a bare line feed in a value": ("x-a", "1\nx-evil: 2"),
    "a bare carriage return in a value": ("x-a", "1\rx"),
    "a null in a value": ("x-a", "1\x00"),
    "letters beyond ASCII in a value": ("x-a", "ñ"),
    "a line break in a name": ("x-a\r\nx-evil", "1"),
    "a space in a name": ("x a", "1"),
    "a colon in a name": ("x:a", "1"),
    "a semicolon in a name": ("x-a;", "1"),
    "an empty name": ("", "1"),
    "another host": ("Host", "internal.example"),
    "chunked framing": ("Transfer-Encoding", "chunked"),
    "another length": ("Content-Length", "1"),
    "a length that is no number": ("Content-Length", "2, 2"),
    "Expect": ("expect", "100-continue"),
    "Connection": ("Connection", "upgrade"),
}


@pytest.mark.parametrize("header", BAD_HEADERS.values(), ids=BAD_HEADERS.keys())
def test_headers_that_could_smuggle_are_refused(sender: StoppableSender, header: tuple[str, str]) -> None:
    with Receiver(answering(OK)) as receiver:
        (answer,) = send(sender, post(receiver.url(), headers=(("content-type", "a/b"), header)))
    assert answer.stage is Stage.REFUSED
    assert answer.error
    assert receiver.accepted == 0


@pytest.mark.parametrize("new_sender", ["curl"], indirect=True)
def test_an_address_that_was_not_checked_is_not_called_even_if_libcurl_wants_to(
    make_sender: MakeSender,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The last door: libcurl is told an address that the guard never saw, as after a fault of ours."""
    honest = Places.of

    def lying(self: Places, destination: Destination, addresses: tuple[str, ...]) -> Place:
        place = honest(self, destination, addresses)
        return replace(place, resolve=[place.resolve[0].replace("127.0.0.1", "127.0.0.9")])

    monkeypatch.setattr(Places, "of", lying)
    with Receiver(answering(OK), host="0.0.0.0") as receiver:  # noqa: S104 - to be reached as two loopback addresses
        (answer,) = send(make_sender(), post(receiver.url(host="127.0.0.1")))
        assert receiver.accepted == 0
    assert answer.stage is Stage.REFUSED
    assert "127.0.0.9" in answer.error
