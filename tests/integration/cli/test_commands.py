"""The commands that do something and end: what they print, what they exit with."""

import json
import sqlite3
import stat
from pathlib import Path

import pytest

from dastak import __version__
from support.server import dastak, environment, free_port

pytestmark = pytest.mark.slow

COMMANDS = [
    *("serve", "web", "dispatch", "clock", "migrate", "doctor", "verify", "check", "trigger", "listen"),
    *("merchant", "merchant create", "merchant list", "merchant contacts"),
    *("merchant key", *(f"merchant key {act}" for act in ("list", "create", "rotate", "revoke", "sign"))),
    *("operator", "operator add", "operator list", "operator deactivate"),
]


def plain(text: str) -> str:
    """On one line, without the table's padding."""
    return " ".join(text.split())


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(data_dir=tmp_path / "data", port=free_port())


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_explains_itself(command: str) -> None:
    shown = dastak(*command.split(), "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "Usage:" in shown.stdout
    assert len(shown.stdout.split()) > 15


def test_help_names_every_command() -> None:
    shown = dastak("-h").stdout
    for command in ("serve", "web", "dispatch", "clock", "migrate", "doctor", "merchant", "operator"):
        assert f" {command} " in shown


def test_the_version_is_shown_without_any_settings() -> None:
    shown = dastak("--version", env=environment(nonsense="x"))
    assert (shown.returncode, shown.stdout) == (0, f"dastak {__version__}\n")


@pytest.mark.parametrize("wrong", [["fly"], ["merchant", "fly"], ["serve", "--fast"], ["merchant", "create"]])
def test_what_cannot_be_understood_exits_with_two(wrong: list[str]) -> None:
    shown = dastak(*wrong)
    assert shown.returncode == 2
    assert "Usage:" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_a_merchant_is_made_and_listed_without_its_secret(env: dict[str, str]) -> None:
    made = dastak("merchant", "create", "Asha  Bank", "--json", env=env)
    assert (made.returncode, made.stderr) == (0, "")
    values = json.loads(made.stdout)
    assert list(values) == ["merchant_id", "client_id", "client_secret"]
    shown = dastak("merchant", "create", "आशा [red]Bank", env=env)
    assert shown.returncode == 0
    assert "x-client-secret" in shown.stdout
    assert "not shown again" in shown.stdout
    listed = dastak("merchant", "list", env=env | {"COLUMNS": "200"})
    assert (listed.returncode, listed.stderr) == (0, "")
    for said in (values["merchant_id"], values["client_id"], "Asha Bank", "आशा [red]Bank"):
        assert said in listed.stdout
    assert values["client_secret"] not in listed.stdout
    assert "dks_" not in listed.stdout


def test_contacts_are_given_with_a_merchant_shown_replaced_and_cleared(env: dict[str, str]) -> None:
    made = dastak("merchant", "create", "Asha Bank", "--contact", "ops@asha.example", "--json", env=env)
    merchant = json.loads(made.stdout)["merchant_id"]
    assert dastak("merchant", "contacts", merchant, env=env).stdout == "ops@asha.example\n"
    changed = dastak("merchant", "contacts", merchant, "--set", "a@asha.example", "--set", "b@asha.example", env=env)
    assert (changed.returncode, changed.stdout) == (0, "a@asha.example\nb@asha.example\n")
    assert dastak("merchant", "contacts", merchant, env=env).stdout == changed.stdout
    cleared = dastak("merchant", "contacts", merchant, "--clear", env=env)
    assert (cleared.returncode, cleared.stdout) == (0, "")
    assert "Nobody is told" in cleared.stderr
    assert b"asha.example" not in (Path(env["DASTAK_DATA_DIR"]) / "dastak.db").read_bytes()


@pytest.mark.parametrize("address", ["nobody", "a@b@c", "a b@c.example", "x@example.com\r\nBcc: y@example.com"])
def test_a_contact_that_is_not_an_address_is_refused_plainly(env: dict[str, str], address: str) -> None:
    for command in (["create", "Asha Bank", "--contact"], ["contacts", "mer_1", "--set"]):
        refused = dastak("merchant", *command, address, env=env)
        assert refused.returncode == 2
        assert "plain e-mail address" in plain(refused.stderr)
    assert not Path(env["DASTAK_DATA_DIR"]).exists()


def test_contacts_of_an_unknown_merchant_and_contradictions_are_refused_plainly(env: dict[str, str]) -> None:
    unknown = dastak("merchant", "contacts", "mer_none", "--set", "ops@asha.example", env=env)
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "no such merchant" in plain(unknown.stderr)
    both = dastak("merchant", "contacts", "mer_none", "--set", "ops@asha.example", "--clear", env=env)
    assert both.returncode == 2
    many = dastak("merchant", "contacts", "mer_none", *(f"--set=a{n}@asha.example" for n in range(11)), env=env)
    assert (many.returncode, "at most 10" in plain(many.stderr)) == (2, True)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x1b[31mb", "a\u202eb"])
def test_a_merchants_name_is_refused_plainly(env: dict[str, str], name: str) -> None:
    made = dastak("merchant", "create", name, env=env)
    assert made.returncode == 2
    assert "printable characters" in plain(made.stderr)
    assert not Path(env["DASTAK_DATA_DIR"]).exists()


def test_migrating_twice_is_harmless(env: dict[str, str]) -> None:
    first = dastak("migrate", env=env)
    assert first.returncode == 0
    assert first.stdout.startswith("applied ")
    second = dastak("migrate", env=env)
    assert (second.returncode, second.stdout) == (0, "The database is up to date.\n")


def test_what_the_sandbox_keeps_is_for_its_owner_alone(env: dict[str, str]) -> None:
    assert dastak("migrate", env=env).returncode == 0
    folder = Path(env["DASTAK_DATA_DIR"])
    for path in (folder, *folder.iterdir()):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_a_doctor_who_finds_nothing_exits_with_zero(env: dict[str, str]) -> None:
    for _ in ("before the first start", "after it"):
        found = dastak("doctor", env=env)
        assert (found.returncode, found.stderr) == (0, ""), found.stdout
        assert all(f"D{number:02}" in found.stdout for number in range(1, 11))
        assert "mend" not in found.stdout
        dastak("migrate", env=env)


def test_a_doctor_changes_nothing(env: dict[str, str]) -> None:
    dastak("doctor", env=env)
    assert not Path(env["DASTAK_DATA_DIR"]).exists()


@pytest.mark.parametrize(
    ("setting", "value", "number"),
    [
        ("DASTAK_PORT", "http", "D01"),
        ("DASTAK_HOST", "::", "D05"),
        ("DASTAK_SMTP_HOST", "127.0.0.1", "D07"),
        ("DASTAK_SMS_GATEWAY_URL", "http://127.0.0.1:9/send", "D07"),
    ],
)
def test_a_doctor_who_finds_a_fault_names_it_and_exits_with_one(
    env: dict[str, str], setting: str, value: str, number: str
) -> None:
    faulty = env | {setting: value, "COLUMNS": "200"}
    if setting == "DASTAK_SMTP_HOST":
        faulty |= {"DASTAK_SMTP_PORT": "9", "DASTAK_SMTP_SENDER": "a@b.in"}
    found = dastak("doctor", env=faulty)
    assert found.returncode == 1
    assert [line.split()[0] for line in found.stdout.splitlines() if "mend" in line] == [number]
    assert "Traceback" not in found.stdout + found.stderr


def test_a_doctor_sees_a_database_that_is_no_database(env: dict[str, str]) -> None:
    folder = Path(env["DASTAK_DATA_DIR"])
    folder.mkdir(mode=0o700)
    (folder / "dastak.db").write_bytes(b"this is not a database, however long one looks at it" * 50)
    found = dastak("doctor", env=env)
    assert found.returncode == 1
    assert "D04" in found.stdout
    for command in (["migrate"], ["serve"], ["merchant", "list"]):
        failed = dastak(*command, env=env)
        assert failed.returncode == 1
        assert "Traceback" not in failed.stderr
        assert "dastak doctor" in plain(failed.stderr)


def test_a_database_of_a_newer_release_is_left_alone(env: dict[str, str]) -> None:
    dastak("migrate", env=env)
    with sqlite3.connect(Path(env["DASTAK_DATA_DIR"]) / "dastak.db") as database:
        database.execute("PRAGMA user_version = 999")
    database.close()
    for command in (["migrate"], ["serve"], ["doctor"]):
        failed = dastak(*command, env=env)
        assert failed.returncode == 1
        assert "Traceback" not in failed.stderr
        assert "newer" in plain(failed.stdout + failed.stderr)


def test_a_key_that_does_not_fit_the_database_is_said_plainly(env: dict[str, str]) -> None:
    dastak("merchant", "create", "Asha", env=env)
    other = env | {"DASTAK_SECRET_KEY": "A" * 43 + "="}
    for command in (["serve"], ["merchant", "list"], ["merchant", "create", "Other"]):
        failed = dastak(*command, env=other, timeout=20)
        assert failed.returncode == 1, command
        assert "Traceback" not in failed.stderr
        assert "DASTAK_SECRET_KEY" in failed.stderr


def test_a_data_folder_that_is_a_file_is_said_plainly(env: dict[str, str]) -> None:
    Path(env["DASTAK_DATA_DIR"]).write_text("a file")
    for command in ("migrate", "serve", "doctor"):
        failed = dastak(command, env=env)
        assert failed.returncode == 1, command
        assert "Traceback" not in failed.stderr


def test_a_setting_can_come_from_a_file(env: dict[str, str], tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("A" * 43 + "=\n")
    found = dastak("doctor", env=env | {"DASTAK_SECRET_KEY_FILE": str(key)})
    assert "1 key(s) from the settings" in plain(found.stdout)
    assert dastak("doctor", env=env | {"DASTAK_SECRET_KEY_FILE": str(key) + "x"}).returncode == 1
