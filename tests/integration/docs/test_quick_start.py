"""The receivers of the quick start, each run by its own language as the page says, take what is signed and nothing else."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dastak.web.dashboard.developers.quick_start import HERE, SNIPPETS, Snippet
from dastak_sdk import sign
from dastak_sdk.sample import sample_event
from unit.docs.pages import DOCS, blocks

SECRET = "cfsk_test_secret"
PATIENCE = 400
"""Seconds: where nothing of it is compiled yet, Go compiles its library first."""
FENCES = {"python": "python", "node": "js", "go": "go", "java": "java", "php": "php"}


def post(port: int, body: bytes, headers: dict[str, str]) -> int:
    try:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/webhooks", body, headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as problem:
        with problem:
            return problem.code


def signed(body: bytes, *, secret: str = SECRET, ago: float = 0) -> dict[str, str]:
    timestamp = str(int((time.time() - ago) * 1000))
    return {
        "content-type": "application/json",
        "x-webhook-timestamp": timestamp,
        "x-webhook-signature": sign(secret, timestamp, body),
    }


def a_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def running(snippet: Snippet, home: Path) -> Iterator[int]:
    """The receiver, started by the command that the page shows, once it listens; its port."""
    port = a_free_port()
    environment = {**os.environ, "CLIENT_SECRET": SECRET, "PORT": str(port)}
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            ["sh", "-c", snippet.start], cwd=HERE, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait_until_it_listens(process, port, home)
            yield port
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_until_it_listens(process: "subprocess.Popen[bytes]", port: int, home: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, (home / "log").read_text()
            assert time.monotonic() < until, (home / "log").read_text()
            time.sleep(0.05)
        else:
            return


@pytest.mark.slow
@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda one: one.key)
def test_a_receiver_takes_what_is_signed_and_refuses_the_rest(snippet: Snippet, tmp_path: Path) -> None:
    body = sample_event("KYC_LINK_SUCCESS", {"name": "Ananya Ünal"}, client_secret=SECRET)
    with running(snippet, tmp_path) as port:
        assert post(port, body, signed(body)) == 200
        assert post(port, body, signed(body, secret="other")) == 401
        assert post(port, body.replace(b"SUCCESS", b"EXPIRED"), signed(body)) == 401
        assert post(port, body, signed(body, ago=301)) == 401
        assert post(port, body, signed(body, ago=-301)) == 401
        assert post(port, body, {"content-type": "application/json"}) == 401
        assert post(port, body, signed(body)) == 200
    assert "KYC_LINK_SUCCESS" in (tmp_path / "log").read_text("utf-8")


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda one: one.key)
def test_the_page_on_verifying_shows_lines_of_the_receiver_that_is_run(snippet: Snippet) -> None:
    (block,) = blocks(DOCS / "verify-in-any-language.md", FENCES[snippet.key])
    lines = iter(snippet.text.splitlines())
    shown = [line for line in block.code.splitlines() if line.strip() and not line.startswith(("// $", "package "))]
    assert [line for line in shown if line not in lines] == [], "in this order"
