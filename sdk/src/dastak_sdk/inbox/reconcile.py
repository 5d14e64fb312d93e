"""Repair an inbox by pulling: compare it with the sender's events, and take in what is missing.

In: an `Inbox`, and the address and credentials of a Dastak. Out: a `Repair` that counts what was found. Called by the
merchant: from a scheduler, after an outage, or when an auditor asks whether the books are complete.
"""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from dastak_sdk.envelope import Event, read_any_event
from dastak_sdk.inbox.inbox import Inbox
from dastak_sdk.inbox.rows import Rows
from dastak_sdk.inbox.store import InboxError
from dastak_sdk.inbox.turns import Outcome

HandleT = TypeVar("HandleT")

PAGE = 200
"""Events per call; the most that Dastak gives."""

LONGEST_GAP = 1000
"""How many missing events of one journey are asked for at a time."""


@dataclass(frozen=True)
class Page:
    """One answer of `GET /api/v1/events`."""

    events: tuple[Event, ...]
    cursor: str
    """Where to go on."""
    is_last: bool
    forgotten: int = 0
    """Further events, whose bodies the sender no longer keeps."""


@dataclass(frozen=True)
class Repair:
    """What a comparison found."""

    seen: int
    """Events that the sender has."""
    missing: int
    """Of them, those that the inbox had not; now it has."""
    cursor: str | None
    """Where the next comparison begins; None when it was not by cursor."""
    forgotten: int = 0
    """Of those seen, the ones whose bodies the sender no longer keeps: whether the inbox had them cannot be told."""


class _NeverElsewhere(urllib.request.HTTPRedirectHandler):
    """Redirects are errors: followed, they would take the merchant's key to wherever they lead."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NeverElsewhere)


class Sender:
    """The pull API of one Dastak, with a merchant's credentials."""

    def __init__(self, url: str, client_id: str, client_secret: str, *, timeout_seconds: float = 30) -> None:
        """Set up with the address of the server, such as `https://kyc.example`."""
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise InboxError("The address of the sender begins with https:// (or http:// on one machine).")
        self.url = url.rstrip("/")
        self._headers = {"x-client-id": client_id, "x-client-secret": client_secret}
        self._timeout = timeout_seconds

    def page(self, after: str, **filters: str | int) -> Page:
        """Read one page of events, in the order in which they happened. Raises `OSError` when the call fails."""
        query = urllib.parse.urlencode({"after": after, "limit": PAGE, **filters})
        request = urllib.request.Request(f"{self.url}/api/v1/events?{query}", headers=self._headers)  # noqa: S310 - checked
        with _OPENER.open(request, timeout=self._timeout) as answer:
            value = json.load(answer)
        rows = value["data"]
        kept = tuple(_event(row) for row in rows if row["raw_body"] is not None)
        return Page(kept, value["cursor"], value["next"] is None, len(rows) - len(kept))

    def pages(self, after: str, **filters: str | int) -> Iterator[Page]:
        """Read from a cursor to the end."""
        is_last = False
        while not is_last:
            page = self.page(after, **filters)
            yield page
            after, is_last = page.cursor, page.is_last


def reconcile(inbox: Inbox[HandleT], sender: Sender, *, since_start: bool = False) -> Repair:
    """Compare the inbox with the sender's events and take in what is missing, from where the last comparison ended.

    The cursor is kept in the inbox's database, after each page, so that a comparison that was cut short goes on.
    `since_start`: from the first event on, whatever was compared before.
    """
    seen = missing = forgotten = 0
    cursor = "0" if since_start else _cursor(inbox, sender) or "0"
    for page in sender.pages(cursor):
        missing += sum(inbox.receive(event, pulled=True).outcome is not Outcome.DUPLICATE for event in page.events)
        seen += len(page.events) + page.forgotten
        forgotten += page.forgotten
        cursor = page.cursor
        with inbox.store.transaction() as transaction:
            Rows(transaction).save_cursor(sender.url, cursor)
    return Repair(seen, missing, cursor, forgotten)


def fetch_missing(inbox: Inbox[HandleT], sender: Sender, limit: int = 100) -> Repair:
    """Ask for exactly what journeys in the inbox wait for, so that they need not wait for a retry or for patience."""
    seen = missing = forgotten = 0
    for lane, first, last in inbox.gaps(limit):
        wanted: dict[str, str | int] = {
            "verification_id": lane.partition(":")[2],
            "sequence_from": first,
            "sequence_to": min(last, first + LONGEST_GAP - 1),
        }
        for page in sender.pages("0", **wanted):
            missing += sum(inbox.receive(event, pulled=True).outcome is not Outcome.DUPLICATE for event in page.events)
            seen += len(page.events) + page.forgotten
            forgotten += page.forgotten
    return Repair(seen, missing, None, forgotten)


def _cursor(inbox: Inbox[HandleT], sender: Sender) -> str | None:
    with inbox.store.transaction() as transaction:
        return Rows(transaction).cursor(sender.url)


def _event(value: Mapping[str, Any]) -> Event:
    return replace(read_any_event(value["raw_body"].encode()), id=value["id"], sequence=value["sequence"])
