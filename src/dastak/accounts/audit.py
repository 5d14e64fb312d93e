"""The audit log of a merchant: what was done to it, by whom, in a chain that shows every later change.

In: entries that pages and the CLI note. Out: links of a chain. Each link's hash is over the hash before it and its own
bytes, so nothing can be changed, left out or put in between without every later hash being wrong. Pure; the store
fulfils `AuditTrail`, appends one at a time per merchant, and refuses to change what is there.

The hash of link n is SHA-256 over the 32 bytes of the hash before it (zeros for the first) and the canonical bytes of
the link: JSON with sorted keys, no spaces and no escapes but those that JSON needs, in UTF-8.
"""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Protocol

BEGINNING = bytes(32)
"""What the first link's hash is over, instead of a hash."""
NEVER = datetime.min.replace(tzinfo=UTC)
DETAIL_LIMIT = 300
MOST_DETAILS = 20
CLI = "cli"
"""The actor of what was done on the server's own command line."""
SERVER = "server"
"""The actor of what the server does by itself, such as disabling a webhook that fails for days."""
LINK = "link"
"""The actor who holds a link to a recording that was given to the merchant."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done."""

    merchant_id: str
    at: datetime
    actor: str
    """Who: a member's or an operator's id, the client id of a key, `CLI`, `SERVER` or `LINK`."""
    deed: str
    """What: a value of `deed.Deed`."""
    subject: str = ""
    """To which: an id."""
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """More of it, never a customer's or a member's data: it can be read for ever."""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry in its place."""

    entry: Entry
    sequence: int
    """From 1, without a gap."""
    previous: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link of a merchant, kept apart from the chain: a chain that was cut short does not reach it."""

    sequence: int = 0
    hash: bytes = BEGINNING
    at: datetime = NEVER


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a chain is broken."""

    sequence: int
    problem: str


def linked(entry: Entry, head: Head) -> Link:
    """The entry as the next link after `head`. A clock that went back is taken as standing still."""
    placed = replace(entry, at=max(entry.at, head.at), details=_short(entry.details))
    sequence = head.sequence + 1
    return Link(placed, sequence, head.hash, digest(head.hash, placed, sequence))


def head_of(link: Link) -> Head:
    """What to keep apart once that link is in."""
    return Head(link.sequence, link.hash, link.entry.at)


def digest(previous: bytes, entry: Entry, sequence: int) -> bytes:
    """The hash of a link."""
    return hashlib.sha256(previous + canonical(entry, sequence)).digest()


def canonical(entry: Entry, sequence: int) -> bytes:
    """The bytes that the hash is over, beside the hash before it."""
    return _bytes(_facts(entry, sequence))


def exported(link: Link) -> bytes:
    """One line of an export: the facts, and both hashes in hex. Whoever has the lines can check them without us."""
    return _bytes(_facts(link.entry, link.sequence) | {"previous": link.previous.hex(), "hash": link.hash.hex()})


def checked(links: Iterable[Link], before: Head) -> tuple[Head, Fault | None]:
    """How far links that follow `before` hold: the last good one, and what is wrong with the next."""
    head = before
    for link in links:
        if link.sequence != head.sequence + 1:
            return head, Fault(head.sequence + 1, "this entry is missing")
        if not hmac.compare_digest(link.previous, head.hash):
            return head, Fault(link.sequence, "it does not follow the entry before it")
        if not hmac.compare_digest(link.hash, digest(link.previous, link.entry, link.sequence)):
            return head, Fault(link.sequence, "it was changed after it was written")
        head = head_of(link)
    return head, None


def ended(reached: Head, kept: Head) -> Fault | None:
    """Whether a chain that holds so far ends where it must."""
    if reached.sequence < kept.sequence:
        return Fault(reached.sequence + 1, "this entry is missing")
    if reached.sequence > kept.sequence or not hmac.compare_digest(reached.hash, kept.hash):
        return Fault(reached.sequence, "it is not the entry that was kept as the newest")
    return None


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which entries a page shows; empty or None: all."""

    actor: str = ""
    deed: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """Without it."""
    is_without_reading: bool = False
    """Leave out what keys read, of which there may be more than of all else."""


