"""The command `dastak verify`: what it prints and exits with, and that the documentation shows exactly that."""

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dastak.cli.main import app
from unit.docs.pages import DOCS, ROOT, blocks

CAPTURED = ROOT / "examples/captured"
RIGHT = [
    *("verify", "--headers", str(CAPTURED / "headers.txt"), "--body", str(CAPTURED / "raw.json")),
    *("--now", "1747885875"),
]


def run(*arguments: str, stdin: bytes = b"", **env: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments), input=stdin, env={"COLUMNS": "100", **env})
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_a_right_request_exits_with_nought() -> None:
    code, shown = run(*RIGHT, "--secret", "cfsk_test_secret")
    assert (code, shown.split()[0]) == (0, "right")
    assert run(*RIGHT, CLIENT_SECRET="cfsk_test_secret")[0] == 0


def test_json_has_the_codes() -> None:
    code, shown = run(*RIGHT, "--secret", "cfsk_other", "--json")
    values = json.loads(shown)
    assert (code, values["valid"], values["proven"]) == (1, False, False)
    assert [cause["code"] for cause in values["causes"]] == ["wrong_secret"]


def test_headers_can_be_flags_and_the_body_standard_input() -> None:
    flags = [part for line in (CAPTURED / "headers.txt").read_text().splitlines() for part in ("-H", line)]
    body = (CAPTURED / "raw.json").read_bytes()
    arguments = ("verify", *flags, "--body", "-", "--secret", "cfsk_test_secret", "--now", "1747885875")
    assert run(*arguments, stdin=body)[0] == 0
    assert run(*arguments, stdin=body + b"\n")[0] == 1


@pytest.mark.parametrize("wrong", [["--body", "/nowhere/at/all"], ["-H", "no colon here?"]])
def test_what_cannot_be_read_exits_with_two(wrong: list[str]) -> None:
    assert run(*RIGHT, "--secret", "cfsk_x", *wrong)[0] == 2
    assert run(*RIGHT)[0] == 2


@pytest.mark.parametrize("secret", ["\udcff", "cfsk\x00"])
def test_a_secret_that_is_no_text_is_refused(secret: str) -> None:
    code, shown = run(*RIGHT, "--secret", secret)
    assert (code, "this is no text" in " ".join(shown.split())) == (2, True)


def test_the_page_shows_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    shown = [block.code for block in blocks(DOCS / "desk.md", "console") if "dastak verify" in block.code]
    assert shown
    for block in shown:
        command, printed = block.removeprefix("$ dastak ").replace("\\\n", "").split("\n", 1)
        assert squeezed(run(*shlex.split(command))[1]) == squeezed(printed)


def squeezed(text: str) -> str:
    return re.sub(r"[ \n]+", " ", text).strip()


def test_the_examples_are_small_and_end_as_they_were_sent() -> None:
    assert not Path(CAPTURED / "raw.json").read_bytes().endswith(b"\n")
