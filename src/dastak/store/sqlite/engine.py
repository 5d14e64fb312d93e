"""One SQLite file: a writer thread that commits in groups, and reader threads that never wait for it.

In: functions that take a connection. Out: what they return, once it is on the disk.

Every write that is waiting when the writer is free goes into one transaction, each in its own savepoint, so a hundred
API calls cost one fsync (measured: 20-50 times the rate of a commit each). A write that raises is rolled back alone.
"""

import asyncio
import contextlib
import fcntl
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from dastak.store.observing import StoreObserver, Unobserved
from dastak.store.sqlite.trouble import told_plainly

T = TypeVar("T")

GROUP = 256
"""Writes in one transaction at most, so that none waits long."""

READERS = 2


class StoreBusy(Exception):  # noqa: N818 - the name says what happened
    """Another process has this data folder open."""


class StoreClosed(Exception):  # noqa: N818 - the name says what happened
    """The store was stopped."""


@dataclass(slots=True)
class _Write:
    work: Callable[[sqlite3.Connection], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    durable: bool
    result: Any = None
    error: BaseException | None = None


class Engine:
    """Runs work on one SQLite file. `open` and `close` once each; closing twice is harmless."""

    def __init__(self, path: Path, observer: StoreObserver | None = None) -> None:
        self._path = path
        self._observer = observer or Unobserved()
        self._writes: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-read")
        self._local = threading.local()
        self._reading: list[sqlite3.Connection] = []
        self._thread: threading.Thread | None = None
        self._lock_fd: int | None = None
        self._closed = False
        self.on_rollback: list[Callable[[], None]] = []
        """Called on the writer thread when anything was undone: caches filled by it must go, before the next write."""

    def open(self, prepare: Callable[[sqlite3.Connection], T]) -> T:
        """Take the file for this process alone, prepare it and start the writer; what `prepare` returned.

        Raises:
            StoreBusy: another process has it.
            StoreUnavailable: the disk is full, read-only or failing.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock_fd = _lock(self._path.with_suffix(".lock"))
        writer = None
        try:
            _touch(self._path)
            writer = connect(self._path)
            prepared = prepare(writer)
        except BaseException as error:  # noqa: BLE001 - it goes on, perhaps in plainer words
            if writer is not None:
                writer.close()
            os.close(self._lock_fd)
            raise told_plainly(error) from None
        self._thread = threading.Thread(target=self._write_on, args=(writer,), name="sqlite-write", daemon=True)
        self._thread.start()
        return prepared

    def close(self) -> None:
        """Finish what was handed in, then let go of the file."""
        if self._closed or self._thread is None:
            return
        self._closed = True
        self._writes.put(None)
        self._thread.join()
        self._readers.shutdown()
        for connection in self._reading:
            connection.close()
        if self._lock_fd is not None:
            os.close(self._lock_fd)

    async def write(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = True) -> T:
        """Run `work` on the writer thread; returns after the commit that holds it is on the disk.

        With `durable` False the commit does not wait for the disk: a power cut may undo it, together with later ones of
        its kind, but never a durable one. For what may be done again, such as leases. Raises `StoreUnavailable`.
        """
        if self._closed:
            raise StoreClosed("the store is closed")
        loop = asyncio.get_running_loop()
        one = _Write(work, loop, loop.create_future(), durable)
        self._writes.put(one)
        result: T = await one.future
        return result

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on a reader thread, in one snapshot of everything committed so far. Raises `StoreUnavailable`."""
        if self._closed:
            raise StoreClosed("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    def _open_reader(self) -> sqlite3.Connection:
        """At a thread's first read, not at its start: a failure then fails one call, and not the pool for good."""
        connection = connect(self._path, read_only=True)
        self._local.connection = connection
        self._reading.append(connection)
        return connection

    def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            connection: sqlite3.Connection = getattr(self._local, "connection", None) or self._open_reader()
            connection.execute("BEGIN")
            try:
                return work(connection)
            finally:
                if connection.in_transaction:  # SQLite ends it by itself after some errors of the disk
                    connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_READONLY:  # work that writes is no reader's
                raise
            raise told_plainly(error) from None

    def _write_on(self, connection: sqlite3.Connection) -> None:
        ending = False
        while not ending:
            group = [self._writes.get()]
            while len(group) < GROUP and not self._writes.empty():
                group.append(self._writes.get())
            ending = None in group
            writes = [one for one in group if one is not None]
            if writes:
                _commit(connection, writes, self._forget, self._observer)
                _answer(writes)
        connection.close()

    def _forget(self) -> None:
        for forget in self.on_rollback:
            forget()


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection as Dastak uses it: WAL, fsync at every commit, rows by name."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # takes hold in a new file only, before anything is in it
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -65536")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    return connection


def _commit(
    connection: sqlite3.Connection, writes: list[_Write], forget: Callable[[], None], observer: StoreObserver
) -> None:
    durable = any(one.durable for one in writes)
    wanted = "FULL" if durable else "NORMAL"
    began = time.perf_counter()
    try:
        connection.execute(f"PRAGMA synchronous = {wanted}")
        connection.execute("BEGIN IMMEDIATE")
        for one in writes:
            _run(connection, one, forget)
        connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001 - a disk that is full fails the whole group, and nothing else
        with contextlib.suppress(sqlite3.Error):  # whatever is left open, the next BEGIN says so to its callers
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        for one in writes:
            one.error = one.error or error
        forget()
        observer.commit_failed(len(writes))
    else:
        observer.committed(len(writes), timedelta(seconds=time.perf_counter() - began), durable=durable)


def _run(connection: sqlite3.Connection, one: _Write, forget: Callable[[], None]) -> None:
    connection.execute("SAVEPOINT one")
    try:
        one.result = one.work(connection)
    except Exception as error:
        one.error = error
        if not connection.in_transaction:  # SQLite gave up the whole transaction, e.g. the disk is full
            raise
        connection.execute("ROLLBACK TO one")
        forget()
    connection.execute("RELEASE one")


def _answer(writes: list[_Write]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Write]] = {}
    for one in writes:
        by_loop.setdefault(one.loop, []).append(one)
    for loop, ones in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, ones)


def _resolve(writes: list[_Write]) -> None:
    for one in writes:
        if one.future.done():  # whoever waited has gone away; the work is committed all the same
            continue
        if isinstance(one.error, StopIteration):  # a future does not take one: whoever waits would wait for ever
            one.future.set_exception(RuntimeError("the work raised StopIteration"))
        elif one.error is not None:
            one.future.set_exception(told_plainly(one.error))
        else:
            one.future.set_result(one.result)


def _touch(path: Path) -> None:
    """Make the file for its owner alone before SQLite sees it: its log files take over the mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    path.chmod(0o600)


def _lock(path: Path) -> int:
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise StoreBusy(f"another process uses {path.with_suffix('.db').name}; stop it first") from None
    return fd
