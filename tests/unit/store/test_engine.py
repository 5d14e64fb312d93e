"""One SQLite file: group commit, one process, no leftovers of what failed."""

import asyncio
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dastak.store.sqlite.engine import Engine, StoreBusy, StoreClosed

ADD = "INSERT INTO t (n) VALUES (?)"


class Boom(Exception):  # noqa: N818 - only a test raises it
    pass


def prepare(connection: sqlite3.Connection) -> str:
    connection.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY) STRICT")
    return "prepared"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "dastak.db"


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    engine = Engine(path)
    engine.open(prepare)
    yield engine
    engine.close()


def adding(number: int) -> Callable[[sqlite3.Connection], int]:
    def work(connection: sqlite3.Connection) -> int:
        connection.execute(ADD, (number,))
        return number

    return work


async def numbers(engine: Engine) -> list[int]:
    return await engine.read(lambda connection: [row["n"] for row in connection.execute("SELECT n FROM t ORDER BY n")])


class HeldWriter:
    """Keeps the writer thread busy, so that the writes after it gather into one group."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, _connection: sqlite3.Connection) -> None:
        self.begun.set()
        assert self.go_on.wait(30)


async def in_one_group(engine: Engine, *works: Callable[[sqlite3.Connection], object]) -> list[object]:
    """What became of these writes, which are committed together."""
    held = HeldWriter()
    holding = asyncio.ensure_future(engine.write(held))
    await asyncio.to_thread(held.begun.wait, 30)
    waiting = [asyncio.ensure_future(engine.write(work)) for work in works]
    await asyncio.sleep(0)  # each has now handed in its work
    held.go_on.set()
    await holding
    return list(await asyncio.gather(*waiting, return_exceptions=True))


async def test_opening_returns_what_prepare_returned(path: Path) -> None:
    engine = Engine(path)
    assert engine.open(prepare) == "prepared"
    engine.close()


async def test_a_write_that_returns_is_seen_by_every_read_after_it(engine: Engine) -> None:
    assert await engine.write(adding(7)) == 7
    assert await numbers(engine) == [7]


async def test_writes_that_wait_together_are_committed_together(engine: Engine, path: Path) -> None:
    seen: list[int] = []

    def look_from_outside(_connection: sqlite3.Connection) -> None:
        outside = sqlite3.connect(path)
        seen.append(outside.execute("SELECT count(*) FROM t").fetchone()[0])
        outside.close()

    await in_one_group(engine, adding(1), look_from_outside, adding(2))
    assert seen == [0], "the first write of the group was committed before the group's end"
    assert await numbers(engine) == [1, 2]


async def test_a_write_that_raises_is_undone_alone(engine: Engine) -> None:
    def half_done(connection: sqlite3.Connection) -> None:
        connection.execute(ADD, (2,))
        raise Boom

    answers = await in_one_group(engine, adding(1), half_done, adding(3), adding(1), adding(4))
    assert [type(answer) for answer in answers] == [int, Boom, int, sqlite3.IntegrityError, int]
    assert await numbers(engine) == [1, 3, 4]


async def test_what_a_failed_write_remembered_is_forgotten_before_the_next_write_runs(engine: Engine) -> None:
    memory: list[str] = []
    engine.on_rollback.append(memory.clear)
    seen: list[list[str]] = []

    def remember_and_fail(_connection: sqlite3.Connection) -> None:
        memory.append("never committed")
        raise Boom

    await in_one_group(engine, remember_and_fail, lambda _connection: seen.append(list(memory)))
    assert seen == [[]]


async def test_memory_is_kept_while_nothing_fails(engine: Engine) -> None:
    memory = ["kept"]
    engine.on_rollback.append(memory.clear)
    await in_one_group(engine, adding(1), adding(2))
    assert memory == ["kept"]


async def test_a_transaction_that_sqlite_gives_up_fails_its_whole_group_and_no_later_one(engine: Engine) -> None:
    memory = ["uncommitted"]
    engine.on_rollback.append(memory.clear)

    def give_up(connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")
        raise Boom

    answers = await in_one_group(engine, adding(1), give_up, adding(2))
    assert [type(answer) for answer in answers] == [Boom, Boom, Boom]
    assert memory == []
    await engine.write(adding(3))
    assert await numbers(engine) == [3]


async def test_a_write_that_raises_stop_iteration_is_answered_like_any_other(engine: Engine) -> None:
    def unlucky(_connection: sqlite3.Connection) -> None:
        next(iter(()))

    answers = await in_one_group(engine, unlucky, adding(1))
    assert [type(answer) for answer in answers] == [RuntimeError, int]


async def test_a_caller_that_goes_away_does_not_disturb_the_others(engine: Engine) -> None:
    held = HeldWriter()
    holding = asyncio.ensure_future(engine.write(held))
    await asyncio.to_thread(held.begun.wait, 30)
    gone = asyncio.ensure_future(engine.write(adding(1)))
    stays = asyncio.ensure_future(engine.write(adding(2)))
    await asyncio.sleep(0)
    gone.cancel()
    held.go_on.set()
    await holding
    assert await stays == 2
    assert await numbers(engine) == [1, 2], "handed in is handed in"


async def test_more_writes_than_one_group_holds_are_all_done(engine: Engine) -> None:
    await in_one_group(engine, *(adding(n) for n in range(600)))
    assert await numbers(engine) == list(range(600))


async def test_a_read_sees_one_moment_however_long_it_takes(engine: Engine) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection: sqlite3.Connection) -> tuple[int, int]:
        count = "SELECT count(*) FROM t"
        before: int = connection.execute(count).fetchone()[0]
        begun.set()
        assert go_on.wait(30)
        after: int = connection.execute(count).fetchone()[0]
        return before, after

    reading = asyncio.ensure_future(engine.read(slow))
    await asyncio.to_thread(begun.wait, 30)
    await engine.write(adding(1))
    go_on.set()
    assert await reading == (0, 0)


async def test_a_read_cannot_write(engine: Engine) -> None:
    with pytest.raises(sqlite3.OperationalError):
        await engine.read(adding(1))
    assert await numbers(engine) == []


async def test_closing_finishes_what_was_handed_in_and_twice_is_harmless(path: Path) -> None:
    engine = Engine(path)
    engine.open(prepare)
    writes = [asyncio.ensure_future(engine.write(adding(n))) for n in range(20)]
    await asyncio.sleep(0)
    engine.close()
    engine.close()
    assert await asyncio.gather(*writes) == list(range(20))
    with pytest.raises(StoreClosed):
        await engine.write(adding(99))
    with pytest.raises(StoreClosed):
        await engine.read(lambda _connection: None)


def test_closing_what_was_never_opened_is_harmless(path: Path) -> None:
    Engine(path).close()


async def test_a_file_has_one_process_at_a_time(engine: Engine, path: Path) -> None:
    with pytest.raises(StoreBusy):
        Engine(path).open(prepare)
    await engine.write(adding(1))
    engine.close()
    after = Engine(path)
    after.open(prepare)
    assert await numbers(after) == [1]
    after.close()


def test_a_failed_opening_lets_go_of_the_file(path: Path) -> None:
    def refuse(_connection: sqlite3.Connection) -> None:
        raise Boom

    with pytest.raises(Boom):
        Engine(path).open(refuse)
    engine = Engine(path)
    engine.open(prepare)
    engine.close()


async def test_nobody_else_can_look_into_folder_database_log_or_lock(engine: Engine, path: Path) -> None:
    await engine.write(adding(1))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert set(modes) >= {"dastak.db", "dastak.db-wal", "dastak.lock"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_modes_of_a_file_that_was_open_to_others_are_mended(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    path.chmod(0o644)
    engine = Engine(path)
    engine.open(prepare)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    engine.close()


class Commits:
    """Keeps what the engine tells."""

    def __init__(self) -> None:
        self.told: list[tuple[int, bool]] = []
        self.failed: list[int] = []

    def committed(self, writes: int, took: timedelta, *, durable: bool) -> None:
        assert took > timedelta(0)
        self.told.append((writes, durable))

    def commit_failed(self, writes: int) -> None:
        self.failed.append(writes)


async def test_every_transaction_is_told_with_its_size_and_whether_it_was_durable(path: Path) -> None:
    commits = Commits()
    engine = Engine(path, commits)
    engine.open(prepare)
    await engine.write(adding(1), durable=False)
    await in_one_group(engine, adding(2), adding(3))

    def give_up(connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(sqlite3.OperationalError):
        await engine.write(give_up)
    engine.close()
    assert commits.told == [(1, False), (1, True), (2, True)]
    assert commits.failed == [1]
