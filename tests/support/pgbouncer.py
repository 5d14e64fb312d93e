"""A PgBouncer of our own in front of a private PostgreSQL, in transaction mode.

In: a server. Out: the same databases on another port, where each transaction may run on another of the server's
connections. Called by tests and by programs in `bench/`.
"""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from support import programs
from support.daemon import Daemon, make_folder, write_file
from support.postgres import OWNER, PrivatePostgres
from support.server import free_port

START_SECONDS = 30


class PrivatePgBouncer:
    """One pooler. As a context manager it starts, and closes at the end.

    Args:
        server: where the pooled connections go.
        pool_size: how many of them there are for each database.
        settings: more lines of pgbouncer.ini.
    """

    def __init__(
        self, server: PrivatePostgres, *, pool_size: int = 4, settings: Mapping[str, object] | None = None
    ) -> None:
        program = programs.pgbouncer()
        self.port = free_port()
        self._server = server
        self._settings = {"default_pool_size": pool_size, **(settings or {})}
        self._folder = make_folder(Path(tempfile.mkdtemp(prefix="dastak-pgbouncer-")))
        self._daemon = Daemon((program, self._folder / "pgbouncer.ini"), self._folder, ready="process up")

    def __enter__(self) -> Self:
        try:
            return self.start()
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

    def url(self, url: str) -> str:
        """The way through the pooler to a database of the server."""
        parts = urlsplit(url)
        owner, _, _ = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{owner}@127.0.0.1:{self.port}").geturl()

    def start(self) -> Self:
        """Return once it listens."""
        users = write_file(self._folder / "users", f'"{OWNER}" "{self._server.password}"\n')
        lines = {
            "listen_addr": "127.0.0.1",
            "listen_port": self.port,
            "unix_socket_dir": "",
            "auth_type": "scram-sha-256",
            "auth_file": users,
            "pool_mode": "transaction",
            **self._settings,
        }
        write_file(
            self._folder / "pgbouncer.ini",
            f"[databases]\n* = host=127.0.0.1 port={self._server.port}\n[pgbouncer]\n"
            + "".join(f"{name} = {value}\n" for name, value in lines.items()),
        )
        self._daemon.start(START_SECONDS)
        return self

    def stop(self) -> None:
        """At once: it keeps nothing that could be lost. Harmless when stopped."""
        self._daemon.kill()

    def close(self) -> None:
        """Stop, and delete its folder."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
