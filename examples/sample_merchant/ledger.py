"""What the merchant remembers: every event once, and where each customer stands. One SQLite file, also the inbox's.

In: the inbox calls `act` and `note` inside its transactions. Out: the page reads customers with their events.
"""

import json
import sqlite3
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dastak_sdk import Event, KycLinkData

SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY,
    dedupe_key TEXT NOT NULL,
    customer TEXT NOT NULL,
    type TEXT NOT NULL,
    form_status TEXT NOT NULL,
    checks TEXT NOT NULL,
    sequence INTEGER,
    attempt INTEGER,
    received_at TEXT NOT NULL,
    duplicates INTEGER NOT NULL DEFAULT 0,
    raw BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS events_of_key ON events (dedupe_key);
CREATE INDEX IF NOT EXISTS events_of_customer ON events (customer, number);
CREATE TABLE IF NOT EXISTS customers (
    customer TEXT PRIMARY KEY,
    form_link TEXT NOT NULL,
    form_status TEXT NOT NULL,
    checks TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    changed_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS refusals (reason TEXT PRIMARY KEY, times INTEGER NOT NULL, last_at TEXT NOT NULL);
"""

KEEP_EVENT = """
INSERT OR IGNORE INTO events
    (dedupe_key, customer, type, form_status, checks, sequence, attempt, received_at, raw)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

COUNT_DUPLICATE = """
UPDATE events SET duplicates = duplicates + 1 WHERE number = (SELECT MAX(number) FROM events WHERE dedupe_key = ?)
"""

# No word about order: the inbox calls `act` in the order of the journey, and `note` for what comes too late.
MOVE_CUSTOMER = """
INSERT INTO customers (customer, form_link, form_status, checks, sequence, changed_at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (customer) DO UPDATE SET
    form_link = excluded.form_link, form_status = excluded.form_status, checks = excluded.checks,
    sequence = excluded.sequence, changed_at = excluded.changed_at
"""

ADD_CUSTOMER = """
INSERT INTO customers (customer, form_link, form_status, checks, sequence, changed_at)
VALUES (?, ?, 'RECEIVED', '[]', 0, ?) ON CONFLICT (customer) DO NOTHING
"""

COUNT_REFUSAL = """
INSERT INTO refusals (reason, times, last_at) VALUES (?, 1, ?)
ON CONFLICT (reason) DO UPDATE SET times = times + 1, last_at = excluded.last_at
"""

CUSTOMERS = (
    "SELECT customer, form_link, form_status, checks FROM customers ORDER BY changed_at DESC, rowid DESC LIMIT ?"
)

EVENTS = """
SELECT number, type, form_status, checks, sequence, attempt, received_at, duplicates, raw
FROM events WHERE customer = ? ORDER BY number DESC LIMIT ?
"""

NO_CUSTOMER = ""
"""Events about nobody, such as the one that tests the URL."""

Checks = tuple[tuple[str, str], ...]
"""(type, status) of each check."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is kept of one event."""

    dedupe_key: str
    type: str
    raw: bytes
    customer: str = NO_CUSTOMER
    form_link: str = ""
    form_status: str = ""
    checks: Checks = ()
    sequence: int | None = None
    attempt: int | None = None

    @classmethod
    def of(cls, event: Event) -> "Arrival":
        """What this merchant needs of an event. An event type that we do not know is kept all the same."""
        kept = cls(event.dedupe_key, event.type, event.raw, sequence=event.sequence, attempt=event.attempt)
        if not isinstance(event.data, KycLinkData):
            return kept
        return replace(
            kept,
            customer=event.data.verification_id,
            form_link=event.data.form_link,
            form_status=event.data.form_status,
            checks=tuple((check.type, check.status) for check in event.data.verification_details),
        )


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """One event on the page."""

    number: int
    type: str
    form_status: str
    checks: Checks
    sequence: int | None
    attempt: int | None
    received_at: str
    duplicates: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer on the page, events newest first."""

    name: str
    form_link: str
    form_status: str
    checks: Checks
    events: tuple[KeptEvent, ...]


def act(connection: sqlite3.Connection, event: Event) -> None:
    """Note an event, and move its customer to where it says they stand. The effect of the inbox: leave commit to it."""
    arrival = note(connection, event)
    if arrival.customer != NO_CUSTOMER:
        checks = json.dumps(arrival.checks)
        row = (arrival.customer, arrival.form_link, arrival.form_status, checks, arrival.sequence or 0, _now())
        connection.execute(MOVE_CUSTOMER, row)


def note(connection: sqlite3.Connection, event: Event) -> Arrival:
    """Note an event, and nothing else: for one that is late, or that this version does not know."""
    arrival = Arrival.of(event)
    connection.execute(KEEP_EVENT, _event_row(arrival))
    return arrival


def count_duplicate(connection: sqlite3.Connection, key: str) -> None:
    """Count that an event came again, by its key in the inbox."""
    connection.execute(COUNT_DUPLICATE, (key.partition("+")[0],))


class Ledger:
    """What the page reads. One connection, one lock; the inbox has connections of its own."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=5)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")  # what got a 200 survives a power cut
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def add_link(self, customer: str, form_link: str) -> None:
        """Remember a link that we asked for; its first event may have been faster."""
        with self._lock:
            self._db.execute(ADD_CUSTOMER, (customer, form_link, _now()))

    def count_refusal(self, reason: str) -> None:
        """Count a POST that was not accepted; nothing of its content is kept."""
        with self._lock:
            self._db.execute(COUNT_REFUSAL, (reason, _now()))

    def customers(self, limit: int = 50) -> tuple[Customer, ...]:
        """The customers that changed last."""
        with self._lock:
            rows = self._db.execute(CUSTOMERS, (limit,)).fetchall()
            return tuple(
                Customer(name, form_link, form_status, _checks(checks), self._events_of(name))
                for name, form_link, form_status, checks in rows
            )

    def other_events(self) -> tuple[KeptEvent, ...]:
        """Events about nobody."""
        with self._lock:
            return self._events_of(NO_CUSTOMER)

    def totals(self) -> tuple[int, int]:
        """How many events were kept, and how many duplicates were recognised."""
        with self._lock:
            row = self._db.execute("SELECT count(*), coalesce(sum(duplicates), 0) FROM events").fetchone()
        return int(row[0]), int(row[1])

    def refusals(self) -> tuple[tuple[str, int], ...]:
        """How often each reason turned a POST away."""
        with self._lock:
            return tuple(self._db.execute("SELECT reason, times FROM refusals ORDER BY last_at DESC").fetchall())

    def _events_of(self, customer: str, limit: int = 50) -> tuple[KeptEvent, ...]:
        rows = self._db.execute(EVENTS, (customer, limit)).fetchall()
        return tuple(_kept_event(row) for row in rows)


def _event_row(arrival: Arrival) -> tuple[object, ...]:
    return (
        arrival.dedupe_key,
        arrival.customer,
        arrival.type,
        arrival.form_status,
        json.dumps(arrival.checks),
        arrival.sequence,
        arrival.attempt,
        _now(),
        arrival.raw,
    )


def _kept_event(row: tuple[Any, ...]) -> KeptEvent:
    number, type_, form_status, checks, *rest = row
    return KeptEvent(number, type_, form_status, _checks(checks), *rest)


def _checks(text: str) -> Checks:
    return tuple((str(type_), str(status)) for type_, status in json.loads(text))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
