"""SQLite has no statistics of ours: which index it takes for a page of events is pinned here."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from dastak.store.sqlite.engine import connect
from dastak.store.sqlite.history import EVENTS, LATEST, LATEST_OF, WINDOW, _filtered, _index, _wanted
from dastak.store.sqlite.migration import migrate
from dastak.webhooks.log import EventFilter


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(tmp_path / "dastak.db")
    migrate(connection)
    yield connection
    connection.close()


def plan(database: sqlite3.Connection, sql: str) -> str:
    values = ("x",) * sql.count("?")
    return "; ".join(row["detail"] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", values))


@pytest.mark.parametrize(
    ("which", "found_by"),
    [
        (EventFilter(), "events_in_order (merchant_id=? AND position>? AND position<?)"),
        (EventFilter(type="x"), "events_in_order (merchant_id=? AND position>? AND position<?)"),
        (EventFilter(journey_id="x", type="x"), "events_by_journey (merchant_id=? AND journey_id=?)"),
        (
            EventFilter(journey_id="x", sequence_from=3, sequence_to=5),
            "events_by_journey (merchant_id=? AND journey_id=? AND sequence>? AND sequence<?)",
        ),
        (EventFilter(verification_id="x"), "events_by_verification_id (merchant_id=? AND verification_id=? AND pos"),
    ],
)
def test_a_page_is_found_by_an_index_that_fits_its_filter(
    database: sqlite3.Connection, which: EventFilter, found_by: str
) -> None:
    sql, _ = _filtered(EVENTS.format(_index(which)), {**_wanted(which), "position <= ?": 9})
    assert f"SEARCH events USING INDEX {found_by}" in plan(database, sql)


@pytest.mark.parametrize("sql", [WINDOW, LATEST, LATEST_OF])
def test_how_far_the_log_goes_is_read_from_the_index_alone(database: sqlite3.Connection, sql: str) -> None:
    assert "USING COVERING INDEX events_in_order (merchant_id=?" in plan(database, sql)
    assert "SCAN events" not in plan(database, sql)
