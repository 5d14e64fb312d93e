"""The tables of the inbox, in SQL that SQLite and PostgreSQL share.

In: nothing. Out: statements, each safe to repeat. Run by the stores' `create_tables`, or put them into your own
migrations. Times are Unix seconds.
"""

from __future__ import annotations

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS dastak_inbox (
    key TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    event_id TEXT UNIQUE,
    lane TEXT NOT NULL,
    sequence BIGINT,
    event_type TEXT NOT NULL,
    raw TEXT NOT NULL,
    received_at DOUBLE PRECISION NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at DOUBLE PRECISION,
    lease TEXT,
    is_late INTEGER NOT NULL,
    problem TEXT
)""",
    "CREATE INDEX IF NOT EXISTS dastak_inbox_digest ON dastak_inbox (digest)",
    "CREATE INDEX IF NOT EXISTS dastak_inbox_lane_sequence ON dastak_inbox (lane, sequence)",
    "CREATE INDEX IF NOT EXISTS dastak_inbox_due ON dastak_inbox (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS dastak_inbox_open ON dastak_inbox (state, received_at) WHERE state <> 'done'",
    """CREATE INDEX IF NOT EXISTS dastak_inbox_unknown ON dastak_inbox (received_at)
    WHERE state = 'done' AND problem IS NOT NULL""",
    """CREATE TABLE IF NOT EXISTS dastak_inbox_lane (
    name TEXT PRIMARY KEY,
    next_sequence BIGINT NOT NULL,
    stage INTEGER NOT NULL,
    seconds DOUBLE PRECISION NOT NULL,
    status_rank INTEGER NOT NULL
)""",
    """CREATE TABLE IF NOT EXISTS dastak_inbox_cursor (
    source TEXT PRIMARY KEY,
    cursor TEXT NOT NULL
)""",
)
