"""One POST to a URL that the user named, timed; nothing is followed, nothing is called beside it.

In: a URL, headers and body. Out: an `Answer`, also where nothing answered. Plain http goes to loopback alone, so that
made-up or forwarded events with their signatures never cross a network unencrypted.
"""

import ipaddress
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TypeAlias
from urllib.parse import urlsplit

from dastak.cli.desk.captured import Pairs

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
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii() or not path.isprintable() or " " in path:
        raise RefusedUrlError("Path and query of the URL must be percent-encoded.")
    return Target(url, parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), path)


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
) -> Answer:
    """Send once and wait. With `drip` the body goes out in pieces, as over a slow line."""
    began = time.monotonic()
    connection = connection_to(to, timeout)
    try:
        whole = {"content-length": str(len(body)), **dict(headers)}
        connection.request(method, to.path, body=_dripping(body) if drip else body, headers=whole)
        return answer_of(connection, began, most_bytes)
    except TimeoutError:
        return Answer(0, time.monotonic() - began, problem=f"no answer in {timeout:g} s")
    except (OSError, HTTPException) as problem:
        return Answer(0, time.monotonic() - began, problem=str(problem) or type(problem).__name__)
    finally:
        connection.close()


def connection_to(to: Target, timeout: float) -> Connection:
    """Not connected yet."""
    if to.scheme == "https":
        return HTTPSConnection(to.host, to.port, timeout=timeout, context=ssl.create_default_context())
    return HTTPConnection(to.host, to.port, timeout=timeout)


def answer_of(connection: Connection, began: float, most_bytes: int = MOST_ANSWER_BYTES) -> Answer:
    """Wait for the answer to what was sent. Raises `OSError`, `HTTPException`."""
    answer = connection.getresponse()
    kept = answer.read(most_bytes)
    return Answer(answer.status, time.monotonic() - began, kept, tuple(answer.getheaders()))


def _dripping(body: bytes) -> Iterator[bytes]:
    step = max(1, -(-len(body) // DRIP_PIECES))
    for place in range(0, len(body), step):
        yield body[place : place + step]
        time.sleep(DRIP_SECONDS)
