"""SQLite has no statistics of ours: how lists of KYC Links and their numbers are found is pinned here."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dastak.journeys.kyc_link.ports import LinkFilter
from dastak.journeys.paging import Cursor
from dastak.store.link_query import newest_links
from dastak.store.sqlite import links, tallies
from dastak.store.sqlite.engine import connect
from dastak.store.sqlite.migration import migrate
from dastak.store.vault import Vault

VAULT = Vault([bytes(32)])
NOW = datetime(2026, 1, 10, tzinfo=UTC)
IN_ORDER = "AND (created_at,id)<(?,?))"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(tmp_path / "dastak.db")
    migrate(connection)
    yield connection
    connection.close()


def plan(database: sqlite3.Connection, sql: str, values: object) -> str:
    return "; ".join(row["detail"] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "found_by"),
    [
        (LinkFilter(), f"journeys_by_status (merchant_id=? AND status=? {IN_ORDER}"),
        (LinkFilter(statuses=("SUCCESS",)), f"journeys_by_status (merchant_id=? AND status=? {IN_ORDER}"),
        (LinkFilter(phone="1"), f"journeys_by_phone (merchant_id=? AND phone_digest=? {IN_ORDER}"),
        (
            LinkFilter(phone="1", statuses=("SUCCESS",)),
            f"journeys_by_phone (merchant_id=? AND phone_digest=? {IN_ORDER}",
        ),
    ],
)
def test_a_page_is_found_by_an_index_in_the_order_of_the_list(
    database: sqlite3.Connection, wanted: LinkFilter, found_by: str
) -> None:
    asked = newest_links(VAULT, "mer_1", wanted, Cursor(NOW, "jrn_1"), 9)
    assert found_by in plan(database, asked.sql.replace("$", "?"), asked.values)


def test_the_clock_still_finds_what_ends_by_its_own_index(database: sqlite3.Connection) -> None:
    assert "journeys_to_expire (expires_at<?)" in plan(database, links.TO_EXPIRE, (0, "[]", 9))


def test_numbers_are_found_by_merchant_kind_and_time(database: sqlite3.Connection) -> None:
    found = plan(database, tallies.TALLIES, ("mer_1", "kyc_link", 0, 1))
    assert "journey_counts USING PRIMARY KEY (merchant_id=? AND kind=? AND slot>? AND slot<?)" in found
    assert "TEMP B-TREE" not in found
