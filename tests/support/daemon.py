"""A server program of somebody else (PostgreSQL, PgBouncer) as a child process, never as root.

In: a command, a folder, the words that it writes once it is ready. Out: a process that is ready, what it wrote, and
signals to it and to its children. Called by `postgres.py` and `pgbouncer.py`.
"""

import os
import pwd
import select
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

TAIL_LINES = 30
STOP_SECONDS = 60
ACCOUNTS = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the process runs as."""

    uid: int
    gid: int


def account() -> Account | None:
    """Somebody without rights if we are root, since such servers refuse to run as root; else nobody but ourselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    found = next((known[name] for name in ACCOUNTS if name in known), None)
    assert found is not None, f"a test that runs as root needs one of these accounts: {', '.join(ACCOUNTS)}"
    return Account(found.pw_uid, found.pw_gid)


def make_folder(path: Path) -> Path:
    """A folder that belongs to `account()`, and that nobody else reads."""
    path.mkdir(mode=0o700, exist_ok=True)
    give(path)
    return path


def write_file(path: Path, text: str) -> Path:
    """A file that belongs to `account()`, and that nobody else reads."""
    path.touch(mode=0o600)
    path.write_text(text)
    give(path)
    return path


def give(path: Path) -> None:
    """To `account()`, if that is not ourselves."""
    if owner := account():
        os.chown(path, owner.uid, owner.gid)


def run(command: Sequence[str | Path], folder: Path, env: Mapping[str, str] | None = None) -> str:
    """Run one command to its end as `account()`; return what it printed, fail with what it complained about."""
    owner = account()
    done = subprocess.run(
        command,
        cwd=folder,
        env=plain_environment(folder) | dict(env or {}),
        user=owner.uid if owner else None,
        group=owner.gid if owner else None,
        extra_groups=[] if owner else None,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=STOP_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{Path(command[0]).name} failed with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


def plain_environment(folder: Path) -> dict[str, str]:
    """No setting of ours or of PostgreSQL's, no translated messages, a home that the account may read."""
    kept = {name: os.environ[name] for name in ("PATH", "TZ", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {"HOME": str(folder), "LC_ALL": "C"}


class Daemon:
    """One program that can be started, signalled and started again. What it writes goes to `log_file`."""

    def __init__(self, command: Sequence[str | Path], folder: Path, ready: str) -> None:
        self.log_file = folder / "log"
        self._command = tuple(str(word) for word in command)
        self._folder = folder
        self._ready = ready
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._lines: list[str] = []
        self._run_began = 0
        self._ended = True
        self._changed = threading.Condition()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self._name} does not run"
        return self._process.pid

    @property
    def lines(self) -> list[str]:
        """What it wrote so far, in all runs."""
        with self._changed:
            return list(self._lines)

    def start(self, timeout: float) -> None:
        """Return once it said that it is ready; fail with the end of its log if it does not."""
        assert not self.is_running, f"{self._name} runs already"
        owner = account()
        self._run_began, self._ended = len(self._lines), False
        self._process = subprocess.Popen(
            self._command,
            cwd=self._folder,
            env=plain_environment(self._folder),
            user=owner.uid if owner else None,
            group=owner.gid if owner else None,
            extra_groups=[] if owner else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        try:
            self.wait_for_line(self._ready, timeout=timeout)
        except AssertionError:
            self.kill()
            raise

    def doing(self, act: Callable[[], object], words: str, timeout: float = STOP_SECONDS) -> None:
        """Do that, and wait for a line with these words that was not there before."""
        with self._changed:
            before = len(self._lines)
        act()
        self.wait_for_line(words, after=before, timeout=timeout)

    def wait_for_line(self, words: str, *, after: int | None = None, timeout: float = STOP_SECONDS) -> None:
        """Wait until a line of this run, or one after so many lines, contains these words."""
        start = self._run_began if after is None else after

        def found() -> bool:
            return any(words in line for line in self._lines[start:])

        with self._changed:
            self._changed.wait_for(lambda: self._ended or found(), timeout)
            seen = found()
        assert seen, f"{self._name} did not write {words!r}; its last lines:\n{self.tail()}"

    def tail(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.lines[-TAIL_LINES:])

    def stop(self, number: signal.Signals, timeout: float = STOP_SECONDS) -> int:
        """Ask it to end, and return its exit code once it and its children are gone."""
        assert self._process is not None, f"{self._name} does not run"
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self._reap(timeout)

    def kill(self) -> None:
        """SIGKILL to it and to every child; return once all are gone. Harmless when it does not run."""
        if self._process is None:
            return
        if self._process.poll() is None:
            with ExitStack() as handles:
                children = [_handle(pid, handles) for pid in self._hold()]
                self._process.kill()
                for child in children:
                    with suppress(ProcessLookupError):
                        signal.pidfd_send_signal(child, signal.SIGKILL)
                for child in children:
                    assert select.select([child], [], [], STOP_SECONDS)[0], f"a child of {self._name} outlived it"
        self._reap(STOP_SECONDS)

    def pause(self) -> None:
        """SIGSTOP: it and its children stay, and do nothing."""
        _signal(self._hold(), signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT, after `pause`."""
        _signal(children_of(self.pid), signal.SIGCONT)
        os.kill(self.pid, signal.SIGCONT)

    @property
    def _name(self) -> str:
        return Path(self._command[0]).name

    def _hold(self) -> list[int]:
        """Stop the parent, so that it makes no more children, and return those that it has."""
        os.kill(self.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        return children_of(self.pid)

    def _reap(self, timeout: float) -> int:
        assert self._process is not None
        assert self._reader is not None
        code = self._process.wait(timeout)
        self._reader.join(timeout)  # the pipe ends when the last child that could write into it has ended
        assert not self._reader.is_alive(), f"children of {self._name} outlived it"
        self._process = self._reader = None
        return code

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as output, self.log_file.open("a") as copy:
            for line in output:
                copy.write(line)
                copy.flush()
                with self._changed:
                    self._lines.append(line.rstrip("\n"))
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()


def children_of(pid: int) -> list[int]:
    """The processes whose parent that is, from /proc."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stat = (entry / "stat").read_text(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(stat.rpartition(")")[2].split()[1]) == pid:
                found.append(int(entry.name))
    return found


def _handle(pid: int, handles: ExitStack) -> int:
    """A descriptor that is readable once that process has ended. Its parent is stopped, so it cannot be reaped now."""
    handle = os.pidfd_open(pid)
    handles.callback(os.close, handle)
    return handle


def _signal(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
