"""Write the whole schema of both stores, as the migrations add up to it: `src/dastak/store/*/schema.sql`.

In: the migrations. Out: files to read, and to compare: a test makes a database from each and finds it the same as one
that was migrated. Run by hand after a new migration; `--check` writes nothing and exits with 1 if a file is stale.
PostgreSQL's comes from `pg_dump`, on a server of its own.
"""

import argparse
import asyncio
import sqlite3
import sys
import tempfile
from pathlib import Path

import asyncpg

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from dastak.store.postgres.migration import migrate as migrate_postgres  # noqa: E402
from dastak.store.sqlite.engine import connect  # noqa: E402
from dastak.store.sqlite.migration import migrate as migrate_sqlite  # noqa: E402
from dastak.store.sqlite.migration import version_of  # noqa: E402
from support.postgres import PrivatePostgres  # noqa: E402

STORES = ROOT / "src" / "dastak" / "store"
SQLITE, POSTGRES = STORES / "sqlite" / "schema.sql", STORES / "postgres" / "schema.sql"
HEAD = "-- Written by tools/schema.py: what the migrations add up to. To read and to compare; never run by Dastak.\n"
OBJECTS = """
    SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
    ORDER BY tbl_name, type = 'trigger', type DESC, name"""


def sqlite_schema(connection: sqlite3.Connection) -> str:
    """Every table with its indexes, as SQLite keeps them, and the number of the last migration."""
    statements = [f"{row[0]};\n" for row in connection.execute(OBJECTS)]
    return f"{HEAD}{''.join(statements)}PRAGMA user_version = {version_of(connection)};\n"


def postgres_schema(server: PrivatePostgres, url: str) -> str:
    """What pg_dump says of that database, without what differs from server to server."""
    lines = server.dump(url).splitlines()
    noise = ("--", "SET ", "SELECT pg_catalog.set_config", "\\")
    kept = "\n".join(line for line in lines if line.strip() and not line.startswith(noise))
    return f"{HEAD}{kept}\n"


def migrated_sqlite() -> str:
    """The schema of a new file."""
    with tempfile.TemporaryDirectory() as folder:
        connection = connect(Path(folder) / "dastak.db")
        migrate_sqlite(connection)
        text = sqlite_schema(connection)
        connection.close()
    return text


def migrated_postgres(server: PrivatePostgres) -> str:
    """The schema of a new database."""
    url = server.database()
    asyncio.run(_migrate(url))
    text = postgres_schema(server, url)
    server.drop(url)
    return text


async def _migrate(url: str) -> None:
    connection = await asyncpg.connect(url)
    await migrate_postgres(connection)
    await connection.close()


def main() -> int:
    """Write, or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file is stale")
    check = parser.parse_args().check
    with PrivatePostgres(fsync=False) as server:
        wanted = {SQLITE: migrated_sqlite(), POSTGRES: migrated_postgres(server)}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        if not check:
            path.write_text(wanted[path], "utf-8")
        print(f"{'stale' if check else 'wrote'}: {path.relative_to(ROOT)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
