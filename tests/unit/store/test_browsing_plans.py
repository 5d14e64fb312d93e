"""SQLite has no statistics of ours: by which index it finds a page of the dashboard's log is pinned here."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dastak.store.sqlite import browsing
from dastak.store.sqlite.browsing import Source, _also, _few, _source, _values
from dastak.store.sqlite.engine import connect
from dastak.store.sqlite.migration import migrate
from dastak.webhooks.browsing import Sought
from dastak.webhooks.delivery import DeliveryState

AT = datetime(2026, 3, 1, tzinfo=UTC)
BOUND = {
    "merchant_id": "x",
    "before": 9,
    "low": 0,
    "floor": 0,
    "limit": 9,
    "scan": 9,
    "few": 9,
    "positions": "[]",
    "ids": "[]",
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(tmp_path / "dastak.db")
    migrate(connection)
    yield connection
    connection.close()


def plan(database: sqlite3.Connection, sql: str, sought: Sought) -> str:
    rows = database.execute(f"EXPLAIN QUERY PLAN {sql}", BOUND | _values(sought))
    return "; ".join(row["detail"] for row in rows)


SCANS = [
    (Sought(), "deliveries_in_order (merchant_id=? AND position>? AND position<?)"),
    (Sought(event_type="x", since=AT), "deliveries_in_order (merchant_id=? AND position>? AND position<?)"),
    (Sought(state=DeliveryState.DELIVERED), "deliveries_in_order (merchant_id=? AND position>? AND position<?)"),
    (
        Sought(endpoint_id="x", event_type="x"),
        "deliveries_by_endpoint (merchant_id=? AND endpoint_id=? AND position>? AND position<?)",
    ),
    (
        Sought(endpoint_id="x", state=DeliveryState.GIVEN_UP),
        "deliveries_given_up (merchant_id=? AND position>? AND position<?)",
    ),
]


@pytest.mark.parametrize(("sought", "found_by"), SCANS)
def test_a_page_is_read_in_the_order_of_an_index(database: sqlite3.Connection, sought: Sought, found_by: str) -> None:
    source: Source = _source(database, "x", sought)
    window = plan(database, browsing.WINDOW.format(source=source.sql), sought)
    assert f"INDEX {found_by}" in window
    page = plan(database, browsing.PAGE.format(source=source.sql, also=_also(sought)), sought)
    assert f"SEARCH deliveries USING INDEX {found_by}".replace("position", "rowid") in page.replace("position", "rowid")
    assert "TEMP B-TREE" not in window + page


@pytest.mark.parametrize(
    ("sought", "found_by"),
    [
        (Sought(event_id="x"), "SEARCH deliveries USING INDEX deliveries_by_event (merchant_id=? AND event_id=?"),
        (
            Sought(verification_id="x"),
            "deliveries_by_verification_id (merchant_id=? AND verification_id=? AND position<?)",
        ),
        (Sought(journey_id="x"), "events_by_journey (merchant_id=? AND journey_id=?)"),
        (Sought(journey_id="x"), "SEARCH d USING INDEX deliveries_by_event_position (event_position=?"),
    ],
)
def test_the_deliveries_of_one_journey_or_event_are_found_by_it(
    database: sqlite3.Connection, sought: Sought, found_by: str
) -> None:
    assert found_by in plan(database, _few(sought), sought)


def test_what_is_pending_is_found_by_its_lanes(database: sqlite3.Connection) -> None:
    found = plan(database, browsing.PENDING, Sought())
    assert "endpoints_by_merchant (merchant_id=?)" in found
    assert "deliveries_by_lane (endpoint_id=?)" in found


def test_rows_are_read_again_and_times_are_found_without_a_scan(database: sqlite3.Connection) -> None:
    assert "deliveries_by_id (merchant_id=? AND id=?)" in plan(database, browsing.NAMED, Sought())
    rows = plan(database, browsing.OF_POSITIONS.format(also=""), Sought())
    assert "SEARCH d USING INTEGER PRIMARY KEY (rowid=?)" in rows
    for order in ("ASC", "DESC"):
        (look,) = database.execute(f"EXPLAIN QUERY PLAN {browsing.END.format(order=order)}", ("x",)).fetchall()
        assert look["detail"] == "SEARCH deliveries USING COVERING INDEX deliveries_in_order (merchant_id=?)"
    (look,) = database.execute(f"EXPLAIN QUERY PLAN {browsing.AT_OR_AFTER}", ("x", 1)).fetchall()
    assert "SEARCH deliveries USING INDEX deliveries_in_order (merchant_id=? AND position>?)" in look["detail"]
