"""`dastak check` passes handlers that are right, and catches each that is wrong, over real HTTP on loopback."""

import json
import re
import socket
import socketserver
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dastak.cli.desk import checking
from dastak.cli.desk.checking import Finding, State, run
from dastak.cli.desk.made_up import journey
from dastak.cli.desk.probe_table import PROBES
from dastak.cli.desk.probes import Bench
from dastak.cli.desk.sending import RefusedUrlError, target
from dastak.cli.desk.signer import signer
from dastak.cli.main import app
from unit.cli import handlers as h
from unit.docs.pages import DOCS, blocks


def checked(handle: h.Handle, *secrets: str, only: tuple[str, ...] = (), max_seconds: float = 5) -> list[Finding]:
    signing, *others = [signer([secret]) for secret in secrets or (h.SECRET,)]
    bench = Bench(signing, tuple(others), journey(7, None, signing.client), time.time)
    probes = [probe for probe in PROBES if not only or probe.code in only]
    with h.serving(handle) as url:
        return list(run(target(url), bench, probes, max_seconds))


def failed(findings: list[Finding]) -> set[str]:
    return {one.probe.code for one in findings if one.state is State.FAILED}


@pytest.mark.parametrize("secrets", [(h.SECRET,), (h.WHSEC,), (h.SECRET, "cfsk_the_old_one")])
def test_a_right_handler_passes(secrets: tuple[str, ...]) -> None:
    findings = checked(h.right(*secrets), *secrets)
    assert [(one.probe.code, one.said) for one in findings if one.state is State.FAILED] == []
    assert len([one for one in findings if one.state is State.PASSED]) >= 40


WRONG: list[tuple[h.Handle, set[str]]] = [
    (h.believes_everything, {"altered_body", "wrong_secret", "no_signature", "stale", "future", "legacy_signature"}),
    (h.verifies_what_it_wrote_again, {"spaced_json", "escaped_json", "last_newline", "big_number", "reencoded_body"}),
    (h.signs_with_a_dot, {"valid", "kyc_link_events", "still_alive"}),
    (h.forgets_the_timestamp, {"stale", "future"}),
    (h.goes_by_the_signature_inside, {"wrong_secret", "inner_signature", "altered_timestamp", "reencoded_body"}),
    (h.reads_seconds, {"valid", "seconds"}),
    (h.refuses_unknown_events, {"unknown_event", "test_event"}),
    (h.refuses_unknown_fields, {"unknown_field", "large_body"}),
    (h.needs_an_email, {"null_fields"}),
    (h.reads_one_form_of_time, {"time_space"}),
    (h.takes_small_bodies, {"large_body"}),
    (h.refuses_duplicates(), {"duplicate", "duplicate_together", "retried"}),
    (h.refuses_retries, {"duplicate", "retried"}),
    (h.crashes_without_headers, {"no_signature", "no_timestamp", "no_headers"}),
    (h.crashes_on_bad_base64, {"garbage_signature"}),
    (h.shows_its_stack, {"wrong_secret", "stale"}),
    (h.shows_its_secret, {"wrong_secret", "stale", "not_json"}),
    (h.sends_elsewhere, {"wrong_secret", "altered_body"}),
    (h.is_gone, {"wrong_secret", "altered_body"}),
    (h.compares_the_beginning, {"short_signature"}),
    (h.trims_the_body, {"last_newline"}),
    (h.goes_by_the_event_time, {"old_event"}),
    (h.one_at_a_time(), {"duplicate_together", "burst"}),
    (h.crashes_on_what_is_not_an_event, {"not_json", "deep_json"}),
]


@pytest.mark.parametrize(("handle", "caught"), WRONG)
def test_a_wrong_handler_is_caught(handle: h.Handle, caught: set[str]) -> None:
    assert caught <= failed(checked(handle))


@pytest.mark.parametrize(
    ("handle", "alone"),
    [
        (h.takes_small_bodies, "large_body"),
        (h.trims_the_body, "last_newline"),
        (h.needs_an_email, "null_fields"),
        (h.compares_the_beginning, "short_signature"),
    ],
)
def test_what_is_right_about_a_wrong_handler_is_not_blamed(handle: h.Handle, alone: str) -> None:
    assert failed(checked(handle)) == {alone}


def test_a_handler_that_takes_the_first_signature_is_caught_in_a_rotation() -> None:
    assert failed(checked(h.takes_the_first_signature, h.WHSEC)) == {"rotation_two", "rotation_version"}