class AuditTrail(Protocol):
    """Where chains live. Nothing that is in one is ever changed or removed."""

    async def note(self, entry: Entry) -> None:
        """Append it, durably; entries that come together follow each other."""

    async def head(self, merchant_id: str) -> Head:
        """As it is kept apart. Raises `HeadForged` when it was not written by this deployment."""

    async def links(self, merchant_id: str, narrowing: Narrowing, before: int | None, limit: int) -> Sequence[Link]:
        """Newest first, those below the sequence `before`."""

    async def links_after(self, merchant_id: str, sequence: int, limit: int) -> Sequence[Link]:
        """Oldest first, from the next one on."""


class HeadForged(Exception):  # noqa: N818 - the name says what happened
    """The newest entry's hash, as it is kept apart, does not open with the deployment's keys."""


WALK = 1000
"""Links that are read at once."""


@dataclass(frozen=True, slots=True)
class Checking:
    """How far the check of a chain has come."""

    reached: Head = Head()
    """The last link that holds."""
    fault: Fault | None = None
    kept: int = 0
    """The sequence of the newest link, as it is kept apart."""
    is_over: bool = False
    """Nothing is left to check: the chain holds, or `fault` is what is wrong."""


async def verified(trail: AuditTrail, merchant_id: str) -> tuple[Head, Fault | None]:
    """Check a whole chain: how far it holds, and the first thing that is wrong. Entries may be noted meanwhile."""
    checking = Checking()
    while not checking.is_over:
        checking = await verified_on(trail, merchant_id, checking.reached, WALK)
    return checking.reached, checking.fault


async def verified_on(trail: AuditTrail, merchant_id: str, reached: Head, most: int) -> Checking:
    """Check the next links behind `reached`, which holds, and at the end whether it is the end that was kept."""
    try:
        kept = await trail.head(merchant_id)
    except HeadForged:
        forged = Fault(0, "what was kept of the newest entry was not written by this deployment")
        return Checking(reached, forged, is_over=True)
    links = await trail.links_after(merchant_id, reached.sequence, max(0, min(most, kept.sequence - reached.sequence)))
    reached, fault = checked(links, reached)
    if fault is None and links and reached.sequence < kept.sequence:
        return Checking(reached, None, kept.sequence)
    fault = fault or ended(reached, kept)
    if fault is not None or not await trail.links_after(merchant_id, kept.sequence, 1):
        return Checking(reached, fault, kept.sequence, is_over=True)
    newer = await trail.head(merchant_id)
    if newer.sequence > kept.sequence:
        return Checking(reached, None, newer.sequence)
    behind = Fault(kept.sequence + 1, "it stands behind the entry that was kept as the newest")
    return Checking(reached, behind, kept.sequence, is_over=True)


async def walked(trail: AuditTrail, merchant_id: str, after: int, upto: int) -> AsyncIterator[Sequence[Link]]:
    """The chain from behind one sequence up to another, piece by piece."""
    sequence = after
    while sequence < upto:
        links = await trail.links_after(merchant_id, sequence, min(WALK, upto - sequence))
        if not links:
            return
        yield links
        sequence = links[-1].sequence


def _facts(entry: Entry, sequence: int) -> dict[str, Any]:
    return {
        "merchant_id": entry.merchant_id,
        "sequence": sequence,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "actor": entry.actor,
        "deed": entry.deed,
        "subject": entry.subject,
        "details": dict(entry.details),
    }


def _bytes(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def _short(details: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType({name: value[:DETAIL_LIMIT] for name, value in sorted(details.items())[:MOST_DETAILS]})
