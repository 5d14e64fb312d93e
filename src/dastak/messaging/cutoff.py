"""A hard end for one blocking conversation in a thread.

In: how long it may take and, as soon as there is one, its socket. Out: at the end the socket is shut down, so whatever
call the thread is in fails at once. Used by the SMTP and HTTP gateways: time limits of single reads alone would let a
server that trickles one byte at a time hold a thread for hours.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Self


class Cutoff:
    """Use as a context manager around the conversation."""

    def __init__(self, after: timedelta) -> None:
        self._ends_at = time.monotonic() + after.total_seconds()
        self._socket_of: Callable[[], socket.socket | None] = lambda: None
        self._timer = threading.Timer(after.total_seconds(), self._cut)
        self._timer.daemon = True

    def watch(self, socket_of: Callable[[], socket.socket | None]) -> None:
        """Say where the conversation's socket is to be found when the time is over."""
        self._socket_of = socket_of

    def left(self) -> float:
        """Seconds that remain. Raises `TimeoutError` when none do, so that nothing begins too late."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("The conversation took too long.")
        return left

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        sock = self._socket_of()
        if sock is not None:
            with contextlib.suppress(OSError):
                # Past any TLS layer: the thread may be inside it, and a polite goodbye could block.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
