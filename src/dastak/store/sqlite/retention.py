"""Lets go of what was kept long enough in SQLite. Fulfils `webhooks.retention.Expiring`.

Each step is one write among others on the writer thread, and a few pages of the file are given back to the disk with
it, once a tenth of the file is free. What is gone is marked by an empty box (`sealed_… = x''`): the vault never makes
one.
"""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime

from dastak.store.instant import to_us
from dastak.store.sqlite.engine import Engine
from dastak.webhooks.retention import Expired, Kept

BLANK_EXCHANGES = """
    UPDATE attempts SET sealed_exchange = x'' WHERE rowid IN (
        SELECT rowid FROM attempts INDEXED BY attempts_with_exchange
        WHERE sealed_exchange <> x'' AND ended_at < ? ORDER BY ended_at LIMIT ?)"""
FINISHED = """
    SELECT position FROM deliveries INDEXED BY deliveries_finished
    WHERE finished_at < ? AND state <> 'pending' ORDER BY finished_at LIMIT ?"""
DELETE_ATTEMPTS = "DELETE FROM attempts WHERE delivery_position = ?"
DELETE_DELIVERY = "DELETE FROM deliveries WHERE position = ?"
WITH_BODY = """
    SELECT occurred_at, position, merchant_id, id FROM events INDEXED BY events_with_body
    WHERE sealed_body <> x'' AND occurred_at < ? AND (occurred_at, position) > (?, ?)
    ORDER BY occurred_at, position LIMIT ?"""
IS_PENDING = "SELECT 1 FROM deliveries WHERE merchant_id = ? AND event_id = ? AND state = 'pending' LIMIT 1"
BLANK_BODY = "UPDATE events SET sealed_body = x'' WHERE position = ?"
NEXT_EVENTS = "SELECT position, occurred_at, merchant_id, id FROM events WHERE position > ? ORDER BY position LIMIT ?"
HAS_DELIVERY = "SELECT 1 FROM deliveries WHERE merchant_id = ? AND event_id = ? LIMIT 1"
DELETE_EVENT = "DELETE FROM events WHERE position = ?"
DELETE_NOTICES = """
    DELETE FROM notices WHERE id IN (
        SELECT id FROM notices INDEXED BY notices_finished
        WHERE finished_at < ? AND state <> 'pending' ORDER BY finished_at LIMIT ?)"""
DELETE_HOURS = """
    DELETE FROM endpoint_hours WHERE (merchant_id, endpoint_id, hour) IN (
        SELECT merchant_id, endpoint_id, hour FROM endpoint_hours INDEXED BY endpoint_hours_by_age
        WHERE hour < ? LIMIT ?)"""

BEGINNING = (-(2**63), 0)
INCREMENTAL = 2
"""The answer of `PRAGMA auto_vacuum` for a file that can give pages back a few at a time."""
PAGES = 200
"""Given back in one step."""
FREE_SHARE = 10
"""Less than a tenth of free pages stays in the file: new rows will need them soon."""


class SqliteRetention:
    """The keeper's side of one file."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._body_after = BEGINNING
        self._event_after = 0
        self._steps: Mapping[Kept, Callable[[sqlite3.Connection, int, int], Expired]] = {
            Kept.EXCHANGES: _exchanges,
            Kept.DELIVERIES: _deliveries,
            Kept.BODIES: self._bodies,
            Kept.EVENTS: self._events,
            Kept.NOTICES: _notices,
            Kept.HOURS: _hours,
        }

    async def prepare(self, now: datetime) -> None:
        """Days are not kept apart here."""

    async def expire(self, what: Kept, before: datetime, at_most: int) -> Expired:
        def work(connection: sqlite3.Connection) -> Expired:
            done = self._steps[what](connection, to_us(before), at_most)
            return Expired(done.count, _give_back(connection) or done.more)

        return await self._engine.write(work, durable=False)

    def _bodies(self, connection: sqlite3.Connection, before: int, at_most: int) -> Expired:
        rows = connection.execute(WITH_BODY, (before, *self._body_after, at_most)).fetchall()
        free = [row for row in rows if connection.execute(IS_PENDING, (row[2], row[3])).fetchone() is None]
        connection.executemany(BLANK_BODY, [(row["position"],) for row in free])
        more = len(rows) == at_most
        self._body_after = (rows[-1]["occurred_at"], rows[-1]["position"]) if more else BEGINNING
        return Expired(len(free), more)

    def _events(self, connection: sqlite3.Connection, before: int, at_most: int) -> Expired:
        rows = connection.execute(NEXT_EVENTS, (self._event_after, at_most)).fetchall()
        old = [row for row in rows if row["occurred_at"] < before]
        free = [row for row in old if connection.execute(HAS_DELIVERY, (row[2], row[3])).fetchone() is None]
        connection.executemany(DELETE_EVENT, [(row["position"],) for row in free])
        more = len(rows) == at_most and bool(old)  # positions grow with time: from here on all are younger
        self._event_after = rows[-1]["position"] if more else 0
        return Expired(len(free), more)


def _exchanges(connection: sqlite3.Connection, before: int, at_most: int) -> Expired:
    count = connection.execute(BLANK_EXCHANGES, (before, at_most)).rowcount
    return Expired(count, count == at_most)


def _deliveries(connection: sqlite3.Connection, before: int, at_most: int) -> Expired:
    positions = [(row["position"],) for row in connection.execute(FINISHED, (before, at_most))]
    connection.executemany(DELETE_ATTEMPTS, positions)
    connection.executemany(DELETE_DELIVERY, positions)
    return Expired(len(positions), len(positions) == at_most)


def _notices(connection: sqlite3.Connection, before: int, at_most: int) -> Expired:
    count = connection.execute(DELETE_NOTICES, (before, at_most)).rowcount
    return Expired(count, count == at_most)


def _hours(connection: sqlite3.Connection, before: int, at_most: int) -> Expired:
    count = connection.execute(DELETE_HOURS, (before, at_most)).rowcount
    return Expired(count, count == at_most)


def _give_back(connection: sqlite3.Connection) -> bool:
    """Give a few free pages back to the disk, if much is free; whether there is more to give."""
    if _number(connection, "auto_vacuum") != INCREMENTAL or not _much_is_free(connection):
        return False
    for _ in range(PAGES):
        connection.execute("PRAGMA incremental_vacuum(1)")  # the library lets one call do one page
    return _much_is_free(connection)


def _much_is_free(connection: sqlite3.Connection) -> bool:
    free = _number(connection, "freelist_count")
    return free > PAGES and free * FREE_SHARE > _number(connection, "page_count")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])
