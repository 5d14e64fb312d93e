"""Receivers for the sender's tests: raw sockets on loopback, each connection played by a script on its own thread."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

Script = Callable[["Receiver", socket.socket], None]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Receiver:
    """A listening socket whose every connection is handed to `script`; records what it read."""

    def __init__(self, script: Script, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family, backlog=1024)
        self._script = script
        self._tls = tls
        self._connections: list[socket.socket] = []
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self.host = host
        self.port = int(self._listener.getsockname()[1])
        self.closing = threading.Event()
        self.reached = threading.Event()
        """A script may set it to tell the test how far it is; `read_request` does."""
        self.requests: list[bytes] = []
        self.accepted = 0

    def url(self, path: str = "/hook", *, host: str | None = None, scheme: str = "http") -> str:
        return f"{scheme}://{host or self.host}:{self.port}{path}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._connections:
                _shut(connection)
        for thread in self._threads:
            thread.join(5)
        for connection in self._connections:
            connection.close()

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._connections.append(connection)
                self.accepted += 1
            self._start(self._play, connection)

    def _play(self, connection: socket.socket) -> None:
        spoken = connection
        try:
            if self._tls is not None:
                spoken = self._tls.wrap_socket(connection, server_side=True)
                with self._lock:
                    self._connections.append(spoken)
            self._script(self, spoken)
        except OSError:
            pass
        finally:
            spoken.close()


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def read_request(receiver: Receiver, connection: socket.socket) -> bytes:
    """Read one whole request (empty if the sender closed), record it."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return b""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < int(lengths[0]):
        chunk = connection.recv(65536)
        if not chunk:
            return b""
        body += chunk
    request = head + b"\r\n\r\n" + body
    receiver.requests.append(request)
    receiver.reached.set()
    return request


def answering(*parts: bytes, then_close: bool = False) -> Script:
    """A receiver that answers every request with these bytes."""

    def script(receiver: Receiver, connection: socket.socket) -> None:
        while read_request(receiver, connection):
            for part in parts:
                connection.sendall(part)
            if then_close:
                return

    return script


def endless(start: bytes, repeated: bytes, *, pause: float = 0.0) -> Script:
    """A receiver that begins with `start` and then sends `repeated` for ever, `pause` seconds apart."""

    def script(receiver: Receiver, connection: socket.socket) -> None:
        read_request(receiver, connection)
        connection.sendall(start)
        while not receiver.closing.wait(pause) if pause else not receiver.closing.is_set():
            connection.sendall(repeated)

    return script


def silent(receiver: Receiver, connection: socket.socket) -> None:
    """A receiver that accepts and says nothing."""
    receiver.reached.set()
    receiver.closing.wait()


def reset(connection: socket.socket) -> None:
    """Make closing send a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
