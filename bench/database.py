"""Stores for benchmarks: a SQLite file, or a PostgreSQL of our own with commits synced to the disk.

In: `sqlite` or `postgres`, a folder. Out: the environment of a Dastak process on it, and the CPU that the server uses.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.postgres import PrivatePostgres

STORES = ("sqlite", "postgres")
TUNED: Mapping[str, object] = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "wal_buffers": "32MB",
    "max_connections": 100,
    "wal_compression": "on",
}
"""As a small server of its own would be set; fsync and synchronous_commit stay on."""
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Database:
    """A fresh store."""

    environment: Mapping[str, str]
    server_pid: int | None

    def cpu_seconds(self) -> float:
        """CPU time of the database server's processes so far; 0 where there is none."""
        return 0.0 if self.server_pid is None else _cpu_of_tree(self.server_pid)

    async def rest(self) -> None:
        """Do what autovacuum has long done to rows that were written yesterday; SQLite has nothing of the kind."""
        if self.server_pid is None:
            return
        connection = await asyncpg.connect(self.environment["DASTAK_DATABASE_URL"])
        await connection.execute("VACUUM (ANALYZE)")
        await connection.close()


@contextmanager
def database(store: str, folder: Path) -> Iterator[Database]:
    """Make a fresh store and end it."""
    with databases(store, folder, 1) as (only,):
        yield only


@contextmanager
def databases(store: str, folder: Path, count: int) -> Iterator[list[Database]]:
    """Make several fresh stores, on PostgreSQL all in one server, and end them."""
    common = [{"DASTAK_DATA_DIR": str(folder / str(number)), "DASTAK_SECRET_KEY": KEY} for number in range(count)]
    if store == "sqlite":
        yield [Database(one, None) for one in common]
        return
    with PrivatePostgres(settings=TUNED) as server:
        yield [Database({**one, "DASTAK_DATABASE_URL": server.database()}, server.pid) for one in common]


def _cpu_of_tree(root: int) -> float:
    """Of a process and its children: those that live, and those that have ended and were waited for."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if int(stat.parent.name) == root:
            ticks += sum(int(value) for value in fields[11:15])
        elif int(fields[1]) == root:
            ticks += sum(int(value) for value in fields[11:13])
    return ticks / TICKS
