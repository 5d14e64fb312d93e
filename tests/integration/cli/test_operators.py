"""`dastak operator`: what it prints, what it exits with."""

import json
from pathlib import Path

import pytest

from support.server import dastak, environment, free_port

pytestmark = pytest.mark.slow


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(data_dir=tmp_path / "data", port=free_port()) | {"COLUMNS": "200"}


def test_an_operator_is_added_listed_and_deactivated(env: dict[str, str]) -> None:
    made = dastak("merchant", "create", "Asha Bank", "--json", env=env)
    merchant = json.loads(made.stdout)["merchant_id"]
    who = (merchant, "Meera  [red]Nair", "meera@asha.example", "--role", "auditor", "--role", "agent")
    added = dastak("operator", "add", *who, "--json", env=env)
    assert (added.returncode, added.stderr) == (0, "")
    values = json.loads(added.stdout)
    assert values["sign_in_url"].endswith(f"/console/sign-in?merchant={merchant}")
    again = dastak("operator", "add", *who, env=env)
    assert (again.returncode, again.stdout) == (1, "")
    assert "has that address" in again.stderr
    listed = dastak("operator", "list", merchant, env=env).stdout
    for said in (values["operator_id"], "Meera [red]Nair", "meera@asha.example", "agent, auditor"):
        assert said in listed
    assert "deactivated" not in listed
    gone = dastak("operator", "deactivate", merchant, values["operator_id"], env=env)
    assert (gone.returncode, gone.stderr) == (0, "")
    assert "deactivated" in dastak("operator", "list", merchant, env=env).stdout
    unknown = dastak("operator", "deactivate", merchant, "opr_none", env=env)
    assert (unknown.returncode, "no such operator" in unknown.stderr) == (1, True)
    stranger = dastak("operator", "list", "mer_none", env=env)
    assert (stranger.returncode, "no such merchant" in stranger.stderr) == (1, True)


@pytest.mark.parametrize(
    ("name", "email", "role"),
    [
        ("", "a@b.example", "agent"),
        ("a\x1bb", "a@b.example", "agent"),
        ("Meera", "nobody", "agent"),
        ("Meera", "a@b.example", "boss"),
    ],
)
def test_what_cannot_be_an_operator_is_refused_plainly(env: dict[str, str], name: str, email: str, role: str) -> None:
    refused = dastak("operator", "add", "mer_1", name, email, "--role", role, env=env)
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert not Path(env["DASTAK_DATA_DIR"]).exists()
