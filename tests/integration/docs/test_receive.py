"""The tutorials about receiving, one per framework, done as they are written: files, commands, and what they print."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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


def test_from_an_empty_folder_to_a_handler_that_passes_dastak_check(page: Path, tmp_path: Path) -> None:
    """Files are saved, commands run and started, in the order of the page; a block of text is what was printed."""
    port = free_port()
    printed = ""
    with ExitStack() as running:
        for block in blocks(page):
            code = block.code.replace("9000", str(port))
            if block.language == "python":
                save(tmp_path / block.title, code)
            elif block.title in {"background", "worker"}:
                running.enter_context(in_background(code, tmp_path, port if block.title == "background" else None))
            elif block.language == "sh":
                printed = run(code, tmp_path)
            elif block.language == "text":
                assert code.strip() in printed


def test_each_page_checks_its_handler_with_its_effects_and_tests_it() -> None:
    for page in PAGES:
        commands = [block.code for block in blocks(page, "sh")]
        assert any("dastak check" in command and "--effects" in command for command in commands)
        assert any("pytest" in command for command in commands)
        said = [block.code.strip() for block in blocks(page, "text")]
        assert said == ["54 passed, 4 skipped", "4 passed"]


def test_the_pages_share_their_files() -> None:
    """What does not depend on the framework is the same on each page, so whoever knows one knows all."""
    found = {block.code for page in PAGES for block in blocks(page, "python") if block.title == "merchant.py"}
    assert len(found) == 1


def save(path: Path, code: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code)


@contextmanager
def in_background(command: str, folder: Path, port: int | None) -> Iterator[None]:
    """A server that is waited for, or a worker without a port; both are still there in the end."""
    process = subprocess.Popen(
        ["sh", "-c", f"exec env {installed(command)}"],
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        if port is not None:
            wait_for_door(port, process)
        yield
        assert process.poll() is None, process.communicate()[1]
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
