"""The servers that tests start for themselves: they start, die, come back, and hand over to a replica."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from support import programs
from support.daemon import account, children_of
from support.postgres import PrivatePostgres, name_in, url_of
from support.wire import Wire

pytestmark = pytest.mark.slow

ANSWER_SECONDS = 0.3
"""How long a test listens for an answer that must not come."""


@asynccontextmanager
async def connected(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(url, timeout=20)
    try:
        yield connection
    finally:
        connection.terminate()


async def execute(url: str, statement: str) -> None:
    async with connected(url) as connection:
        await connection.execute(statement)


async def numbers(url: str) -> list[int]:
    async with connected(url) as connection:
        return [row["n"] for row in await connection.fetch("SELECT n FROM kept ORDER BY n")]


@pytest.fixture
def own() -> Iterator[PrivatePostgres]:
    """A server that the test may hurt."""
    with PrivatePostgres() as server:
        yield server


async def test_each_database_is_fresh_and_belongs_to_a_role_that_is_no_superuser(postgres: PrivatePostgres) -> None:
    one, two = postgres.database(), postgres.database()
    await execute(one, "CREATE TABLE kept (n int)")
    async with connected(two) as connection:
        assert await connection.fetchval("SELECT to_regclass('kept')") is None
        assert await connection.fetchval("SELECT usesuper FROM pg_user WHERE usename = current_user") is False
        postgres.drop(one)
        postgres.drop(two)
        with pytest.raises(asyncpg.PostgresError):
            await connection.fetch("SELECT 1")


async def test_a_wrong_password_is_refused_and_so_is_everybody_outside_this_machine(
    postgres: PrivatePostgres,
) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.url(), password="wrong")
    assert postgres.sql("SHOW listen_addresses") == "127.0.0.1"


def test_no_process_of_the_server_is_root(postgres: PrivatePostgres) -> None:
    expected = owner.uid if (owner := account()) else os.getuid()
    for pid in (postgres.pid, *children_of(postgres.pid)):
        assert Path(f"/proc/{pid}").stat().st_uid == expected


def test_commits_reach_the_disk_unless_told_otherwise(own: PrivatePostgres, postgres: PrivatePostgres) -> None:
    assert own.sql("SHOW fsync") == "on"
    assert postgres.sql("SHOW fsync") == "off"
    assert postgres.sql("SHOW synchronous_commit") == "on"


async def test_what_was_committed_survives_sigkill_and_what_was_not_does_not(own: PrivatePostgres) -> None:
    url = own.database()
    await execute(url, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)")
    async with connected(url) as connection:
        await connection.execute("BEGIN; INSERT INTO kept VALUES (2)")
        processes = [own.pid, *children_of(own.pid)]
        own.kill()
        assert not own.is_running
        assert not [pid for pid in processes if _is_alive(pid)]
        with pytest.raises((asyncpg.PostgresConnectionError, ConnectionError)):
            await connection.execute("COMMIT")
    with pytest.raises(ConnectionRefusedError):
        await asyncpg.connect(url)
    own.start()
    assert await numbers(url) == [1]
    assert any("automatic recovery" in line for line in own.log)


async def test_a_restart_keeps_the_port_and_the_data(own: PrivatePostgres) -> None:
    url = own.database()
    await execute(url, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)")
    own.restart()
    assert await numbers(url) == [1]


async def test_a_paused_server_does_not_answer_until_it_is_resumed(own: PrivatePostgres) -> None:
    async with connected(own.url()) as connection:
        own.pause()
        question = asyncio.ensure_future(connection.fetchval("SELECT 1"))
        done, _ = await asyncio.wait([question], timeout=ANSWER_SECONDS)
        assert not done
        own.resume()
        assert await question == 1
    own.pause()
    own.kill()
    assert not own.is_running


async def test_settings_are_given_at_the_start_and_changed_while_it_runs() -> None:
    with PrivatePostgres(fsync=False, settings={"max_connections": 7}) as server:
        assert server.sql("SHOW max_connections") == "7"
        url = server.database()
        server.change(default_transaction_read_only="on")
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await execute(url, "CREATE TABLE kept (n int)")
        server.change(default_transaction_read_only="off")
        await execute(url, "CREATE TABLE kept (n int)")


def test_a_server_that_cannot_start_says_why_and_leaves_nothing() -> None:
    server = PrivatePostgres(settings={"shared_buffers": "nonsense"})
    with pytest.raises(AssertionError, match='invalid value for parameter "shared_buffers"'), server:
        pass
    assert not server.is_running
    assert not server.data_dir.parent.exists()


def test_a_machine_without_postgresql_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DASTAK_TEST_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(programs.MissingProgram, match=r"\./test"):
        PrivatePostgres()


def test_closing_leaves_no_process_and_no_file() -> None:
    with PrivatePostgres(fsync=False) as server:
        processes = [server.pid, *children_of(server.pid)]
        assert len(processes) > 1
    assert not [pid for pid in processes if _is_alive(pid)]
    assert not server.data_dir.parent.exists()


async def test_clients_of_a_killed_primary_go_on_with_its_promoted_replica(own: PrivatePostgres) -> None:
    name = name_in(own.database())
    with own.replica(synchronous=True) as replica:
        url = url_of(own, replica, name=name)
        await execute(url, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)")
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await execute(replica.url(name), "INSERT INTO kept VALUES (9)")
        assert own.sql("SELECT sync_state FROM pg_stat_replication") == "sync"
        own.kill()
        replica.promote()
        await execute(url, "INSERT INTO kept VALUES (2)")
        assert await numbers(url) == [1, 2]


async def test_a_wire_cuts_a_transaction_before_its_commit_and_after_it(
    postgres: PrivatePostgres, database: str
) -> None:
    await execute(database, "CREATE TABLE kept (n int)")
    with Wire(postgres.port) as wire:
        for number, forward in ((1, False), (2, True)):
            async with connected(wire.url(database)) as connection:
                trip = wire.cut_when(b"COMMIT", forward=forward)
                transaction = connection.transaction()
                await transaction.start()
                await connection.execute("INSERT INTO kept VALUES ($1)", number)
                with pytest.raises((asyncpg.PostgresConnectionError, ConnectionError)):
                    await transaction.commit()
                trip.wait()
    assert await numbers(database) == [2]


def _is_alive(pid: int) -> bool:
    """Whether it exists and is more than a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in {"Z", "X"}
