"""SQLite has no statistics of ours: how the queue, the clock and lists of Video KYCs are found is pinned here."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dastak.journeys.paging import Cursor
from dastak.journeys.video_kyc.ports import CaseFilter
from dastak.store.case_query import counted, newest_first, to_review
from dastak.store.newest import Question
from dastak.store.sqlite import compositions, video_kycs
from dastak.store.sqlite.engine import connect
from dastak.store.sqlite.migration import migrate
from dastak.store.vault import Vault

VAULT = Vault([bytes(32)])
NOW = datetime(2026, 1, 10, tzinfo=UTC)
AFTER = Cursor(NOW, "jrn_1")
IN_ORDER = "(created_at,id)<(?,?))"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(tmp_path / "dastak.db")
    migrate(connection)
    yield connection
    connection.close()


def plan(database: sqlite3.Connection, sql: str) -> str:
    values: Any = {"now": 0, "rooms": "[]"} if ":now" in sql else ("[]",) * sql.count("?")
    return "; ".join(row["detail"] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", values))


def plan_of(database: sqlite3.Connection, asked: Question) -> str:
    sql = asked.sql.replace("$", "?")
    return "; ".join(row["detail"] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", asked.values))


@pytest.mark.parametrize(
    ("sql", "found_by"),
    [
        (video_kycs.WAITING, "SEARCH video_kycs USING INDEX video_kycs_waiting (merchant_id=?"),
        (video_kycs.AHEAD, "SEARCH other USING COVERING INDEX video_kycs_waiting (merchant_id=?"),
        (video_kycs.HANDLED, "SEARCH video_kycs USING INDEX video_kycs_decided (merchant_id=?"),
        (
            video_kycs.BOOKED,
            "USING COVERING INDEX video_kycs_booked (merchant_id=? AND schedule_at>? AND schedule_at<?)",
        ),
        (video_kycs.OTHERS_IN_SLOT, "USING INDEX video_kycs_booked (merchant_id=? AND schedule_at=?)"),
        (video_kycs.OF_AGENT, "USING INDEX video_kycs_one_live_case (merchant_id=? AND live_agent_id=?)"),
        (video_kycs.DUE, "SEARCH video_kycs USING INDEX video_kycs_due (due_at<?)"),
        (video_kycs.NEXT_DUE, "SEARCH video_kycs USING COVERING INDEX video_kycs_due (due_at>?)"),
        (compositions.NEXT, "SCAN v USING INDEX video_kycs_composing; LIST SUBQUERY"),
    ],
)
def test_queue_clock_and_slots_are_found_in_their_order(database: sqlite3.Connection, sql: str, found_by: str) -> None:
    assert found_by in plan(database, sql)
    assert "TEMP B-TREE" not in plan(database, sql)


@pytest.mark.parametrize(
    ("wanted", "found_by"),
    [
        (CaseFilter(), f"video_kycs_newest (merchant_id=? AND {IN_ORDER}"),
        (CaseFilter(phone="1"), f"video_kycs_by_phone (merchant_id=? AND phone_digest=? AND {IN_ORDER}"),
        (
            CaseFilter(user_reference_id=1, sub_statuses=("A", "B")),
            f"by_user (merchant_id=? AND user_reference_id=? AND {IN_ORDER}",
        ),
        (CaseFilter(agent_id="a"), f"video_kycs_by_agent (merchant_id=? AND agent_id=? AND {IN_ORDER}"),
        (CaseFilter(auditor_id="a"), f"video_kycs_by_auditor (merchant_id=? AND auditor_id=? AND {IN_ORDER}"),
        (CaseFilter(sub_statuses=("A", "B")), f"by_sub_status (merchant_id=? AND sub_status=? AND {IN_ORDER}"),
        (CaseFilter(statuses=("EXPIRED",)), f"by_sub_status (merchant_id=? AND sub_status=? AND {IN_ORDER}"),
        (
            CaseFilter(statuses=("AUDITOR_REVIEWED",), reviewed_from=NOW, reviewed_until=NOW),
            "video_kycs_reviewed (merchant_id=? AND reviewed_at>? AND reviewed_at<?)",
        ),
    ],
)
def test_a_page_is_found_by_an_index_that_fits_its_filter(
    database: sqlite3.Connection, wanted: CaseFilter, found_by: str
) -> None:
    assert found_by in plan_of(database, newest_first(VAULT, "mer_1", wanted, AFTER, 9))
    of_review = plan_of(database, to_review(VAULT, "mer_1", wanted, AFTER, 9))
    assert "video_kycs_to_review (merchant_id=? AND (review_since,id)>(?,?))" in of_review


@pytest.mark.parametrize(
    ("wanted", "found_by"),
    [
        (CaseFilter(), "COVERING INDEX video_kycs_by_sub_status (merchant_id=?)"),
        (CaseFilter(created_from=NOW), "COVERING INDEX video_kycs_newest (merchant_id=? AND created_at>?)"),
        (
            CaseFilter(statuses=("AUDITOR_REVIEWED",), reviewed_from=NOW),
            "COVERING INDEX video_kycs_reviewed (merchant_id=? AND reviewed_at>?)",
        ),
        (CaseFilter(agent_id="a"), "INDEX video_kycs_by_agent (merchant_id=? AND agent_id=?)"),
    ],
)
def test_cases_are_counted_within_what_the_filter_says(
    database: sqlite3.Connection, wanted: CaseFilter, found_by: str
) -> None:
    assert found_by in plan_of(database, counted(VAULT, "mer_1", wanted))
