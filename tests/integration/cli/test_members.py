"""`dastak member`: what it prints, what it exits with."""

import json
from pathlib import Path

import pytest

from support.server import dastak, environment, free_port

pytestmark = pytest.mark.slow


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(data_dir=tmp_path / "data", port=free_port()) | {"COLUMNS": "200"}


def test_a_member_is_added_listed_and_disabled_and_the_last_owner_is_not(env: dict[str, str]) -> None:
    merchant = json.loads(dastak("merchant", "create", "Asha Bank", "--json", env=env).stdout)["merchant_id"]
    whose = ("--merchant", merchant)
    owner = ("--email", "ravi@asha.example", "--role", "owner", "--name", "Ravi  [red]Iyer")
    added = dastak("member", "add", *whose, *owner, "--json", env=env)
    assert (added.returncode, added.stderr) == (0, "")
    values = json.loads(added.stdout)
    assert values["sign_in_url"].endswith(f"/dashboard/sign-in?merchant={merchant}")
    again = dastak("member", "add", *whose, *owner, env=env)
    assert (again.returncode, again.stdout) == (1, "")
    assert "has that address" in again.stderr
    last = dastak("member", "disable", *whose, values["member_id"], env=env)
    assert (last.returncode, "last owner" in last.stderr) == (1, True)
    other = dastak("member", "add", *whose, "--email", "meera@asha.example", "--role", "owner", env=env)
    assert (other.returncode, "meera" in other.stdout) == (0, True), "named after the address"
    listed = dastak("member", "list", *whose, env=env).stdout
    for said in (values["member_id"], "Ravi [red]Iyer", "ravi@asha.example", "meera@asha.example", "owner"):
        assert said in listed
    narrow = dastak("member", "list", *whose, env=env | {"COLUMNS": "80"}).stdout
    assert values["member_id"] in narrow, "an id is shown whole, to be copied"
    assert "disabled" not in listed
    gone = dastak("member", "disable", *whose, values["member_id"], env=env)
    assert (gone.returncode, gone.stderr) == (0, "")
    assert "disabled" in dastak("member", "list", *whose, env=env).stdout
    unknown = dastak("member", "disable", *whose, "mem_none", env=env)
    assert (unknown.returncode, "no such member" in unknown.stderr) == (1, True)
    stranger = dastak("member", "list", "--merchant", "mer_none", env=env)
    assert (stranger.returncode, "no such merchant" in stranger.stderr) == (1, True)


@pytest.mark.parametrize(
    ("name", "email", "role"),
    [("a\x1bb", "a@b.example", "owner"), ("Ravi", "nobody", "owner"), ("Ravi", "a@b.example", "boss")],
)
def test_what_cannot_be_a_member_is_refused_plainly(env: dict[str, str], name: str, email: str, role: str) -> None:
    refused = dastak("member", "add", "--merchant", "mer_1", "--email", email, "--role", role, "--name", name, env=env)
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert not Path(env["DASTAK_DATA_DIR"]).exists()


def test_a_merchant_s_time_zone_is_shown_set_and_must_exist(env: dict[str, str]) -> None:
    merchant = json.loads(dastak("merchant", "create", "Asha Bank", "--json", env=env).stdout)["merchant_id"]
    assert dastak("merchant", "time-zone", merchant, env=env).stdout == "Asia/Kolkata\n"
    assert dastak("merchant", "time-zone", merchant, "--set", "Europe/Berlin", env=env).stdout == "Europe/Berlin\n"
    assert dastak("merchant", "time-zone", merchant, env=env).stdout == "Europe/Berlin\n"
    wrong = dastak("merchant", "time-zone", merchant, "--set", "Mars/Olympus", env=env)
    assert (wrong.returncode, "Europe/Berlin" in wrong.stderr) == (2, True)
    stranger = dastak("merchant", "time-zone", "mer_none", env=env)
    assert (stranger.returncode, "no such merchant" in stranger.stderr) == (1, True)