def test_a_handler_that_knows_one_secret_is_caught_in_a_rotation() -> None:
    assert failed(checked(h.right(h.SECRET), h.SECRET, "cfsk_the_old_one")) == {"rotation_secret"}


@pytest.mark.parametrize(
    ("ledger", "caught"),
    [
        (h.Ledger(), set()),
        (h.Ledger(remembers=False), {"duplicate", "duplicate_together", "retried", "after_hang_up"}),
        (h.Ledger(in_one_step=False), {"duplicate_together"}),
        (h.Ledger(verifies_first=False), {"altered_body", "wrong_secret", "stale", "no_headers"}),
        (h.NotesBeforeItVerifies(), {"after_forgery"}),
    ],
)
def test_a_handler_that_acts_too_often_is_caught_where_its_effects_can_be_counted(
    ledger: h.Ledger, caught: set[str]
) -> None:
    with h.serving(ledger.handle, lambda: ledger.acted) as url:
        done = CliRunner().invoke(app, ["check", url, "--secret", h.SECRET, "--effects", url, "--json"])
    failures = {row["code"] for row in json.loads(done.stdout)["probes"] if row["state"] == "failed"}
    assert caught <= failures
    assert bool(failures) == bool(caught)
    if "altered_body" not in caught:
        assert failures == caught


@pytest.mark.parametrize(
    ("ledger", "is_caught"),
    [
        (h.FailsWhenTold(), False),
        (h.FailsWhenTold(notes_first=True), True),
        (h.FailsWhenTold(hides=True), True),
    ],
)
def test_a_handler_that_loses_what_it_failed_on_is_caught_where_it_can_be_made_to_fail(
    ledger: h.FailsWhenTold, is_caught: bool
) -> None:
    with h.serving(ledger.handle, lambda: ledger.acted) as url, h.serving(ledger.fail) as failing:
        arguments = ["check", url, "--secret", h.SECRET, "--effects", url, "--failing", failing, "--json"]
        done = CliRunner().invoke(app, arguments)
    rows = {row["code"]: row["state"] for row in json.loads(done.stdout)["probes"]}
    assert {code for code, state in rows.items() if state == "failed"} == ({"after_failure"} if is_caught else set())
    assert rows["after_failure"] != "skipped"


def test_a_handler_of_one_thread_is_caught_by_who_stalls_and_who_does_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checking, "SPARE_SECONDS", 0)
    signing = signer([h.SECRET])
    bench = Bench(signing, (), journey(7, None, signing.client), time.time)
    probes = [probe for probe in PROBES if probe.code in {"valid", "stalled", "slow_reading"}]
    with h.serving(h.RIGHT, one_by_one=True) as url:
        findings = list(run(target(url), bench, probes, 1.5))
    assert failed(findings) == {"stalled", "slow_reading"}
    said = {one.probe.code: one.said for one in findings}
    assert "request 2 of 2: nothing came back" in said["stalled"]
    assert "request 2 of 2: nothing came back" in said["slow_reading"]


def test_effects_that_cannot_be_read_are_said_at_once() -> None:
    with h.serving(h.RIGHT, lambda: "many") as url:
        done = CliRunner().invoke(app, ["check", url, "--secret", h.SECRET, "--effects", url])
    assert done.exit_code == 2
    assert "should answer with a number" in " ".join(done.output.split())


def test_of_several_requests_it_says_which_one_went_wrong() -> None:
    (wrong,) = checked(h.refuses_duplicates(), only=("duplicate",))
    assert wrong.said.startswith("request 2 of 3: 409 came back")


def test_a_slow_handler_is_caught() -> None:
    assert failed(checked(h.is_slow, only=("valid",), max_seconds=0.2)) == {"valid"}


