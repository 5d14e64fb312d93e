"""Lanes in SQLite: of the pending deliveries of one journey to one endpoint, at most one is due or leased.

In: a connection inside a transaction, and the lane. Out: exactly one head, chosen by the endpoint's policy:

- `strict`: the earliest event, however long it has to wait;
- `relaxed`: the earliest event that may go now, else the one whose time comes first.

First attempts start in order either way: an event never tried may always go now, so an earlier one is taken before it.

Every statement names its index: left alone, SQLite walks all leased or due rows of the endpoint instead of the few of
the lane.
"""

import sqlite3

from dastak.webhooks.endpoint import LanePolicy

LEASED = """
    SELECT 1 FROM deliveries INDEXED BY deliveries_by_lane
    WHERE endpoint_id = ? AND journey_id = ? AND state = 'pending' AND leased = 1 LIMIT 1"""
NO_HEAD = """
    UPDATE deliveries INDEXED BY deliveries_by_lane SET due_at = NULL
    WHERE endpoint_id = ? AND journey_id = ? AND state = 'pending' AND due_at IS NOT NULL"""
NEXT = {
    LanePolicy.STRICT: """
        SELECT position, not_before FROM deliveries INDEXED BY deliveries_by_lane
        WHERE endpoint_id = ? AND journey_id = ? AND state = 'pending'
        ORDER BY sequence LIMIT 1""",
    LanePolicy.RELAXED: """
        SELECT position, not_before FROM deliveries INDEXED BY deliveries_by_lane
        WHERE endpoint_id = ? AND journey_id = ? AND state = 'pending'
        ORDER BY CASE WHEN not_before <= ? THEN 0 ELSE not_before END, sequence LIMIT 1""",
}
MAKE_HEAD = "UPDATE deliveries SET due_at = ? WHERE position = ?"


def choose_head(
    connection: sqlite3.Connection, endpoint_id: str, journey_id: str, policy: LanePolicy, now: int
) -> None:
    """Make the right delivery of the lane due; nothing while one is in flight (its settlement comes back here)."""
    lane = (endpoint_id, journey_id)
    if connection.execute(LEASED, lane).fetchone() is not None:
        return
    connection.execute(NO_HEAD, lane)
    bound = lane if policy is LanePolicy.STRICT else (*lane, now)
    row = connection.execute(NEXT[policy], bound).fetchone()
    if row is not None:
        connection.execute(MAKE_HEAD, (max(row["not_before"], now), row["position"]))
