"""Makes the pictures of terminal screens that the docs show: real commands in tmux, beside a real server.

    python tools/screens.py

In: tmux. Out: docs/images/desk-*.svg, each as a terminal of 80 or 120 columns has it; all of them are printed, and
those that the docs show are kept.
"""

import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from support.customer import Customer
from support.receiver import HookReceiver, Reply
from support.server import RunningServer
from unit.cli import handlers

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
WAIT_SECONDS = 60
SHOWN_PROBES = ("valid", "duplicate", "large_body", "stalled", "wrong_secret", "stale")
DASTAK = f"{shlex.quote(sys.executable)} -m dastak"
PLAIN = re.sub(r"@font-face \{.*?\}\n|<!--.*?-->\n?", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
"""Without the fonts that the library would have a browser fetch from elsewhere."""


@dataclass
class Pane:
    """One terminal, in a tmux of its own."""

    columns: int
    socket: str

    def tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self.socket, "-f", "/dev/null", *arguments], capture_output=True, text=True, check=False
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", "-t", "desk", *keys)

    def shows(self, text: str) -> None:
        """Wait until it does."""
        until = time.monotonic() + WAIT_SECONDS
        while text not in self.tmux("capture-pane", "-p", "-t", "desk"):
            if time.monotonic() > until:
                raise TimeoutError(f"{text!r} is not on the screen:\n{self.tmux('capture-pane', '-p', '-t', 'desk')}")
            time.sleep(0.1)

    def chooses(self, text: str) -> None:
        """Wait until that line is the chosen one."""
        until = time.monotonic() + WAIT_SECONDS
        while not re.search(f"▸.*{re.escape(text)}", self.tmux("capture-pane", "-p", "-t", "desk")):
            if time.monotonic() > until:
                raise TimeoutError(f"{text!r} is not chosen")
            time.sleep(0.1)

    def save(self, name: str, title: str) -> None:
        """The screen as a picture, and printed for whoever looks."""
        seen = self.tmux("capture-pane", "-e", "-p", "-t", "desk").rstrip().splitlines()
        console = Console(record=True, width=self.columns, force_terminal=True, file=sys.stdout)
        for line in seen:
            console.print(Text.from_ansi(line), no_wrap=True, crop=True)
        if name not in (ROOT / "docs" / "desk.md").read_text("utf-8"):
            return
        picture = console.export_svg(title=title, code_format=PLAIN, unique_id=name)
        (IMAGES / f"{name}.svg").write_text(re.sub(r"[ \t]+$", "", picture, flags=re.MULTILINE), "utf-8")


@contextmanager
def pane(command: str, columns: int, env: Mapping[str, str], rows: int = 24) -> Iterator[Pane]:
    """The command, as somebody typed it; its screen stays when it has ended."""
    one = Pane(columns, f"dastak-screens-{columns}-{time.monotonic_ns()}")
    given = " ".join(f"{name}={shlex.quote(value)}" for name, value in env.items())
    kept = f"env {given} {command}; sleep 600"
    try:
        one.tmux("new-session", "-d", "-s", "desk", "-x", str(columns), "-y", str(rows), kept)
        yield one
    finally:
        one.tmux("kill-server")


def keyed(server: RunningServer) -> dict[str, str]:
    """What a merchant has in the environment."""
    return {
        "DASTAK": server.url,
        "CLIENT_ID": server.merchant.client_id,
        "CLIENT_SECRET": server.merchant.client_secret,
        "PYTHONWARNINGS": "ignore",
        "COLORTERM": "truecolor",
    }


def finish(server: RunningServer, verification_id: str) -> None:
    """Two events."""
    with server.api() as api:
        link = api.create_link("Pan_verification", verification_id=verification_id)
    with Customer(link["form_link"]) as customer:
        customer.complete()


def listening(server: RunningServer, columns: int) -> None:
    """The list, and one event whole."""
    with HookReceiver() as handler:
        handler.answer_events("/webhooks", Reply(), Reply(500, body=b"no such customer"))
        with pane(f"{DASTAK} listen --forward-to {handler.url('/webhooks')}", columns, keyed(server), rows=14) as one:
            one.shows("Waiting for the next event")
            for number in (1, 2):
                finish(server, f"order-{columns}-{number}")
            one.shows(f"order-{columns}-2 #2")
            one.press("Up", "Up")
            one.chooses(f"order-{columns}-1 #2")
            one.save(f"desk-listen-{columns}", "dastak listen")
            one.tmux("resize-window", "-t", "desk", "-x", str(columns), "-y", "42")
            one.press("Enter")
            one.shows("answer 500")
            one.press("r")
            one.shows("Sent again, attempt 2: 200")
            one.save(f"desk-listen-detail-{columns}", "dastak listen, one event")


def checking(columns: int) -> None:
    """A handler with a flaw."""
    only = " ".join(
        f"--only {code}" for code in ("valid", "duplicate", "large_body", "stalled", "wrong_secret", "stale")
    )
    with (
        handlers.serving(handlers.takes_small_bodies) as url,
        pane(f"{DASTAK} check {url} --secret {handlers.SECRET} {only}", columns, {"PYTHONWARNINGS": "ignore"}) as one,
    ):
        one.shows("passed")
        one.save(f"desk-check-{columns}", "dastak check")


def replaying(server: RunningServer, columns: int) -> None:
    """A bar."""
    with pane(f"{DASTAK} replay --since 1h --state delivered --rate 1", columns, keyed(server), rows=8) as one:
        one.shows("1 of")
        one.save(f"desk-replay-{columns}", "dastak replay")
        one.press("C-c")
        one.shows("It goes on without you")


def explaining(columns: int) -> None:
    """A signature that fails."""
    captured = ROOT / "examples" / "captured"
    files = f"--headers {captured / 'headers.txt'} --body {captured / 'body.json'}"
    command = f"{DASTAK} verify --explain {files} --secret cfsk_test_secret --now 1747885875"
    with pane(command, columns, {"PYTHONWARNINGS": "ignore"}, rows=8) as one:
        one.shows("Proven")
        one.save(f"desk-verify-{columns}", "dastak verify --explain")


def main() -> None:
    """Make them all."""
    with tempfile.TemporaryDirectory() as folder, HookReceiver() as endpoint, RunningServer(Path(folder)) as server:
        with server.api() as api:
            api.add_endpoint(endpoint.url())
        for columns in (80, 120):
            listening(server, columns)
            checking(columns)
            explaining(columns)
            replaying(server, columns)


if __name__ == "__main__":
    main()
