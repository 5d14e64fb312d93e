"""Brings a SQLite file to the schema of this release.

In: a connection. Out: the versions applied. Files in `migrations/` are applied in order, each in its own transaction,
and are never changed once released; `PRAGMA user_version` says how far a file has come.
"""

import sqlite3
from importlib import resources

from dastak.store.schema import SchemaTooNew


def available() -> list[tuple[int, str, str]]:
    """(version, name, SQL) of every migration, in order."""
    folder = resources.files("dastak.store.sqlite") / "migrations"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda e: e.name)
    return [(int(entry.name[:4]), entry.name, entry.read_text()) for entry in files]


def version_of(connection: sqlite3.Connection) -> int:
    """The last migration applied; 0 for a new file."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def migrate(connection: sqlite3.Connection) -> list[str]:
    """Apply what is missing; the names of what was applied. Raises `SchemaTooNew`."""
    migrations = available()
    current = version_of(connection)
    if current > migrations[-1][0]:
        raise SchemaTooNew(f"the data has schema {current}, this release knows {migrations[-1][0]}")
    applied = []
    for version, name, sql in migrations:
        if version > current:
            connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {version};\nCOMMIT;")
            applied.append(name)
    return applied
