"""The snippets of "Verify webhooks in any language", each run by its own language against the published test vectors."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.languages import program
from unit.docs.pages import DOCS, ROOT, blocks

pytestmark = pytest.mark.slow

PAGE = DOCS / "verify-in-any-language.md"
RUNNERS = Path(__file__).parent / "languages"
VECTORS = ROOT / "spec" / "vectors"


@dataclass(frozen=True)
class Language:
    """How a snippet becomes a program that reads vectors and says what it makes of them."""

    snippet: str
    runner: str
    build: Sequence[str]
    """A command whose first word is looked up; empty where nothing is compiled."""
    run: Sequence[str]


LANGUAGES: Mapping[str, Language] = {
    "node": Language("webhook.mjs", "run.mjs", (), ("node", "run.mjs")),
    "go": Language("webhook.go", "run.go", ("go", "build", "-o", "program", "webhook.go", "run.go"), ("./program",)),
    "java": Language("Webhook.java", "Run.java", ("javac", "Webhook.java", "Run.java"), ("java", "Run")),
    "php": Language("webhook.php", "run.php", (), ("php", "run.php")),
    "csharp": Language("Webhook.cs", "Run.cs", ("mcs", "-out:run.exe", "Webhook.cs", "Run.cs"), ("mono", "run.exe")),
}


@pytest.fixture(params=LANGUAGES, scope="module")
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """For each vector of the header scheme with one secret, then each delivery: what it said, and the dedupe key."""
    language, folder = LANGUAGES[request.param], tmp_path_factory.mktemp(request.param)
    (block,) = (one for one in blocks(PAGE) if one.title == language.snippet)
    (folder / language.snippet).write_text(block.code.replace("package webhook\n", "package main\n"), "utf-8")
    shutil.copy(RUNNERS / language.runner, folder)
    if language.build:
        call(language.build, folder, "")
    lines = [line(case["headers"], case, case["secrets"][0], case["now_ms"]) for case in signatures()]
    lines += [line(one["headers"], one, "cfsk_test_secret", 0) for one in deliveries()]
    printed = call(language.run, folder, "\n".join(lines) + "\n").splitlines()
    assert len(printed) == len(lines)
    return [(verdict, key) for verdict, _, key in (row.partition("\t") for row in printed)]


def test_it_accepts_exactly_what_the_vectors_accept(said: list[tuple[str, str]]) -> None:
    cases = signatures()
    assert {case["name"]: verdict == "accepted" for case, (verdict, _) in zip(cases, said, strict=False)} == {
        case["name"]: case["accepted"] for case in cases
    }
    assert len(cases) > 20


def test_it_says_why(said: list[tuple[str, str]]) -> None:
    codes = {"accepted", "signature_mismatch", "stale_timestamp", "bad_timestamp", "missing_header"}
    assert {verdict for verdict, _ in said} <= codes


def test_its_dedupe_keys_are_those_of_the_vectors(said: list[tuple[str, str]]) -> None:
    wanted = deliveries()
    assert [key for _, key in said[-len(wanted) :]] == [one["key"] for one in wanted]


def test_every_language_of_the_page_is_run() -> None:
    titled = {one.title for one in blocks(PAGE) if one.title}
    assert titled == {language.snippet for language in LANGUAGES.values()} | {"verify.py"}


def test_python_without_the_sdk_does_the_same() -> None:
    (block,) = blocks(PAGE, "python")
    names: dict[str, Any] = {}
    exec(compile(block.code, block.title, "exec"), names)  # noqa: S102 - our own page
    for case in signatures():
        try:
            names["verify"](case["headers"], body_of(case), case["secrets"][0], case["now_ms"] / 1000)
            accepted = True
        except ValueError:
            accepted = False
        assert accepted == case["accepted"], case["name"]
    assert [names["dedupe_key"](body_of(one)) for one in deliveries()] == [one["key"] for one in deliveries()]


def signatures() -> list[dict[str, Any]]:
    every = json.loads((VECTORS / "signature.json").read_text("utf-8"))["cases"]
    return [case for case in every if case["scheme"] == "header" and len(case["secrets"]) == 1]


def deliveries() -> list[dict[str, Any]]:
    every = json.loads((VECTORS / "dedupe.json").read_text("utf-8"))["cases"]
    return [delivery for case in every for delivery in case["deliveries"]]


def body_of(case: Mapping[str, Any]) -> bytes:
    return base64.b64decode(case["body_base64"])


def line(headers: Mapping[str, str], case: Mapping[str, Any], secret: str, now: int) -> str:
    """One vector, without JSON, which not every language reads by itself."""
    given = [headers.get(name) for name in ("x-webhook-timestamp", "x-webhook-signature")]
    parts = ["-" if text is None else base64.b64encode(text.encode()).decode() for text in given]
    return "\t".join((*parts, case["body_base64"], base64.b64encode(secret.encode()).decode(), str(now)))


def call(command: Sequence[str], folder: Path, given: str) -> str:
    first, *rest = command
    found = str(folder / first) if first.startswith("./") else str(program(first))
    env = dict(os.environ) | {"GO111MODULE": "off", "GOCACHE": str(folder / "cache"), "GOTOOLCHAIN": "local"}
    done = subprocess.run(
        [found, *rest], cwd=folder, env=env, input=given, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
