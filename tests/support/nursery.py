"""Servers that start at once: one process imports Dastak and waits, and each server is a fork of it.

In: environments. Out: processes like any other `dastak serve`, with a process id, signals and an exit code of their
own; starting one costs no second of imports. Called by tests that kill servers very often. Run as a program it is that
process itself.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

TESTS = Path(__file__).parent.parent
MOST_BYTES = 1 << 17
OUTPUT = (1, 2)


class Child:
    """A server that was forked; what `subprocess.Popen` would offer, as far as it is used."""

    def __init__(self, pid: int, nursery: "Nursery", stdout: IO[str]) -> None:
        self.pid = pid
        self.stdout: IO[str] | None = stdout
        self._nursery = nursery
        self._handle = os.pidfd_open(pid)
        self._code: int | None = None

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended."""
        if self._code is None:
            if not select.select([self._handle], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("dastak serve", timeout or 0)
            self._code = self._nursery.ask({"bury": self.pid})
            os.close(self._handle)
        return self._code

    def send_signal(self, number: int) -> None:
        """Nothing happens to one that has ended."""
        if self._code is None:
            signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


class Nursery:
    """The process that forks. As a context manager it ends with the block; its servers must have ended before."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        with theirs:
            plain = {name: value for name, value in os.environ.items() if not name.startswith("DASTAK_")}
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__)), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=plain,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.close()
        self._process.wait()

    def start(self, role: str, env: Mapping[str, str]) -> Child:
        """Fork a `dastak serve`, or another command, with this environment."""
        ours, theirs = os.pipe()
        try:
            pid = self.ask({"role": role, "env": dict(env)}, theirs)
        finally:
            os.close(theirs)
        return Child(pid, self, os.fdopen(ours, errors="replace"))

    def ask(self, what: Mapping[str, Any], *descriptors: int) -> int:
        """One question at a time; the answer is a number."""
        with self._lock:
            socket.send_fds(self._line, [json.dumps(what).encode()], descriptors)
            return int(self._line.recv(100))


def tend(line: socket.socket) -> None:
    """Fork and bury as asked, until the other side is gone."""
    import dastak.app.server
    import dastak.cli.serve  # noqa: F401 - the imports are what this process is for

    while True:
        data, descriptors, _, _ = socket.recv_fds(line, MOST_BYTES, 1)
        if not data:
            return
        wanted = json.loads(data)
        if "bury" in wanted:
            _, status = os.waitpid(wanted["bury"], 0)
            line.send(str(os.waitstatus_to_exitcode(status)).encode())
            continue
        pid = os.fork()
        if pid == 0:
            line.close()
            _become(wanted["role"], wanted["env"], descriptors[0])
        os.close(descriptors[0])
        line.send(str(pid).encode())


def _become(role: str, env: Mapping[str, str], output: int) -> None:
    """A server, and nothing else: never returns."""
    from dastak.cli.main import main

    for number in OUTPUT:
        os.dup2(output, number)
    os.close(output)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["dastak", role]
    code = 1
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does with what nobody catches
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    sys.path.insert(0, str(TESTS))
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        tend(channel)