@contextmanager
def dripping(*pieces: bytes) -> Iterator[str]:
    """Answers everything with these pieces, the last of them again and again, without an end; without any: hangs up."""
    gone = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                if not self.request.recv(1024 * 1024) or not pieces:
                    return
                for piece in pieces[:-1]:
                    self.request.sendall(piece)
                while not gone.wait(0.02):
                    self.request.sendall(pieces[-1])

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/hook"
        finally:
            gone.set()
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("pieces", [(b"HTTP/1.1 200 OK\r\n", b"a"), (b"HTTP/1.1 200 OK\r\n\r\n", b"a")])
def test_an_answer_that_drips_without_an_end_is_no_answer(
    pieces: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "SPARE_SECONDS", 0.3)
    bench = Bench(signer([h.SECRET]), (), journey(7, None, h.SECRET), time.time)
    probes = [probe for probe in PROBES if probe.code in {"valid", "stalled", "slow_body"}]
    with dripping(*pieces) as url:
        findings = list(run(target(url), bench, probes, 0.2))
    assert {one.probe.code: "no whole answer" in one.said for one in findings} == {
        "valid": True,
        "slow_body": True,
        "stalled": True,
    }


def test_where_nothing_ever_comes_back_it_ends_soon_and_looks_once_more_at_the_end() -> None:
    bench = Bench(signer([h.SECRET]), (), journey(7, None, h.SECRET), time.time)
    with dripping() as url:
        findings = list(run(target(url), bench, PROBES, 5))
    assert [one.probe.code for one in findings if one.state is State.FAILED] == [
        *(probe.code for probe in PROBES[:3]),
        "still_alive",
    ]
    assert {one.said for one in findings[3:-1]} >= {"nothing came back to 3 probes in a row: mend that first"}


def test_a_report_that_cannot_be_written_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    with h.serving(h.RIGHT) as url:
        report = str(tmp_path / "no" / "report.xml")
        done = CliRunner().invoke(app, ["check", url, "--secret", h.SECRET, "--junit", report, "--json"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "report.xml" in done.output.replace("\n", "")


def test_where_nobody_listens_it_cannot_begin_and_says_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        done = CliRunner().invoke(app, ["check", url, "--secret", h.SECRET, "--only", "valid"])
    assert done.exit_code == 2
    assert "Is your handler running" in " ".join(done.output.split())


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "ftp://localhost/",
        "localhost:3000",
        "https://me:pw@example.com/",
        "http://127.0.0.1:x/",
        "http://10.0.0.1/",
        "https://example.com/a b",
    ],
)
def test_other_urls_are_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(RefusedUrlError):
        target(url)
    assert CliRunner().invoke(app, ["check", url, "--secret", h.SECRET]).exit_code == 2


def test_a_redirect_is_not_followed() -> None:
    with h.serving(lambda *_: (302, b"")) as url:
        done = CliRunner().invoke(app, ["trigger", "KYC_LINK_SUCCESS", url, "--secret", h.SECRET])
    assert (done.exit_code, done.output.split()[0]) == (1, "302")


def test_the_report_for_machines(tmp_path: Path) -> None:
    junit = tmp_path / "report.xml"
    with h.serving(h.takes_small_bodies) as url:
        arguments = ["check", url, "--secret", h.SECRET, "--json", "--junit", str(junit)]
        done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 1
    report = json.loads(done.output)
    assert report["right"] is False
    (wrong,) = (row for row in report["probes"] if row["state"] == "failed")
    assert (wrong["code"], "413" in wrong["said"]) == ("large_body", True)
    assert wrong["mend"]
    suite = ET.fromstring(junit.read_text()).find("testsuite")  # noqa: S314 - our own
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == (str(len(PROBES)), "1")
    assert [case.get("name") for case in suite if case.find("failure") is not None] == ["large_body"]
    assert {case.get("name") for case in suite if case.find("skipped") is not None} == {
        *("rotation_two", "rotation_version", "rotation_secret", "after_failure")
    }


def test_codes_are_unique_and_every_probe_teaches() -> None:
    assert len({probe.code for probe in PROBES}) == len(PROBES) >= 40
    assert all(probe.sent and probe.means.endswith(".") and probe.mend.endswith(".") for probe in PROBES)


def test_a_failure_is_explained_on_the_screen_as_the_page_shows() -> None:
    only = [part for code in ("valid", "large_body", "wrong_secret") for part in ("--only", code)]
    with h.serving(h.takes_small_bodies) as url:
        done = CliRunner().invoke(app, ["check", url, "--secret", h.SECRET, *only], env={"COLUMNS": "100"})
    assert done.exit_code == 1
    (shown,) = (block.code for block in blocks(DOCS / "desk.md", "console") if "dastak check" in block.code)
    printed = shown.split("\n", 1)[1]
    assert re.sub(r"\s+", " ", done.output).strip() == re.sub(r"\s+", " ", printed).strip()
