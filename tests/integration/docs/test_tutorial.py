"""The tutorial, done as it is written: its files, its commands, and what they print."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from support.customer import Customer
from support.server import environment, free_port
from unit.docs.pages import DOCS, blocks

pytestmark = pytest.mark.slow

PAGE = DOCS / "tutorial.md"
WAIT_SECONDS = 30


class Reader:
    """What a process prints, line by line, so that a test can wait for it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._process = process
        threading.Thread(target=self._read, daemon=True).start()

    def wait_for(self, *wanted: str) -> None:
        """Wait until these lines were printed, in this order."""

        def came() -> bool:
            rest = iter(self._lines)
            return all(line in rest for line in wanted)

        with self._changed:
            assert self._changed.wait_for(came, WAIT_SECONDS), (wanted, self._lines)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self._lines.append(line.rstrip("\n"))
                self._changed.notify_all()


@contextmanager
def in_background(command: str, folder: Path, **settings: object) -> Iterator[Reader]:
    """A command of the page that is left running."""
    process = subprocess.Popen(
        ["sh", "-c", f"exec env {command}"],
        cwd=folder,
        env=environment(**settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Reader(process)
    finally:
        process.terminate()
        process.wait(WAIT_SECONDS)
        assert process.stdout is not None
        process.stdout.close()


def run(command: str, folder: Path) -> str:
    """A command of the page that ends; what it printed."""
    ran = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def wait_until_it_listens(port: int) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=WAIT_SECONDS)
        try:
            connection.connect()
        except ConnectionRefusedError:
            assert time.monotonic() < until, "nothing listens"
        else:
            return
        finally:
            connection.close()


def test_the_tutorial_leads_to_verified_webhooks(tmp_path: Path) -> None:
    server_port, receiver_port = free_port(), free_port()

    def here(code: str) -> str:
        """The page's ports and environment, as they are in this test."""
        code = code.replace("../.venv/bin/", f"{Path(sys.executable).parent}/")
        return code.replace("8800", str(server_port)).replace("9000", str(receiver_port))

    for file in blocks(PAGE, "python"):
        (tmp_path / file.title).write_text(here(file.code))
    make, serve, receive, add, create, look = (block.code for block in blocks(PAGE, "sh"))
    run(here(make), tmp_path)
    serving = in_background(here(serve), tmp_path, port=server_port)
    with serving, in_background(here(receive), tmp_path) as receiver:
        wait_until_it_listens(server_port)
        wait_until_it_listens(receiver_port)
        assert '"secret": "whsec_' in run(here(add), tmp_path)
        receiver.wait_for("somebody tests this URL")
        (link,) = re.findall(r'"form_link": "([^"]+)"', run(here(create), tmp_path))
        with Customer(link) as customer:
            customer.sign_in()
            customer.pan()
        (printed,) = (block.code for block in blocks(PAGE, "text"))
        receiver.wait_for(*printed.splitlines())
        seen = run(here(look), tmp_path)
        assert '"form_status": "SUCCESS"' in seen
        assert seen.count('"event_type": "KYC_LINK_') == 2
