"""One thing at a time per link, and no thing twice.

In: a handler asks for its turn, or whether it has just done this. Out: a lock, or what came of the first time.
A second process is held back by the store's version check; this keeps a double click from ever getting that far.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from dastak.journeys.kyc_link.link import Check

MEMORY = timedelta(seconds=60)
"""How long a repeated form is recognised."""

REMEMBERED = 4096


class Turns:
    """A lock per key that exists only while someone holds or awaits it."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def of(self, key: str) -> AsyncIterator[None]:
        """Wait for the key's turn."""
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks.pop(key)
            if users > 1:
                self._locks[key] = (lock, users - 1)


class Done:
    """What was done in the last minute, by a digest of the form that asked for it."""

    def __init__(self) -> None:
        self._done: dict[str, tuple[datetime, str]] = {}

    def note(self, now: datetime, outcome: str, *words: str) -> None:
        """Remember the outcome of a form."""
        self._done[_digest(words)] = (now, outcome)
        while len(self._done) > REMEMBERED:
            self._done.pop(next(iter(self._done)))

    def outcome(self, now: datetime, *words: str) -> str | None:
        """What came of the same form a moment ago; None when it is new."""
        at, outcome = self._done.get(_digest(words), (None, ""))
        return outcome if at is not None and now - at < MEMORY else None


def stamp(check: Check) -> str:
    """A mark of the state in which a check's form was shown: it changes as soon as the form has been used."""
    waiting = check.aadhaar.source_ref if check.aadhaar else ""
    return mark(check.type.value, check.status.value, str(check.tries), waiting)


def mark(*words: str) -> str:
    """A short mark that is another one as soon as one of the words is."""
    return _digest(words)[:16]


def _digest(words: tuple[str, ...]) -> str:
    return hashlib.sha256(repr(words).encode()).hexdigest()
