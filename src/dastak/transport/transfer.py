"""One libcurl easy handle, used for one POST after another, and what it collects of each answer.

In: URL, place, header lines and body from the engine; bytes from libcurl. Out: status, headers, body, timings, and
how far a failed POST had come. Only ever touched on the engine's thread.
"""

import contextlib
import os
import socket
from datetime import timedelta

import pycurl

from dastak.transport.answer_headers import has_final_status, header_pairs
from dastak.transport.failure import Progress
from dastak.transport.places import Place, Places
from dastak.transport.settings import SenderSettings, trusted_authorities
from dastak.transport.sockets import Sockets
from dastak.transport.url import Destination
from dastak.webhooks.post import ANSWER_BODY_LIMIT, ANSWER_HEADERS_LIMIT, Answer, Stage, Timings

_CUT_OFF = 0
"""What a write callback returns to make libcurl stop reading and close the connection."""


class Transfer:
    """A pooled easy handle with its callbacks. `load`, add to the multi, wait, `answer` or `progress`, `clear`."""

    __slots__ = (
        "_body",
        "_header_room",
        "_headers",
        "_loaded_url",
        "_opened",
        "_opening",
        "_place",
        "_room",
        "_sockets",
        "_tried",
        "curl",
        "refused",
    )

    def __init__(self, settings: SenderSettings, sockets: Sockets) -> None:
        self._sockets = sockets
        self._headers: list[bytes] = []
        self._body: list[bytes] = []
        self._header_room = ANSWER_HEADERS_LIMIT
        self._room = ANSWER_BODY_LIMIT
        self._place: Place | None = None
        self._loaded_url = ""
        self._opening: socket.socket | None = None
        self._opened: list[int] = []
        self._tried = ""
        self.refused = False
        """An address that was not checked was about to be called, and was not."""
        self.curl = pycurl.Curl()
        _set_constants(self.curl, settings)
        self.curl.setopt(pycurl.HEADERFUNCTION, self._on_header)
        self.curl.setopt(pycurl.WRITEFUNCTION, self._on_body)
        self.curl.setopt(pycurl.OPENSOCKETFUNCTION, self._on_open)
        self.curl.setopt(pycurl.SOCKOPTFUNCTION, self._on_opened)

    def load(self, destination: Destination, place: Place, places: Places, lines: list[str], body: bytes) -> None:
        """Set what differs from the handle's last POST."""
        curl = self.curl
        if destination.url != self._loaded_url:
            curl.setopt(pycurl.URL, destination.url)
            self._loaded_url = destination.url
        if place is not self._place:
            curl.setopt(pycurl.CONNECT_TO, place.connect_to)
            curl.setopt(pycurl.RESOLVE, places.resolve_list(place))
            self._place = place
        curl.setopt(pycurl.HTTPHEADER, lines)
        curl.setopt(pycurl.POSTFIELDS, body)

    def answer(self, post_id: str, resolved_us: int) -> Answer | None:
        """Make the answer of a POST that libcurl calls done; None if what came was no final, whole set of headers.

        libcurl also calls done an answer that stops within its headers, and a 101.
        `resolved_us`: the time spent before libcurl started.
        """
        info = self.curl.getinfo
        headers = header_pairs(self._headers)
        if headers is None:
            return None
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        truncated = self._room < 0
        return Answer(
            post_id,
            Stage.ANSWERED,
            info(pycurl.RESPONSE_CODE),
            headers,
            body[:ANSWER_BODY_LIMIT] if truncated else body,
            truncated,
            "",
            info(pycurl.PRIMARY_IP),
            self.timings(resolved_us),
        )

    def timings(self, resolved_us: int) -> Timings:
        """Return when each phase ended; phases that a kept connection skips are 0."""
        info = self.curl.getinfo
        connected = tls = 0
        if info(pycurl.NUM_CONNECTS):
            connected, tls = info(pycurl.CONNECT_TIME_T), info(pycurl.APPCONNECT_TIME_T)
        first = info(pycurl.STARTTRANSFER_TIME_T) if self._headers else 0
        return Timings(
            resolved_us,
            connected and connected + resolved_us,
            tls and tls + resolved_us,
            first and first + resolved_us,
            info(pycurl.TOTAL_TIME_T) + resolved_us,
        )

    @property
    def address(self) -> str:
        """The IP address that was connected to, empty if none."""
        return str(self.curl.getinfo(pycurl.PRIMARY_IP) or "") or self._peer()

    @property
    def answering(self) -> bool:
        """A final answer (not 1xx) has begun."""
        return has_final_status(self._headers)

    @property
    def truncated(self) -> bool:
        """The answer's body was longer than is read."""
        return self._room < 0

    @property
    def headers_too_large(self) -> bool:
        """The answer's headers were longer than is read."""
        return self._header_room < 0

    def progress(self, destination: Destination, body: bytes) -> Progress:
        """Return how far the POST has come, for a failure's sentence."""
        info = self.curl.getinfo
        tls = destination.scheme == "https"
        reused = info(pycurl.PRETRANSFER_TIME_T) > 0 and not info(pycurl.NUM_CONNECTS)
        ready = reused or info(pycurl.APPCONNECT_TIME_T if tls else pycurl.CONNECT_TIME_T) > 0
        return Progress(
            where=self._where(destination),
            host=destination.host,
            tls=tls,
            connected=ready or info(pycurl.CONNECT_TIME_T) > 0 or bool(self._peer()),
            ready=ready,
            sent=ready and info(pycurl.SIZE_UPLOAD_T) >= len(body),
            answering=bool(self._headers),
        )

    def clear(self) -> None:
        """Forget the last answer, so that the handle can be used again."""
        self._headers = []
        self._body = []
        self._header_room = ANSWER_HEADERS_LIMIT
        self._room = ANSWER_BODY_LIMIT
        if self._opened:
            self._opened.clear()
        self._tried = ""
        self.refused = False
        self._close_opening()

    def close(self) -> None:
        """Release the handle; it must have left the multi."""
        self._close_opening()
        self.curl.close()

    def _where(self, destination: Destination) -> str:
        address = self.address
        if not address:
            return self._tried or f"{destination.authority}:{destination.port}"
        return f"[{address}]:{destination.port}" if ":" in address else f"{address}:{destination.port}"

    def _peer(self) -> str:
        """Return the address of a TCP connection whose TLS session is not up, of which libcurl says nothing yet."""
        for fd in self._opened:
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(fd)) as opened:
                ip, port = opened.getpeername()[:2]
                if self._place is not None and self._place.holds(ip, port):
                    return str(ip)
        return ""

    def _on_header(self, line: bytes) -> int | None:
        self._headers.append(line)
        self._header_room -= len(line)
        return _CUT_OFF if self._header_room < 0 else None

    def _on_body(self, chunk: bytes) -> int | None:
        self._body.append(chunk)
        self._room -= len(chunk)
        return _CUT_OFF if self._room < 0 else None

    def _on_open(self, _purpose: int, address: "pycurl.CurlSockAddr") -> socket.socket | int:
        """CURLOPT_OPENSOCKETFUNCTION: the last door; nothing but a checked address passes."""
        ip, port = str(address.addr[0]), int(address.addr[1])
        self._tried = f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"
        if self._place is None or not self._place.holds(ip, port):
            self.refused = True
            return int(pycurl.SOCKET_BAD)
        self._close_opening()
        try:
            self._opening = socket.socket(address.family, address.socktype, address.protocol)
        except OSError:
            return int(pycurl.SOCKET_BAD)
        return self._opening

    def _on_opened(self, fd: int, purpose: int) -> int:
        """CURLOPT_SOCKOPTFUNCTION: libcurl has its own copy of the socket by now."""
        self._close_opening()
        self._opened.append(fd)
        return self._sockets.on_new(fd, purpose)

    def _close_opening(self) -> None:
        if self._opening is not None:
            self._opening.close()
            self._opening = None


