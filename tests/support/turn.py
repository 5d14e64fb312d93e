"""A TURN server of our own (coturn) on loopback, that browsers reach by TCP alone.

In: nothing. Out: the settings by which Dastak tells browsers of it, and what the server did for them. Called by tests.
"""

import shutil
import signal
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from support import programs
from support.daemon import Daemon, make_folder
from support.server import free_port

START_SECONDS = 30
SECRET = "only-for-tests"


class PrivateTurn:
    """One relay; it runs within a `with` block."""

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = make_folder(Path(tempfile.mkdtemp(prefix="dastak-turn-")))
        command = (
            *(programs.turnserver(), "-n", "--log-file", "stdout", "--simple-log", "--verbose", "--no-cli"),
            *("--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1", "--listening-port", str(self.port)),
            *("--no-udp", "--no-tls", "--no-dtls", "--allow-loopback-peers"),
            *("--use-auth-secret", "--static-auth-secret", SECRET, "--fingerprint", "--realm", "dastak.test"),
            *("--pidfile", str(self._folder / "pid"), "--userdb", str(self._folder / "users")),
        )
        self._daemon = Daemon(command, self._folder, ready="listener opened on : 127.0.0.1")

    def __enter__(self) -> Self:
        self._daemon.start(START_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._daemon.stop(signal.SIGTERM)
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def settings(self) -> dict[str, str]:
        """Of a Dastak whose browsers use it."""
        return {"ice_servers": f"turn:127.0.0.1:{self.port}?transport=tcp", "turn_secret": SECRET}

    @property
    def relayed(self) -> int:
        """How many clients were allowed to send to somebody through it."""
        return len({line.partition("session ")[2].partition(":")[0] for line in self._daemon.lines if _GRANTED in line})


_GRANTED = "CREATE_PERMISSION processed, success"
