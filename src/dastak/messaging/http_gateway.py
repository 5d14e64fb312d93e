"""Notices through an HTTP gateway: SMS and WhatsApp, by any provider or by a small adapter of the operator's.

In: a notice. Out: one POST of JSON `{"id", "channel", "purpose", "to", "text"}` to the configured URL, with the
`Authorization` value from the settings and `Idempotency-Key: <notice id>`; then acceptance, `GatewayRefused` or
`GatewayUnavailable`. Built by `app`. Redirects are not followed and proxies of the environment are not used. The guard
of `transport` does not apply: the operator chose this URL, so private and loopback addresses are fine.
"""

import asyncio
import contextlib
import http.client
import json
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import SplitResult, urlsplit

from dastak.messaging.cutoff import Cutoff
from dastak.messaging.loopback import is_loopback
from dastak.notices.notice import GatewayRefused, GatewayUnavailable, Notice

_THREADS_MAX = 16
_ANSWER_LIMIT = 16 * 1024
"""Bytes of the answer that are read, so that the gateway can finish speaking; they are thrown away."""

_ACCEPTED = range(200, 300)
_CLIENT_ERRORS = range(400, 500)
_COME_BACK = frozenset({408, 409, 425, 429})
"""The gateway is busy, or still at an earlier request with the same key."""
_OURS_TO_MEND = frozenset({401, 402, 403, 404, 405, 407, 415})
"""About our credentials, balance or URL rather than this notice: the operator may mend it before the last try."""


@dataclass(frozen=True, slots=True)
class HttpGatewaySettings:
    """Where the gateway is. Raises `ValueError` with what to change, never repeating a secret."""

    url: str = field(repr=False)
    """`https://…`; plain `http://` to a loopback address only. Kept out of `repr`: its query may hold a key."""
    authorization: str = field(default="", repr=False)
    """The whole value of the `Authorization` header; empty: none is sent."""
    deadline: timedelta = timedelta(seconds=20)
    """For the whole conversation; keep it under the notifier's send timeout."""

    def __post_init__(self) -> None:
        _check_url(self.url)
        if not (self.authorization.isascii() and self.authorization.isprintable()):
            raise ValueError("The Authorization value of the gateway must be one line of printable ASCII.")


class HttpGateway:
    """Fulfils `Gateway`; one connection per notice, in threads of its own so that a slow gateway slows only itself."""

    def __init__(self, settings: HttpGatewaySettings, *, tls_context: ssl.SSLContext | None = None) -> None:
        """`tls_context`: for a private certificate authority; the system's authorities otherwise."""
        self._settings = settings
        self._url = urlsplit(settings.url)
        self._tls = tls_context or (ssl.create_default_context() if self._url.scheme == "https" else None)
        self._threads = ThreadPoolExecutor(_THREADS_MAX, thread_name_prefix="http-gateway")

    async def send(self, notice: Notice) -> None:
        """POST the notice. Raises `GatewayRefused`, `GatewayUnavailable`."""
        headers = self._headers(notice)
        loop = asyncio.get_running_loop()
        status = await loop.run_in_executor(self._threads, self._post, _body(notice), headers)
        _judge(status)

    def close(self) -> None:
        """Begin no more conversations; those under way end by their deadline."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _headers(self, notice: Notice) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": "Dastak",
            "Idempotency-Key": notice.id,
            "Connection": "close",
        }
        if self._settings.authorization:
            headers["Authorization"] = self._settings.authorization
        return headers

    def _post(self, body: bytes, headers: dict[str, str]) -> int:
        """Send one request and return the status of its answer."""
        with Cutoff(self._settings.deadline) as cutoff:
            connection = self._connection(cutoff)
            try:
                return _exchange(connection, cutoff, _target(self._url), body, headers)
            except (OSError, http.client.HTTPException) as error:
                why = "in time" if isinstance(error, TimeoutError) else f"({type(error).__name__})"
                raise GatewayUnavailable(f"The gateway did not answer {why}.") from None
            finally:
                connection.close()

    def _connection(self, cutoff: Cutoff) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=cutoff.left(), context=self._tls)
        return http.client.HTTPConnection(host, port, timeout=cutoff.left())


def _exchange(
    connection: http.client.HTTPConnection, cutoff: Cutoff, target: str, body: bytes, headers: dict[str, str]
) -> int:
    """Return the status; once that has come, a broken or endless rest does not change it (the notice was judged)."""
    connection.connect()
    sock = connection.sock  # the connection lets go of it as soon as the answer begins
    cutoff.watch(lambda: sock)
    cutoff.left()
    connection.request("POST", target, body, headers)
    with connection.getresponse() as answer:
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            answer.read(_ANSWER_LIMIT)
        return answer.status


def _judge(status: int) -> None:
    if status in _ACCEPTED:
        return
    if status in _OURS_TO_MEND:
        raise GatewayUnavailable(f"The gateway answered {status}: check its URL, credentials and balance.")
    if status in _CLIENT_ERRORS and status not in _COME_BACK:
        raise GatewayRefused(f"The gateway refused the notice ({status}).")
    raise GatewayUnavailable(f"The gateway answered {status}.")


def _body(notice: Notice) -> bytes:
    fields = {
        "id": notice.id,
        "channel": str(notice.channel),
        "purpose": str(notice.purpose),
        "to": notice.recipient,
        "text": notice.text,
    }
    return json.dumps(fields).encode("ascii")


def _target(url: SplitResult) -> str:
    return (url.path or "/") + (f"?{url.query}" if url.query else "")


def _check_url(text: str) -> None:
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError("The gateway's URL must be printable ASCII without spaces.")
    try:
        url = urlsplit(text)
        host, _ = url.hostname or "", url.port
    except ValueError:
        raise ValueError("The gateway's URL has a broken host or port.") from None
    if not host or "@" in url.netloc or url.fragment:
        raise ValueError("The gateway's URL needs a host, and no user, password or fragment.")
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(host)):
        raise ValueError("The gateway's URL must begin with https:// (http:// to a loopback address only).")
