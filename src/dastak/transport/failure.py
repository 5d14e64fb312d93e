"""What went wrong with a POST, as a stage and one plain sentence for the merchant.

In: libcurl's error code or the socket's, what is known of the transfer, or the deadline that passed. Out: `Failure`.
Pure; called by both senders. Sentences name the receiver's address and never anything of this machine.
"""

import errno
from dataclasses import dataclass

import pycurl

from dastak.webhooks.post import ANSWER_HEADERS_LIMIT, Stage


@dataclass(frozen=True, slots=True)
class Failure:
    """A stage other than `ANSWERED`, and the sentence that goes with it."""

    stage: Stage
    error: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a transfer had come when it failed."""

    where: str
    """`address:port` as far as known, else the host's name."""
    host: str
    tls: bool
    connected: bool
    """TCP is up."""
    ready: bool
    """TCP and TLS are up: the request was being sent or had been."""
    sent: bool
    """The whole body went out."""
    answering: bool
    """At least one line of the answer came in."""


STOPPED = Failure(Stage.CONNECT, "Not sent: the server is stopping; the delivery will be tried again.")
INTERNAL = Failure(Stage.CONNECT, "Not sent because of an internal fault, which was logged.")

_NO_ROUTE = "There is no route to {where}: check that the host is up and its firewall lets us in."
_CONNECT_ERRORS = {
    errno.ECONNREFUSED: "Connection refused by {where}: is the server running and reachable from the internet?",
    errno.EHOSTUNREACH: _NO_ROUTE,
    errno.ENETUNREACH: _NO_ROUTE,
    errno.ECONNRESET: "{where} reset the connection at once: check its firewall or load balancer.",
    errno.ETIMEDOUT: "{where} did not accept a connection in time: check its firewall and that the server runs.",
}

_CERTIFICATE_ERRORS = (
    ("self-signed", "its certificate is self-signed: use one from a public certificate authority"),
    ("self signed", "its certificate is self-signed: use one from a public certificate authority"),
    ("expired", "its certificate has expired: renew it"),
    ("not yet valid", "its certificate is not valid yet: check its dates"),
    ("subject name", "its certificate is for another host name: reissue it for {host}"),
    ("mismatch", "its certificate is for another host name: reissue it for {host}"),
    ("does not match", "its certificate is for another host name: reissue it for {host}"),
    ("local issuer", "its certificate chain is incomplete or private: serve the intermediate certificates too"),
    ("first certificate", "its certificate chain is incomplete or private: serve the intermediate certificates too"),
)

_NOT_HTTP = frozenset({pycurl.E_UNSUPPORTED_PROTOCOL, pycurl.E_FTP_WEIRD_SERVER_REPLY})

_CURLE_TOO_LARGE = 100  # has no name in pycurl
TOO_LARGE = frozenset({pycurl.E_OUT_OF_MEMORY, _CURLE_TOO_LARGE})
"""What libcurl says of one endless header line."""


def of_curl(code: int, text: str, os_error: int, at: Progress) -> Failure:
    """Say what a curl error code means.

    Args:
        code: CURLE_… of the ended transfer.
        text: libcurl's own words, only ever searched, never shown.
        os_error: errno of the failed connect, or 0.
        at: how far the transfer had come.
    """
    if code == pycurl.E_COULDNT_CONNECT or (not at.connected and code == pycurl.E_OPERATION_TIMEDOUT):
        return not_connected(os_error, at)
    if code == pycurl.E_PEER_FAILED_VERIFICATION:
        return not_trusted(text, at)
    if at.tls and not at.ready:
        return no_tls(at)
    if code in _NOT_HTTP:
        return not_http(at)
    return broken_off(at)


def not_connected(os_error: int, at: Progress) -> Failure:
    """No TCP connection came about, for this errno (0 if unknown)."""
    sentence = _CONNECT_ERRORS.get(os_error, "No connection to {where} could be made: check that it is reachable.")
    return Failure(Stage.CONNECT, sentence.format(where=at.where))


def not_trusted(text: str, at: Progress) -> Failure:
    """The certificate was refused; `text` is the library's own words, only ever searched, never shown."""
    return Failure(Stage.TLS, f"The TLS session with {at.where} is not trusted: {_why_untrusted(text, at.host)}.")


def no_tls(at: Progress) -> Failure:
    """The TLS handshake failed."""
    return Failure(
        Stage.TLS,
        f"No TLS session with {at.where} could be made: does it speak https (TLS 1.2 or newer) on this port?",
    )


def not_http(at: Progress) -> Failure:
    """What came is not an HTTP/1 answer."""
    return Failure(Stage.ANSWER, f"{at.where} did not answer in HTTP/1.1: is this the right port?")


def broken_off(at: Progress) -> Failure:
    """The connection ended before the answer did, or the answer makes no sense."""
    if not at.answering:
        return Failure(Stage.SEND, f"{at.where} closed the connection before it answered: check the server's log.")
    return Failure(Stage.ANSWER, f"{at.where} broke off or garbled its answer: check the server's log.")


def headers_too_large(at: Progress) -> Failure:
    """The receiver sent more header bytes than are read."""
    limit = ANSWER_HEADERS_LIMIT // 1024
    return Failure(Stage.ANSWER, f"{at.where} sent more than {limit} KiB of answer headers: send fewer.")


def no_final_answer(at: Progress) -> Failure:
    """The receiver ended before the headers of a final answer did, or switched protocols (101)."""
    return Failure(Stage.ANSWER, f"{at.where} ended before its answer was whole: check the server's log.")


def look_up_late(host: str, seconds: float) -> Failure:
    """The name server took longer than the connect deadline."""
    return Failure(Stage.RESOLVE, f"Looking up {host} took longer than {seconds:g} s: check its name servers.")


def connect_late(at: Progress, seconds: float) -> Failure:
    """TCP or TLS was not up at the connect deadline."""
    if at.connected:
        return Failure(
            Stage.TLS,
            f"{at.where} did not finish the TLS handshake within {seconds:g} s: does it speak https on this port?",
        )
    return Failure(
        Stage.CONNECT,
        f"{at.where} did not accept a connection within {seconds:g} s: "
        "check its firewall and that the server is running.",
    )


def first_byte_late(at: Progress, seconds: float) -> Failure:
    """No line of a final answer had come at the first-byte deadline."""
    if not at.sent:
        return Failure(Stage.SEND, f"{at.where} did not read the whole request within {seconds:g} s.")
    return Failure(
        Stage.ANSWER,
        f"{at.where} took longer than {seconds:g} s to begin its answer: answer with a 2xx first, then do the work.",
    )


def total_late(at: Progress, seconds: float) -> Failure:
    """The answer had not ended at the total deadline."""
    if not at.sent and not at.answering:
        return Failure(Stage.SEND, f"{at.where} did not read the whole request within {seconds:g} s.")
    return Failure(
        Stage.ANSWER, f"{at.where} did not finish its answer within {seconds:g} s: send a short one at once."
    )


def stopped(at: Progress) -> Failure:
    """The sender was told not to wait any longer."""
    stage = Stage.ANSWER if at.answering else Stage.SEND if at.ready else Stage.CONNECT
    return Failure(stage, "Broken off: the server is stopping; the delivery will be tried again.")


def _why_untrusted(text: str, host: str) -> str:
    lowered = text.lower()
    for words, sentence in _CERTIFICATE_ERRORS:
        if words in lowered:
            return sentence.format(host=host)
    return "its certificate could not be verified"
