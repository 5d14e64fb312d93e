"""A real `python -m dastak serve`, in a process of its own, on a free port, in a folder of its own.

In: a folder and settings. Out: a server that listens, its merchants, its log, and the ways in which a process ends.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from support.api import Api
from support.nursery import Child, Nursery

START_SECONDS = 30
STOP_SECONDS = 40
"""Longer than the longest deadline of an attempt and the grace of open requests."""

LAST_LINES = 30
BAD_LEVELS = frozenset({"error", "critical"})


@dataclass(frozen=True, slots=True)
class Merchant:
    """What `dastak merchant create --json` printed."""

    id: str
    client_id: str
    client_secret: str


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to outgoing connections."""
    for _ in range(200):
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port between 20000 and 32000")


def environment(**settings: object) -> dict[str, str]:
    """This process's environment with those settings (`port=8800` is DASTAK_PORT) and no others of ours."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DASTAK_")}
    return inherited | {f"DASTAK_{name.upper()}": str(value) for name, value in settings.items()}


def dastak(
    *arguments: str, env: Mapping[str, str] | None = None, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end, as a shell would."""
    command = [sys.executable, "-m", "dastak", *arguments]
    return subprocess.run(
        command,
        env=dict(environment() if env is None else env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


class RunningServer:
    """One deployment: it can be started, stopped, killed and started again on the same data and port.

    Args:
        home: a folder for this deployment alone; the data folder and `server.log` go there.
        merchants: names of merchants to make before the first start.
        nursery: forks the process instead of starting an interpreter; quicker for who starts very often.
        role: the command: `serve`, or `web`, `dispatch` or `clock` (with `database_url` among the settings).
        through: words before the command, of a program that becomes it.
        settings: `webhook_total_timeout_seconds=2` is DASTAK_WEBHOOK_TOTAL_TIMEOUT_SECONDS. API rate limits are off
            unless given.

    As a context manager it starts, and stops cleanly at the end (it is killed when the block failed).
    """

    def __init__(
        self,
        home: Path,
        *,
        merchants: Sequence[str] = ("Asha Bank",),
        role: str = "serve",
        nursery: Nursery | None = None,
        through: Sequence[str] = (),
        **settings: object,
    ) -> None:
        self._role = role
        self._through = tuple(through)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data_dir = home / "data"
        self.log_file = home / "server.log"
        defaults: dict[str, object] = {
            "data_dir": self.data_dir,
            "port": self.port,
            "api_rate_per_minute": 0,
            "api_rate_per_ip_per_minute": 0,
            "log_format": "json",
        }
        self.env = environment(**(defaults | settings)) | {"PYTHONUNBUFFERED": "1"}
        self.merchants: list[Merchant] = []
        self._names = tuple(merchants)
        self._nursery = nursery
        self._process: subprocess.Popen[str] | Child | None = None
        self._reader: threading.Thread | None = None
        self._lines: list[str] = []
        self._entries: list[dict[str, Any]] = []
        self._run_began = 0
        self._ended = False
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.stop()
        else:
            self.kill()

    @property
    def merchant(self) -> Merchant:
        """The first merchant."""
        return self.merchants[0]

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def api(self, merchant: Merchant | None = None) -> Api:
        """A client with the credentials of that merchant (the first by default)."""
        chosen = merchant or self.merchant
        return Api(self.url, chosen.client_id, chosen.client_secret)

    def make_merchant(self, name: str) -> Merchant:
        """`dastak merchant create`: only while the server does not run."""
        made = dastak("merchant", "create", name, "--json", env=self.env)
        assert made.returncode == 0, made.stderr
        values = json.loads(made.stdout)
        merchant = Merchant(values["merchant_id"], values["client_id"], values["client_secret"])
        self.merchants.append(merchant)
        return merchant

    def start(self) -> Self:
        """Start, and return once it listens and is healthy. The first start makes the merchants."""
        assert not self.is_running, "the server is running already"
        while len(self.merchants) < len(self._names):
            self.make_merchant(self._names[len(self.merchants)])
        self._run_began, self._ended = len(self._lines), False
        self._process = self._launch()
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        self.wait_for_line(lambda line: '"listening"' in line or " listening " in line, START_SECONDS)
        self._require_health()
        return self

    def stop(self, number: int = signal.SIGINT) -> None:
        """Ask it to end, as Ctrl-C does, and assert that it does so cleanly. Harmless when it does not run."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(number)
        code = self._reap()
        assert code == 0, f"the server ended with exit code {code}\n{self._tail()}"

    def kill(self) -> None:
        """SIGKILL: no goodbye. Harmless when it does not run."""
        if self._process is not None:
            self._process.kill()
            self._reap()

    def restart(self) -> Self:
        """Stop if it runs, and start again on the same data and port."""
        self.stop()
        return self.start()

    def lines(self) -> list[str]:
        """Everything that was written so far, in all runs: log and sandbox messages."""
        with self._changed:
            return list(self._lines)

    def log(self, **wanted: object) -> list[dict[str, Any]]:
        """The log entries so far that have these values, such as `log(event="attempt", outcome="retry")`."""
        with self._changed:
            return [entry for entry in self._entries if _has(entry, wanted)]

    def wait_for_log(self, count: int = 1, timeout: float = 30, **wanted: object) -> list[dict[str, Any]]:
        """Wait until so many entries with these values were written, in any run."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._ended or sum(_has(entry, wanted) for entry in self._entries) >= count, timeout
            )
        found = self.log(**wanted)
        assert len(found) >= count, f"{len(found)} of {count} log lines with {wanted}\n{self._tail()}"
        return found

    def wait_for_line(self, wanted: Callable[[str], bool], timeout: float = 30) -> str:
        """Wait for a line of the present run."""

        def found() -> str | None:
            return next((line for line in self._lines[self._run_began :] if wanted(line)), None)

        with self._changed:
            self._changed.wait_for(lambda: self._ended or found() is not None, timeout)
            line = found()
        assert line is not None, f"the server did not write the line that was waited for\n{self._tail()}"
        return line

    def assert_no_failures(self) -> None:
        """No traceback, no entry of level error, in all that was written so far."""
        bad = [
            line for line in self.lines() if "Traceback" in line or _entry(line).get("level") in {"error", "critical"}
        ]
        assert not bad, "\n".join(bad)

    def _require_health(self) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)
        try:
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            answer.read()
        finally:
            connection.close()

    def _launch(self) -> "subprocess.Popen[str] | Child":
        if self._nursery is not None:
            return self._nursery.start(self._role, self.env)
        return subprocess.Popen(
            [*self._through, sys.executable, "-m", "dastak", self._role],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )

    def _read(self, process: "subprocess.Popen[str] | Child") -> None:
        assert process.stdout is not None
        with self.log_file.open("a") as copy:
            for line in process.stdout:
                copy.write(line)
                copy.flush()
                with self._changed:
                    self._lines.append(line.rstrip("\n"))
                    self._entries += [entry] if (entry := _entry(line)) else []
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _reap(self) -> int:
        assert self._process is not None
        assert self._reader is not None
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"the server did not end within {STOP_SECONDS} s\n{self._tail()}") from None
        finally:
            self._reader.join(STOP_SECONDS)
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None
        return code

    def _tail(self) -> str:
        return "\n".join(self._lines[-LAST_LINES:])


def _entry(line: str) -> dict[str, Any]:
    """A JSON log line; {} for anything else."""
    if not line.startswith("{"):
        return {}
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _has(entry: Mapping[str, Any], wanted: Mapping[str, object]) -> bool:
    return all(name in entry and entry[name] == value for name, value in wanted.items())
