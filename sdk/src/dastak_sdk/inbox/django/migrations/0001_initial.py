"""The tables of the inbox, in the same SQL as in every store.

In: an empty database, or one that another store made. Out: the tables, and what Django knows of them.
"""

from typing import Any, ClassVar

from django.db import migrations, models

TABLES = [
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
]


class Migration(migrations.Migration):  # type: ignore[misc] # Django has no types
    """What `schema.SCHEMA` was at first. It stays: what changes later is another migration."""

    initial = True
    dependencies: ClassVar[list[tuple[str, str]]] = []
    operations: ClassVar[list[Any]] = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    TABLES,
                    [f"DROP TABLE {name}" for name in ("dastak_inbox", "dastak_inbox_lane", "dastak_inbox_cursor")],
                )
            ],
            state_operations=[
                migrations.CreateModel(
                    name="InboxEvent",
                    fields=[
                        ("key", models.TextField(primary_key=True, serialize=False)),
                        ("digest", models.TextField()),
                        ("event_id", models.TextField(null=True, unique=True)),
                        ("lane", models.TextField()),
                        ("sequence", models.BigIntegerField(null=True)),
                        ("event_type", models.TextField()),
                        ("raw", models.TextField()),
                        ("received_at", models.FloatField()),
                        ("state", models.TextField()),
                        ("attempts", models.IntegerField()),
                        ("due_at", models.FloatField(null=True)),
                        ("lease", models.TextField(null=True)),
                        ("is_late", models.IntegerField()),
                        ("problem", models.TextField(null=True)),
                    ],
                    options={"verbose_name": "received event", "db_table": "dastak_inbox"},
                ),
                migrations.CreateModel(
                    name="InboxLane",
                    fields=[
                        ("name", models.TextField(primary_key=True, serialize=False)),
                        ("next_sequence", models.BigIntegerField()),
                        ("stage", models.IntegerField()),
                        ("seconds", models.FloatField()),
                        ("status_rank", models.IntegerField()),
                    ],
                    options={"verbose_name": "journey", "db_table": "dastak_inbox_lane"},
                ),
                migrations.CreateModel(
                    name="InboxCursor",
                    fields=[
                        ("source", models.TextField(primary_key=True, serialize=False)),
                        ("cursor", models.TextField()),
                    ],
                    options={"verbose_name": "place in a sender's events", "db_table": "dastak_inbox_cursor"},
                ),
            ],
        )
    ]
