"""The pages about receiving, one per framework, done as they are written: files, commands, and what they print."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection

import pytest

from support.server import free_port
from unit.docs.pages import DOCS, blocks

BIN = Path(sys.executable).parent
PAGES = sorted(DOCS.glob("receive-with-*.md"))
WAIT_SECONDS = 30


@pytest.fixture(params=PAGES, ids=[page.stem for page in PAGES])
def page(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_from_an_empty_folder_to_a_tested_receiver(page: Path, tmp_path: Path) -> None:
    port = free_port()
    for block in blocks(page, "python"):
        (tmp_path / block.title).write_text(block.code.replace("9000", str(port)))
    background, send, test = blocks(page, "sh")
    (printed,) = blocks(page, "text")
    assert background.title == "background"
    with in_background(background.code.replace("9000", str(port)), tmp_path, port):
        assert run(send.code, tmp_path) == printed.code
    assert "3 passed" in run(test.code, tmp_path)


def test_the_pages_share_their_files() -> None:
    """What does not depend on the framework is the same on each page, so whoever knows one knows all."""
    for name in ("merchant.py", "send.py"):
        found = {block.code for page in PAGES for block in blocks(page, "python") if block.title == name}
        assert len(found) == 1


@contextmanager
def in_background(command: str, folder: Path, port: int) -> Iterator[None]:
    process = subprocess.Popen(
        ["sh", "-c", f"exec env {installed(command)}"],
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for_door(port, process)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=WAIT_SECONDS)


def wait_for_door(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)  # another program's door: there is no signal to wait for
        else:
            return
    process.kill()
    pytest.fail(f"the receiver did not start: {process.communicate()[1]}")


def run(command: str, folder: Path) -> str:
    ran = subprocess.run(
        ["sh", "-c", installed(command)], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def installed(command: str) -> str:
    """The same command, with the programs of this environment."""
    return command.replace(".venv/bin", str(BIN)).strip()


def environment() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DASTAK", "PYTHONPATH"))
    }
