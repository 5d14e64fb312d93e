"""The units for systemd start commands that exist, with settings that exist, and give away nothing."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer.main

from dastak.app.settings import SETTINGS
from dastak.cli.main import app

ROOT = Path(__file__).parents[3]
UNITS = sorted((ROOT / "ops" / "systemd").glob("*.service"))
ROLES = {"serve", "web", "dispatch", "clock"}
INSTALLED = "/opt/dastak/.venv/bin/dastak"
HARDENED = {
    "DynamicUser": "yes",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "CapabilityBoundingSet": "",
    "Restart": "always",
}

each = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)


def values(unit: Path, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", unit.read_text("utf-8"), re.MULTILINE)


def test_there_is_one_for_each_role() -> None:
    assert {unit.name for unit in UNITS} == {f"dastak-{role}.service" for role in ROLES}


@each
def test_it_starts_a_command_that_exists(unit: Path) -> None:
    (command,) = values(unit, "ExecStart")
    program, role = command.split()
    assert program == INSTALLED
    assert unit.name == f"dastak-{role}.service"
    assert role in getattr(typer.main.get_command(app), "commands")  # noqa: B009 - a group, which click does not type


@each
def test_it_sets_settings_that_exist(unit: Path) -> None:
    known = {setting.name for setting in SETTINGS} | {f"{setting.name}_FILE" for setting in SETTINGS}
    names = {line.partition("=")[0] for line in values(unit, "Environment")}
    assert names <= known
    assert "DASTAK_SECRET_KEY_FILE" in names


@each
def test_secrets_come_from_files_that_are_handed_over(unit: Path) -> None:
    secret = {setting.name for setting in SETTINGS if setting.secret}
    handed = {line.partition(":")[0] for line in values(unit, "LoadCredential")}
    given = dict(line.split("=", 1) for line in values(unit, "Environment"))
    assert not secret & given.keys()
    files = {value for name, value in given.items() if name.removesuffix("_FILE") in secret}
    assert files == {f"%d/{name}" for name in handed}


@each
def test_it_may_do_little_and_comes_back(unit: Path) -> None:
    assert {key: values(unit, key) for key in HARDENED} == {key: [value] for key, value in HARDENED.items()}
    assert int(values(unit, "TimeoutStopSec")[0]) > 15 + 10
    assert int(values(unit, "LimitNOFILE")[0]) >= 4096


@each
def test_systemd_understands_every_line(unit: Path, tmp_path: Path) -> None:
    """Where systemd is; elsewhere each line has at least the form `Key=value`."""
    lines = unit.read_text("utf-8").splitlines()
    assert all(re.fullmatch(r"(\[\w+\]|[A-Z]\w+=.*|#.*|)", line) for line in lines)
    if (analyze := shutil.which("systemd-analyze")) is None:
        return
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text("utf-8").replace(INSTALLED, shutil.which("true") or ""), "utf-8")
    result = subprocess.run([analyze, "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False)
    assert [line for line in result.stderr.splitlines() if unit.name in line] == []
