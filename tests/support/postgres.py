"""A PostgreSQL server of our own: started for a test or a benchmark, killed, replicated, thrown away.

In: settings. Out: a server on loopback with a folder, a port and passwords of its own, databases in it as URLs, and the
ways in which a server ends. Called by tests (the `postgres` and `database` fixtures) and by programs in `bench/`.
"""

import atexit
import itertools
import secrets
import shutil
import signal
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit

from support import programs
from support.daemon import Daemon, make_folder, run, write_file
from support.server import free_port
from support.small_disk import SmallDisk

START_SECONDS = 60
OWNER = "dastak"
"""The role that owns the databases: as in production, it has no rights beyond them."""

ADMIN = "postgres"
SMALL: Mapping[str, object] = {
    "max_connections": 100,
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "dynamic_shared_memory_type": "mmap",  # leaves nothing outside our folder after SIGKILL
    "log_checkpoints": "off",
}
CARELESS: Mapping[str, object] = {"fsync": "off", "full_page_writes": "off"}
"""What was committed survives SIGKILL even so, but not the loss of the machine."""


class PrivatePostgres:
    """One server. It is made by the first `start`, and gone without a trace after `close`.

    Args:
        fsync: whether a commit waits for the disk. SIGKILL loses nothing either way.
        settings: more lines of postgresql.conf, such as `{"max_connections": 20}`.
        disk: where data and log go; by default the disk of temporary files.

    As a context manager it starts, and closes at the end.
    """

    def __init__(
        self, *, fsync: bool = True, settings: Mapping[str, object] | None = None, disk: SmallDisk | None = None
    ) -> None:
        self._programs = programs.postgres()
        self.port = free_port()
        self.password = _password()
        self._admin_password = _password()
        self._folder = make_folder(Path(tempfile.mkdtemp(prefix="dastak-postgres-")))
        self.data_dir = (make_folder(disk.folder / "postgres") if disk else self._folder) / "data"
        self._settings = {**SMALL, **({} if fsync else CARELESS), **(settings or {})}
        self._names = itertools.count(1)
        self._daemon = Daemon(
            (
                *(self._programs / "postgres", "-D", self.data_dir, "-p", str(self.port)),
                *("-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self._folder}"),
            ),
            self._folder,
            ready="ready to accept",
        )

    def __enter__(self) -> Self:
        try:
            return self if self.is_running else self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_running(self) -> bool:
        return self._daemon.is_running

    @property
    def pid(self) -> int:
        """Of the postmaster."""
        return self._daemon.pid

    @property
    def log(self) -> list[str]:
        """What the server wrote so far, in all runs."""
        return self._daemon.lines

    def url(self, name: str = OWNER) -> str:
        """Of a database, for its owner."""
        return url_of(self, name=name)

    def start(self) -> Self:
        """Start on what is on the disk, and return once connections are accepted."""
        if not self.data_dir.exists():
            self._make()
        self._daemon.start(START_SECONDS)
        return self

    def stop(self) -> None:
        """As at a planned restart of the service: connections are cut, everything is written. Harmless when stopped."""
        if self._daemon.is_running:
            code = self._daemon.stop(signal.SIGINT)
            assert code == 0, f"postgres ended with exit code {code}:\n{self._daemon.tail()}"

    def restart(self) -> Self:
        """Stop if it runs, and start again on the same data and port."""
        self.stop()
        return self.start()

    def kill(self) -> None:
        """SIGKILL to every process of the server, which is gone afterwards. Harmless when stopped."""
        self._daemon.kill()

    def doing(self, act: Callable[[], object], words: str) -> None:
        """Do that, and wait until the server writes a line with these words."""
        self._daemon.doing(act, words)

    def pause(self) -> None:
        """Every process of the server stays, and does nothing: connections hang."""
        self._daemon.pause()

    def resume(self) -> None:
        """After `pause`."""
        self._daemon.resume()

    def close(self) -> None:
        """Stop, and delete everything."""
        try:
            self._daemon.kill()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def database(self, options: str = "") -> str:
        """Make a fresh database and return its URL. `options` are more words of CREATE DATABASE."""
        name = f"dastak_{next(self._names)}_{secrets.token_hex(4)}"
        self.sql(f'CREATE DATABASE {name} OWNER "{OWNER}" {options}')
        return self.url(name)

    def drop(self, url: str) -> None:
        """Delete that database of `database`, whoever is still connected to it."""
        self.sql(f"DROP DATABASE IF EXISTS {name_in(url)} WITH (FORCE)")

    def sql(self, statement: str, database: str = ADMIN) -> str:
        """Run one statement as superuser, in a session of its own; return the rows, values separated by `|`."""
        command = (
            *(self._programs / "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"),
            *("-v", "ON_ERROR_STOP=1", "-h", self._folder, "-p", str(self.port), "-U", ADMIN),
            *("-d", database, "-c", statement),
        )
        return run(command, self._folder, {"PGPASSWORD": self._admin_password}).rstrip("\n")

    def dump(self, url: str) -> str:
        """The schema of that database of `database`, as pg_dump writes it."""
        command = (
            *(self._programs / "pg_dump", "--schema-only", "--no-owner", "--no-privileges"),
            *("-h", self._folder, "-p", str(self.port), "-U", ADMIN, name_in(url)),
        )
        return run(command, self._folder, {"PGPASSWORD": self._admin_password})

    def change(self, **settings: object) -> None:
        """Change settings that need no restart, such as `default_transaction_read_only="on"`, while it runs."""
        for name, value in settings.items():
            self.sql(f"ALTER SYSTEM SET {name} = '{value}'")
        self._daemon.doing(lambda: self.sql("SELECT pg_reload_conf()"), "reloading configuration files")

    def replica(self, *, synchronous: bool = False) -> "PrivatePostgres":
        """Start a second server that follows this one; close it yourself, or use it as a context manager.

        Args:
            synchronous: a commit here waits until the replica has it, so that a failover loses nothing. Commits then
                hang while the replica is down.
        """
        follower = PrivatePostgres(settings=self._settings)
        follower.password, follower._admin_password = self.password, self._admin_password
        try:
            run(
                (
                    *(self._programs / "pg_basebackup", "-D", follower.data_dir, "--checkpoint=fast", "--no-sync"),
                    *("--wal-method=stream", "--write-recovery-conf", "-h", "127.0.0.1"),
                    *("-p", str(self.port), "-U", ADMIN),
                ),
                self._folder,
                {"PGPASSWORD": self._admin_password},
            )
            follower._daemon.start(START_SECONDS)
            follower._daemon.wait_for_line("started streaming")
            if synchronous:
                self.change(synchronous_standby_names="*")
        except BaseException:
            follower.close()
            raise
        return follower

    def promote(self) -> None:
        """Make a replica take writes; return once it does."""
        assert self.sql("SELECT pg_promote(true, 60)") == "t", self._daemon.tail()

    def _make(self) -> None:
        secret = write_file(self._folder / "password", self._admin_password)
        run(
            (
                *(self._programs / "initdb", "-D", self.data_dir, "-U", ADMIN, f"--pwfile={secret}"),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"),
            ),
            self._folder,
        )
        secret.unlink()
        with (self.data_dir / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in self._settings.items())
        self._daemon.start(START_SECONDS)
        self.sql(f"CREATE ROLE \"{OWNER}\" LOGIN PASSWORD '{self.password}'")
        self.sql(f'CREATE DATABASE "{OWNER}" OWNER "{OWNER}"')
        self.stop()


@cache
def shared_postgres() -> PrivatePostgres:
    """One server for everything in this process that only wants a database; ended when the process ends."""
    server = PrivatePostgres(fsync=False)
    atexit.register(server.close)
    return server.start()


def url_of(*servers: PrivatePostgres, name: str = OWNER) -> str:
    """One URL for a database on one server, or on a primary and its replicas: whichever of them takes writes."""
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in servers)
    wanted = "?target_session_attrs=read-write" if len(servers) > 1 else ""
    return f"postgresql://{OWNER}:{quote(servers[0].password, safe='')}@{hosts}/{name}{wanted}"


def name_in(url: str) -> str:
    """The name of the database."""
    return urlsplit(url).path.removeprefix("/")


def _password() -> str:
    """Random, and with what a URL must escape."""
    return f"{secrets.token_urlsafe(12)}@:/?%"
