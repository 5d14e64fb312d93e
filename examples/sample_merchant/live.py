"""Tells open pages that something new has arrived.

In: the webhook handler rings. Out: every page's stream wakes up.
"""

import threading


class Bell:
    """A number that grows; whoever waits for it to grow is woken."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._number = 0
        self._closed = False

    @property
    def number(self) -> int:
        """How often it rang."""
        return self._number

    @property
    def is_closed(self) -> bool:
        """Whether the server is going away."""
        return self._closed

    def ring(self) -> None:
        """Wake everyone."""
        with self._changed:
            self._number += 1
            self._changed.notify_all()

    def close(self) -> None:
        """Wake everyone for the last time."""
        # No lock: this runs in a signal handler, which may have interrupted someone who holds it.
        self._closed = True

    def wait(self, seen: int, seconds: float) -> int:
        """The number, as soon as it is another one than `seen`, at the latest after that many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._number != seen or self._closed, timeout=seconds)
            return self._number