def _set_constants(curl: "pycurl.Curl", settings: SenderSettings) -> None:
    """Set what never changes: no environment, no redirects, no credentials, no surprises."""
    http = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
    constants: dict[int, object] = {
        pycurl.NOSIGNAL: 1,
        pycurl.POST: 1,
        pycurl.PROXY: "",
        pycurl.NOPROXY: "*",
        pycurl.NETRC: pycurl.NETRC_IGNORED,
        pycurl.FOLLOWLOCATION: 0,
        pycurl.PROTOCOLS: http,
        pycurl.REDIR_PROTOCOLS: http,
        pycurl.PATH_AS_IS: 1,
        pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
        pycurl.HTTP09_ALLOWED: 0,
        pycurl.TCP_NODELAY: 1,
        pycurl.SSLVERSION: pycurl.SSLVERSION_TLSv1_2,
        pycurl.SSL_VERIFYPEER: 1,
        pycurl.SSL_VERIFYHOST: 2,
        pycurl.USERAGENT: settings.user_agent,
        pycurl.MAXAGE_CONN: _whole_seconds(settings.max_idle),
        pycurl.MAXLIFETIME_CONN: _whole_seconds(settings.max_lifetime),
        pycurl.DNS_CACHE_TIMEOUT: -1,
    }
    authorities = trusted_authorities(settings)
    if authorities is not None:
        constants[pycurl.CAINFO] = authorities
    for option, value in constants.items():
        curl.setopt(option, value)


def _whole_seconds(duration: timedelta) -> int:
    return max(1, int(duration.total_seconds()))
