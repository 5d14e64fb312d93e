"""Names to addresses, once, by ourselves, beside the engine's thread because the system's look-up blocks.

In: a host name. Out: its addresses or the reason there are none, kept for a few seconds. Called by the engine only,
on its own thread; the look-ups themselves run on a few daemon threads, so that a hung one delays neither the engine
nor an exit.
"""

import socket
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue

Resolve = Callable[[str], Sequence[str]]
"""Looks a name up, blocking; returns IP addresses as text, preferred first. Raises `OSError` when there are none."""

_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class LookUp:
    """What a name resolved to: addresses, or a sentence saying why there are none."""

    host: str
    addresses: tuple[str, ...] = ()
    error: str = ""


def system_resolve(host: str) -> list[str]:
    """Ask the machine's own resolver (hosts file, DNS); the default `Resolve`."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Resolver:
    """Looks names up on its own threads, one look-up per name at a time, and keeps good answers for `ttl` seconds.

    An answer from the cache is as safe as a new one: the guard judges it at every POST, and libcurl connects to the
    judged addresses only. Failures are not kept. A hung look-up occupies one thread whoever waits for it.
    """

    def __init__(self, resolve: Resolve, wake: Callable[[], None], *, ttl: float, threads: int) -> None:
        self._resolve = resolve
        self._wake = wake
        self._ttl = ttl
        self._limit = threads
        self._threads = 0
        self._asked: set[str] = set()
        self._known: dict[str, tuple[float, LookUp]] = {}
        self._questions: SimpleQueue[str | None] = SimpleQueue()
        self._answers: deque[LookUp] = deque()

    def known(self, host: str, now: float) -> LookUp | None:
        """Return an answer that is still fresh, or None."""
        entry = self._known.get(host)
        return entry[1] if entry is not None and entry[0] > now else None

    def ask(self, host: str) -> None:
        """Start a look-up unless one for this name is under way; `wake` is called when `answers` has something."""
        if host in self._asked:
            return
        self._asked.add(host)
        self._questions.put(host)
        if self._threads < min(self._limit, len(self._asked)):
            self._threads += 1
            threading.Thread(target=self._work, name="dastak-resolver", daemon=True).start()

    def answers(self, now: float) -> list[LookUp]:
        """Take the look-ups that ended since the last call."""
        ended = []
        while self._answers:
            found = self._answers.popleft()
            self._asked.discard(found.host)
            if found.addresses:
                self._remember(found, now)
            ended.append(found)
        return ended

    def close(self) -> None:
        """Let the threads end after the look-up each is in; does not wait for them."""
        for _ in range(self._threads):
            self._questions.put(None)

    def _remember(self, found: LookUp, now: float) -> None:
        if len(self._known) >= _REMEMBERED:
            self._known = {host: entry for host, entry in self._known.items() if entry[0] > now}
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[found.host] = (now + self._ttl, found)

    def _work(self) -> None:
        while (host := self._questions.get()) is not None:
            self._answers.append(_look_up(self._resolve, host))
            self._wake()


def _look_up(resolve: Resolve, host: str) -> LookUp:
    try:
        addresses = tuple(resolve(host))
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            return LookUp(host, error=f"The name server did not answer for {host}; this is usually temporary.")
        return LookUp(host, error=f"The name {host} has no address: check the spelling and its DNS records.")
    except Exception:  # noqa: BLE001 - whatever a resolver raises, the posts that wait must hear of it
        return LookUp(host, error=f"The name {host} could not be looked up.")
    if not addresses:
        return LookUp(host, error=f"The name {host} has no address: check its DNS records.")
    return LookUp(host, addresses)
