"""The demo as a newcomer meets it: one process started, its output read, ended by Ctrl-C.

In: a data folder. Out: the URLs that it printed.
"""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.server import environment, free_port

ROOT = Path(__file__).resolve().parent.parent.parent
STOP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class RunningDemo:
    """What the demo said."""

    merchant_url: str
    form_link: str
    video_link: str
    consoles: dict[str, str]
    """Operator's e-mail address → where to sign in."""


@contextmanager
def running_demo(data: Path, port: int) -> Iterator[RunningDemo]:
    """Start the demo, read its URLs, end it with SIGINT and assert that it ended well."""
    command = [sys.executable, str(ROOT / "tools" / "demo.py"), f"--port={port}", f"--data={data}"]
    process = subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    )
    try:
        yield _said(process)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=STOP_SECONDS)
        assert process.returncode == 0, rest
        assert "Everything has ended" in rest
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(STOP_SECONDS)
        if process.stdout is not None:
            process.stdout.close()
    _assert_port_is_free(port)
    _assert_port_is_free(port + 1)


def two_free_ports() -> int:
    """A port whose neighbour is free, too."""
    while True:
        port = free_port()
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def _said(process: subprocess.Popen[str]) -> RunningDemo:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            break
    merchant = re.search(r"See webhooks arrive\s+(\S+)", said)
    link = re.search(r"Be the customer\s+(\S+)", said)
    assert merchant is not None, said
    assert link is not None, said
    video = re.search(r"^ +the customer +(\S+)", said, re.MULTILINE)
    assert video is not None, said
    consoles = dict(re.findall(r"(\S+@demo\.example)\s+(\S+)", said))
    return RunningDemo(merchant.group(1), link.group(1), video.group(1), consoles)


def _assert_port_is_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
