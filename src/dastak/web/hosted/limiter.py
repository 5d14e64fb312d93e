"""How often one visitor may try: the port, and a short memory of who guessed too many links.

In: the pages name a bucket and a key. Out: None, or how long to wait.
"""

from datetime import datetime, timedelta
from typing import Literal, Protocol

Bucket = Literal["check", "link_miss", "otp", "phone", "page", "static", "static_link"]

REMEMBERED = 10_000
"""Addresses kept at once; the oldest are forgotten first."""


class Limiter(Protocol):
    """Counts one use of a bucket by a key."""

    def allow(self, bucket: str, key: str) -> timedelta | None:
        """None when allowed, else how long to wait."""


class Guessers:
    """Addresses that asked for too many links that do not exist.

    While one waits it is refused *before* any look-up: an answer can then never tell a link that exists from one that
    does not. Customers with a confirmed session are not asked here, so neighbours behind one address can finish.
    """

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}

    def note(self, address: str, until: datetime) -> None:
        """Refuse that address until then."""
        self._until.pop(address, None)
        self._until[address] = until
        while len(self._until) > REMEMBERED:
            self._until.pop(next(iter(self._until)))

    def wait(self, address: str, now: datetime) -> timedelta | None:
        """How long that address still has to wait; None when it may ask."""
        until = self._until.get(address)
        if until is None:
            return None
        if until <= now:
            del self._until[address]
            return None
        return until - now
