"""The units start commands that exist, with settings that exist, stop patiently, and let nobody out of their folder."""

import re
from pathlib import Path

import pytest
import typer.main

from dastak.app.server import GRACE_SECONDS
from dastak.app.settings import SETTINGS, read_settings
from dastak.cli.main import app

UNITS = Path(__file__).parents[3] / "ops" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
LASTING = [path for path in SERVICES if path.stem != "dastak-migrate"]
PARTS = [path for path in LASTING if "@" in path.name]

Lines = list[tuple[str, str]]


def lines(path: Path, section: str) -> Lines:
    """What is set in a section, in order; a unit may set a name many times."""
    found: Lines = []
    now = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("["):
            now = line.strip("[]")
        elif now == section and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.append((name, value))
    return found


def settings_of(path: Path) -> dict[str, str]:
    words = [word for name, value in lines(path, "Service") if name == "Environment" for word in value.split()]
    return dict(word.split("=", 1) for word in words)


def hardening(path: Path) -> Lines:
    """All that is set the same way everywhere: whatever is not about this part."""
    own = {"ExecStart", "Type", "Environment", "LoadCredential", "TimeoutStopSec", "Restart", "RestartSec"}
    return [line for line in lines(path, "Service") if line[0] not in own | {"RestartPreventExitStatus", "LimitNOFILE"}]


def name_of(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", SERVICES, ids=name_of)
def test_a_unit_starts_a_command_that_exists(path: Path) -> None:
    ((_, command),) = [line for line in lines(path, "Service") if line[0] == "ExecStart"]
    program, name = command.split()
    assert program == "/opt/dastak/.venv/bin/dastak"
    group = typer.main.get_group(app)
    assert name in group.commands
    if path in PARTS:
        assert path.name == f"dastak-{name}@.service"


def test_every_part_has_a_unit() -> None:
    assert {path.name for path in PARTS} == {
        f"dastak-{part}@.service" for part in ("web", "dispatch", "clock", "video")
    }


@pytest.mark.parametrize("path", SERVICES, ids=name_of)
def test_a_unit_names_settings_that_exist_and_no_secret(path: Path) -> None:
    known = {setting.name: setting for setting in SETTINGS}
    for name in settings_of(path):
        setting = known[name.removesuffix("_FILE")]
        assert name.endswith("_FILE") or not setting.secret, name


@pytest.mark.parametrize("path", SERVICES, ids=name_of)
def test_every_secret_of_a_unit_is_a_credential_that_systemd_loads(path: Path) -> None:
    loaded = [value.partition(":")[0] for name, value in lines(path, "Service") if name == "LoadCredential"]
    read = [value.removeprefix("%d/") for name, value in settings_of(path).items() if name.endswith("_FILE")]
    assert loaded == read
    assert "secret-key" in loaded
    assert ("database-url" in loaded) is (path.name != "dastak.service")


@pytest.mark.parametrize("path", LASTING, ids=name_of)
def test_a_stop_is_given_more_time_than_it_takes_and_a_fault_of_the_settings_is_not_tried_again(path: Path) -> None:
    told = dict(lines(path, "Service"))
    settings = read_settings({})
    assert int(told["TimeoutStopSec"]) > GRACE_SECONDS + settings.webhook_total_timeout_seconds + 20
    assert int(told["LimitNOFILE"]) >= 2 * settings.webhook_in_flight
    assert told["Restart"] == "always"
    assert told["RestartPreventExitStatus"] == "2"


def test_calls_under_way_are_given_the_time_that_the_settings_promise() -> None:
    told = dict(lines(UNITS / "dastak-video@.service", "Service"))
    assert int(told["TimeoutStopSec"]) > read_settings({}).video_drain_seconds + GRACE_SECONDS + 20


@pytest.mark.parametrize("path", SERVICES, ids=name_of)
def test_every_unit_is_shut_in_the_same_way(path: Path) -> None:
    assert hardening(path) == hardening(SERVICES[0])
    wanted = {"User": "dastak", "DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict"}
    assert wanted.items() <= dict(hardening(path)).items()


@pytest.mark.parametrize("path", PARTS, ids=name_of)
def test_a_part_s_port_is_its_instance_and_the_target_stops_it(path: Path) -> None:
    assert settings_of(path)["DASTAK_PORT"] == "%i"
    assert ("PartOf", "dastak.target") in lines(path, "Unit")
    assert lines(path, "Install") == [("WantedBy", "dastak.target")]


def test_the_page_starts_units_that_exist() -> None:
    page = (UNITS.parents[1] / "docs" / "scale-out.md").read_text("utf-8")
    named = set(re.findall(r"dastak-\w+(?=@\d)|dastak-migrate", page))
    assert named == {"dastak-web", "dastak-dispatch", "dastak-clock", "dastak-video", "dastak-migrate"}
    assert all(any(path.stem.rstrip("@") == name for path in SERVICES) for name in named)
