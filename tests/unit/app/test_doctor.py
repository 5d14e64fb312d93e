"""Every check of the doctor, when all is well and when it is not."""

import resource
import socket
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dastak.app import doctor
from dastak.app.doctor import CHECKS, Finding, examine
from dastak.store.sqlite.engine import connect
from dastak.store.sqlite.migration import available, migrate
from unit.app.deployment import KEY, in_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder as the server makes it."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


def found(what: str, environment: dict[str, str]) -> Finding:
    (finding,) = [finding for finding in examine(environment) if finding.what == what]
    return finding


def with_database(folder: Path) -> Path:
    connection = connect(folder / "dastak.db")
    migrate(connection)
    connection.close()
    return folder / "dastak.db"


def test_findings_are_numbered_in_a_fixed_order(folder: Path) -> None:
    findings = examine(in_folder(folder))
    assert [(finding.number, finding.what) for finding in findings] == [
        ("D01", "settings"),
        ("D02", "secret key"),
        ("D03", "data folder"),
        ("D04", "database"),
        ("D05", "public URL"),
        ("D06", "certificate authorities"),
        ("D07", "message gateways"),
        ("D08", "clock"),
        ("D09", "open files"),
        ("D10", "connections"),
        ("D11", "media gateways"),
    ]
    assert len(CHECKS) == len(findings) - 1
    assert all(finding.hint for finding in findings), "each says what was seen, or what to do"


def test_settings_that_cannot_be_used_are_all_that_is_found() -> None:
    findings = examine({"DASTAK_PORT": "x", "DASTAK_MODE": "x"})
    assert [(finding.number, finding.ok) for finding in findings] == [("D01", False)] * 2
    assert {finding.hint.split(":")[0] for finding in findings} == {"DASTAK_PORT", "DASTAK_MODE"}


def test_nothing_is_made_or_changed_by_looking(tmp_path: Path) -> None:
    examine(in_folder(tmp_path / "not" / "made"))
    assert list(tmp_path.iterdir()) == []


def test_the_source_of_the_key_is_named_and_the_key_is_not(folder: Path) -> None:
    assert "own key" in found("secret key", in_folder(folder)).hint
    given = found("secret key", {**in_folder(folder), "DASTAK_SECRET_KEY": KEY})
    assert given.ok
    assert KEY not in given.hint


def test_a_data_folder_for_its_owner_alone_is_well_and_one_open_to_others_is_not(folder: Path) -> None:
    assert found("data folder", in_folder(folder)).ok
    folder.chmod(0o755)
    finding = found("data folder", in_folder(folder))
    assert not finding.ok
    assert f"chmod 700 {folder}" in finding.hint


def test_a_data_folder_that_cannot_be_written_is_not_well(tmp_path: Path) -> None:
    file = tmp_path / "a-file"
    file.touch()
    finding = found("data folder", in_folder(file))
    assert not finding.ok
    assert "DASTAK_DATA_DIR" in finding.hint


def test_a_database_that_is_not_made_yet_or_current_is_well(folder: Path) -> None:
    assert "not made yet" in found("database", in_folder(folder)).hint
    with_database(folder)
    finding = found("database", in_folder(folder))
    assert (finding.ok, finding.hint) == (True, f"schema {available()[-1][0]} of {available()[-1][0]}")


def test_a_database_of_a_newer_release_is_not_well(folder: Path) -> None:
    connection = sqlite3.connect(with_database(folder))
    connection.execute("PRAGMA user_version = 9999")
    connection.close()
    finding = found("database", in_folder(folder))
    assert not finding.ok
    assert "newer release" in finding.hint


def test_a_database_that_is_no_database_is_not_well(folder: Path) -> None:
    (folder / "dastak.db").write_bytes(b"this is something else entirely" * 100)
    finding = found("database", in_folder(folder))
    assert not finding.ok
    assert "backup" in finding.hint


def test_a_damaged_database_is_not_well(folder: Path) -> None:
    path = with_database(folder)
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    path.write_bytes(content)
    assert not found("database", in_folder(folder)).ok


def test_a_database_in_a_folder_with_an_odd_name_can_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "what?#100%"
    folder.mkdir(mode=0o700)
    with_database(folder)
    newest = available()[-1][0]
    assert found("database", in_folder(folder)).hint == f"schema {newest} of {newest}"
    assert [one.name for one in tmp_path.iterdir()] == [folder.name], "the doctor made a file of its own"


def test_an_address_that_customers_cannot_open_is_not_well(folder: Path) -> None:
    assert found("public URL", in_folder(folder)).ok
    for host in ("0.0.0.0", "::"):  # noqa: S104 - what is warned of
        finding = found("public URL", {**in_folder(folder), "DASTAK_HOST": host})
        assert not finding.ok
        assert "DASTAK_PUBLIC_URL" in finding.hint


def test_without_authorities_https_webhooks_would_fail(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "trusted_authorities", lambda _settings: "/etc/ssl/certs/ca-certificates.crt")
    assert found("certificate authorities", in_folder(folder)).ok
    monkeypatch.setattr(doctor, "trusted_authorities", lambda _settings: None)
    assert not found("certificate authorities", in_folder(folder)).ok


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_gateways_that_answer_are_well_and_those_that_do_not_are_named(folder: Path, listening: int) -> None:
    assert found("message gateways", in_folder(folder)).ok
    mail = {"DASTAK_SMTP_HOST": "127.0.0.1", "DASTAK_SMTP_SENDER": "a@example.com", "DASTAK_SMTP_PORT": str(listening)}
    assert found("message gateways", {**in_folder(folder), **mail}).ok
    with socket.socket() as bound:  # bound and not listening: refuses connections
        bound.bind(("127.0.0.1", 0))
        sms = {"DASTAK_SMS_GATEWAY_URL": f"http://127.0.0.1:{bound.getsockname()[1]}/send"}
        finding = found("message gateways", {**in_folder(folder), **mail, **sms})
    assert not finding.ok
    assert "SMS" in finding.hint
    assert "SMTP" not in finding.hint


def test_a_gateway_with_an_impossible_port_is_a_finding(folder: Path) -> None:
    examine({**in_folder(folder), "DASTAK_SMS_GATEWAY_URL": "http://127.0.0.1:99999/send"})


def test_a_media_gateway_that_takes_no_connection_is_named(folder: Path) -> None:
    assert "this process" in found("media gateways", in_folder(folder)).hint
    with socket.create_server(("127.0.0.1", 0)) as listening:
        up = f"ws://127.0.0.1:{listening.getsockname()[1]}"
        assert found("media gateways", {**in_folder(folder), "DASTAK_VIDEO_GATEWAYS": up}).ok
    finding = found("media gateways", {**in_folder(folder), "DASTAK_VIDEO_GATEWAYS": up})
    assert not finding.ok
    assert up in finding.hint


def test_a_clock_that_is_years_behind_is_not_well(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("clock", in_folder(folder)).ok

    class OldClock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "OldClock":  # noqa: ARG003 - as in datetime
            return cls(1970, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(doctor, "datetime", OldClock)
    assert not found("clock", in_folder(folder)).ok


def test_too_few_open_files_are_not_well(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, ok in ((100, False), (1024, True), (resource.RLIM_INFINITY, True)):
        monkeypatch.setattr(resource, "getrlimit", lambda _which, limit=limit: (limit, limit))
        assert found("open files", in_folder(folder)).ok is ok
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (1024, 1024))
    finding = found("open files", {**in_folder(folder), "DASTAK_WEBHOOK_IN_FLIGHT": "1000"})
    assert "2000" in finding.hint
