"""The sum of the migrations is the schema as it is written down, and no older release touches newer data."""

import re
import sqlite3
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from dastak.store.schema import SchemaTooNew
from dastak.store.sqlite.engine import connect
from dastak.store.sqlite.migration import available, migrate, version_of

WRITTEN = resources.files("dastak.store.sqlite") / "schema.sql"
OBJECTS = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, name"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(tmp_path / "dastak.db")
    yield connection
    connection.close()


def schema(connection: sqlite3.Connection) -> str:
    """Every table and index as SQLite keeps it, comments and layout left out."""
    written = [re.sub(r"--[^\n]*", "", row["sql"]) for row in connection.execute(OBJECTS)]
    return "".join(f"{' '.join(sql.split())};\n" for sql in written)


def test_the_sum_of_the_migrations_is_the_written_schema(database: sqlite3.Connection, tmp_path: Path) -> None:
    """If the change is meant, `python tools/schema.py` writes it down; read the difference."""
    migrate(database)
    other = connect(tmp_path / "written.db")
    other.executescript(WRITTEN.read_text())
    assert schema(database) == schema(other)
    assert version_of(database) == version_of(other)
    other.close()


def test_migrations_are_numbered_from_one_without_a_gap() -> None:
    assert [version for version, _, _ in available()] == list(range(1, len(available()) + 1))


def test_a_fresh_file_gets_every_migration_and_a_current_one_none(database: sqlite3.Connection) -> None:
    assert migrate(database) == [name for _, name, _ in available()]
    assert version_of(database) == available()[-1][0]
    assert migrate(database) == []


def test_data_of_a_newer_release_is_refused_and_left_alone(database: sqlite3.Connection) -> None:
    migrate(database)
    newer = available()[-1][0] + 1
    database.execute(f"PRAGMA user_version = {newer}")
    with pytest.raises(SchemaTooNew, match=str(newer)):
        migrate(database)
    assert version_of(database) == newer


def test_a_migration_that_fails_leaves_nothing_behind(
    database: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = available()[-1][0]
    broken = [*available(), (last + 1, "broken.sql", "CREATE TABLE unfinished (n); CREATE TABLE unfinished (n);")]
    monkeypatch.setattr("dastak.store.sqlite.migration.available", lambda: broken)
    with pytest.raises(sqlite3.OperationalError, match="unfinished"):
        migrate(database)
    assert version_of(database) == last
    if database.in_transaction:
        database.rollback()
    assert "unfinished" not in schema(database)


def test_every_index_and_table_is_made_for_its_merchant(database: sqlite3.Connection) -> None:
    """Every table that holds a merchant's data says whose it is, so that it can be spread over many machines."""
    migrate(database)
    tables = re.findall(r"CREATE TABLE (\w+) \((.*)\) STRICT", schema(database))
    free = {"counters", "merchants"}
    assert {name for name, columns in tables if "merchant_id TEXT NOT NULL" not in columns} == free


def test_events_of_the_first_release_are_kept_and_belong_to_no_trace(database: sqlite3.Connection) -> None:
    _, _, first = available()[0]
    database.executescript(f"{first} PRAGMA user_version = 1;")
    database.execute(
        "INSERT INTO events (merchant_id, id, journey_id, verification_id, type, sequence, occurred_at, sealed_body)"
        " VALUES ('mer_1', 'evt_1', 'jrn_1', 'v-1', 'KYC_LINK_SUCCESS', 1, 7, x'00')"
    )
    database.commit()
    assert migrate(database) == [name for _, name, _ in available()[1:]]
    (row,) = database.execute("SELECT id, occurred_at, traceparent FROM events").fetchall()
    assert tuple(row) == ("evt_1", 7, "")
