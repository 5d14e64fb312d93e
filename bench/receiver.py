"""Starts the receiver of a benchmark and asks it what came.

In: nothing, or `recording=False` for one that only counts. Out: its URL, its arrivals. `sink.c` is compiled into a
temporary folder; where there is no C compiler, `sink.py` does the same for more CPU.
"""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Sink:
    """The receiver's process."""

    url: str
    pid: int

    def arrivals(self) -> dict[str, int]:
        """webhook-id → when it came first, in monotonic nanoseconds."""
        with urllib.request.urlopen(f"{self.url}/arrivals") as answer:
            found: dict[str, int] = json.load(answer)
            return found

    def count(self) -> int:
        """How many POSTs came."""
        with urllib.request.urlopen(f"{self.url}/count") as answer:
            return int(answer.read())

    def reset(self) -> None:
        """Forget all arrivals."""
        urllib.request.urlopen(f"{self.url}/reset").close()

    def cpu_seconds(self) -> float:
        """CPU time it has used so far."""
        fields = Path(f"/proc/{self.pid}/schedstat").read_text().split()
        return int(fields[0]) / 1e9


@contextmanager
def sink(*, recording: bool = True) -> Iterator[Sink]:
    """Start the receiver and end it."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        command = [*_program(Path(folder)), str(port), *([] if recording else ["count"])]
        probe.close()
        process = subprocess.Popen(command)
        try:
            _await_door(port)
            yield Sink(f"http://127.0.0.1:{port}", process.pid)
        finally:
            process.terminate()
            process.wait()


def _program(folder: Path) -> Sequence[str]:
    compiler = shutil.which("cc")
    if compiler is None:
        return sys.executable, str(HERE / "sink.py")
    program = folder / "sink"
    subprocess.run([compiler, "-O2", "-o", str(program), str(HERE / "sink.c")], check=True)
    return (str(program),)


def _await_door(port: int) -> None:
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise SystemExit("the receiver did not start")
