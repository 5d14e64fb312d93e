"""One POST to a URL that the user named, timed; nothing is followed, nothing is called beside it.

In: a URL, headers and body. Out: an `Answer`, also where nothing answered. Plain http goes to loopback alone, so that
made-up or forwarded events with their signatures never cross a network unencrypted.
"""

import io
import ipaddress
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from dastak.cli.desk.captured import Pairs

if TYPE_CHECKING:
    from socket import socket

MOST_ANSWER_BYTES = 64 * 1024
DRIP_PIECES = 8
DRIP_SECONDS = 0.05


Connection: TypeAlias = HTTPConnection | HTTPSConnection


class RefusedUrlError(ValueError):
    """Not a URL that these commands call; the message says why."""


@dataclass(frozen=True)
class Target:
    """Where to send."""

    url: str
    scheme: str
    host: str
    port: int
    path: str


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    """0 when nothing answered."""
    seconds: float
    body: bytes = b""
    headers: Pairs = ()
    problem: str = ""
    """Why nothing answered."""
    is_there: bool = True
    """Whether anything listens there at all."""

    @property
    def is_accepted(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - what delivery means by success


def target(url: str) -> Target:
    """Read a URL. Raises `RefusedUrlError`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as problem:
        raise RefusedUrlError(f"{url} is not a URL: {problem}.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise RefusedUrlError(
            "Give a whole URL, such as http://localhost:3000/webhooks or https://example.com/webhooks."
        )
    if parts.username is not None:
        raise RefusedUrlError("The URL holds a user name; webhooks are sent without.")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise RefusedUrlError("Plain http is for this machine alone (localhost, 127.0.0.1, [::1]); use https.")
    if not _is_host(parts.hostname):
        raise RefusedUrlError(f"{parts.hostname} is not the name of a host.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii() or not path.isprintable() or " " in path:
        raise RefusedUrlError("Path and query of the URL must be percent-encoded.")
    return Target(url, parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), path)


def _is_host(name: str) -> bool:
    try:
        return bool(name.encode("idna"))
    except UnicodeError:
        return False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def send(
    to: Target,
    headers: Pairs,
    body: bytes,
    *,
    timeout: float = 30,
    drip: bool = False,
    method: str = "POST",
    most_bytes: int = MOST_ANSWER_BYTES,
    whole_within: float | None = None,
) -> Answer:
    """Send once and wait. With `drip` the body goes out in pieces, as over a slow line.

    `timeout` seconds may pass without a byte, and `whole_within` (else as many) until the answer is whole.
    """
    began = time.monotonic()
    connection = connection_to(to, timeout)
    try:
        connection.connect()
    except OSError as problem:
        is_there = isinstance(problem, ssl.SSLError)
        return Answer(0, time.monotonic() - began, problem=str(problem), is_there=is_there)
    try:
        whole = {"content-length": str(len(body)), **dict(headers)}
        connection.request(method, to.path, body=_dripping(body) if drip else body, headers=whole)
        return answer_of(connection, began, most_bytes, whole_within)
    except TimeoutError:
        return Answer(0, time.monotonic() - began, problem=f"no whole answer in {timeout:g} s")
    except (OSError, HTTPException, ValueError) as problem:  # the last for headers that cannot be sent
        return Answer(0, time.monotonic() - began, problem=str(problem) or type(problem).__name__)
    finally:
        connection.close()


def connection_to(to: Target, timeout: float) -> Connection:
    """Not connected yet."""
    if to.scheme == "https":
        return HTTPSConnection(to.host, to.port, timeout=timeout, context=ssl.create_default_context())
    return HTTPConnection(to.host, to.port, timeout=timeout)


def answer_of(
    connection: Connection,
    began: float,
    most_bytes: int = MOST_ANSWER_BYTES,
    whole_within: float | None = None,
) -> Answer:
    """Wait for the answer to what was sent: all of it within so many seconds, or else the connection's timeout.

    Raises `OSError`, `HTTPException`.
    """
    until = time.monotonic() + (whole_within or connection.timeout or 0)
    connection.response_class = partial(_response, until)  # type: ignore[assignment]  # called like the class
    answer = connection.getresponse()
    kept = answer.read(most_bytes)
    return Answer(answer.status, time.monotonic() - began, kept, tuple(answer.getheaders()))


def _response(until: float, sock: "socket", **options: Any) -> HTTPResponse:
    return HTTPResponse(_Hasty(sock, until), **options)  # type: ignore[arg-type]  # of a socket it uses `makefile` alone


class _Hasty:
    """A socket that is read until a moment: a socket's own timeout begins anew with every byte that drips in."""

    def __init__(self, sock: "socket", until: float) -> None:
        self._sock = sock
        self._until = until

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Hurried(self._sock, self._until))


class _Hurried(io.RawIOBase):
    def __init__(self, sock: "socket", until: float) -> None:
        self._sock = sock
        self._until = until
        self._inner = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(min(left, self._sock.gettimeout() or left))
        return self._inner.readinto(buffer)

    def close(self) -> None:
        self._inner.close()
        super().close()


def _dripping(body: bytes) -> Iterator[bytes]:
    step = max(1, -(-len(body) // DRIP_PIECES))
    for place in range(0, len(body), step):
        yield body[place : place + step]
        time.sleep(DRIP_SECONDS)
