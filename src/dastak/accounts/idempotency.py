"""A write that a merchant asks for twice under one key is done once.

In: what was asked under a key, and what is kept of an earlier time. Out: what that means now. The web edge asks, a
store keeps; `judge` decides for every store alike.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

KEPT_FOR = timedelta(hours=24)
"""How long a key means the request that it came with."""

LEASE = timedelta(seconds=60)
"""How long a request that has begun may take; then its process counts as dead, and a repeat is carried out."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A write, and the key that it came with."""

    merchant_id: str
    key: str
    request: str
    """A digest of everything that was asked: method, path, query, body."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What the API answered. It may hold secrets: it is kept sealed."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a key."""

    is_same: bool
    """Whether it came with the same request."""
    is_answered: bool
    leased_until: datetime
    """Until then somebody is at work on it, unless it is answered."""
    expires_at: datetime
    """From then on it is as if it had never been."""


class Standing(Enum):
    """What a key means for the request that comes with it."""

    NEW = "new"
    """Carry it out: never seen, forgotten, or begun by a process that is dead."""
    ANSWERED = "answered"
    """Answer what was answered."""
    RUNNING = "running"
    """The same request is being carried out at this moment."""
    REUSED = "reused"
    """The key came with another request."""


def judge(kept: Kept | None, now: datetime) -> Standing:
    """What is kept of a key → what to do."""
    if kept is None or kept.expires_at <= now:
        return Standing.NEW
    if not kept.is_same:
        return Standing.REUSED
    if kept.is_answered:
        return Standing.ANSWERED
    return Standing.RUNNING if kept.leased_until > now else Standing.NEW


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to carry a request out, and to say how it ended."""

    merchant_id: str
    place: bytes
    """Where the store keeps it; the store's own."""
    id: str
    """Another one, once somebody else took over after the lease."""


@dataclass(frozen=True, slots=True)
class Begun:
    """How a key stands; `ticket` if NEW, `answer` if ANSWERED."""

    standing: Standing
    ticket: Ticket | None = None
    answer: KeptAnswer | None = None


class IdempotencyStore(Protocol):
    """Remembers keys. Every call is one transaction, and all processes see the same."""

    async def begin(self, asked: Asked, ticket_id: str, now: datetime, lease: timedelta) -> Begun:
        """Look the key up and, if it is NEW, take it, at once: of many who come together one gets the ticket."""

    async def finish(self, ticket: Ticket, answer: KeptAnswer, now: datetime) -> bool:
        """Keep the answer for `KEPT_FOR`; False when somebody else holds the key by now."""

    async def release(self, ticket: Ticket) -> None:
        """Forget the key: the request came to nothing and may be made again."""

    async def forget(self, now: datetime, most: int) -> int:
        """Remove so many that have expired, at most; how many were removed."""
