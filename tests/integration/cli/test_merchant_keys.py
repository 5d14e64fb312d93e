"""`dastak merchant key`: what it prints, what it exits with, and what the server then makes of the keys."""

import json
from pathlib import Path

import pytest

from support.api import Api
from support.server import RunningServer, dastak, environment, free_port

pytestmark = pytest.mark.slow


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(data_dir=tmp_path / "data", port=free_port()) | {"COLUMNS": "200"}


@pytest.fixture
def merchant(env: dict[str, str]) -> dict[str, str]:
    made: dict[str, str] = json.loads(dastak("merchant", "create", "Asha Bank", "--json", env=env).stdout)
    return made


def test_keys_are_made_listed_rotated_revoked_and_chosen(env: dict[str, str], merchant: dict[str, str]) -> None:
    id_, first = merchant["merchant_id"], merchant["client_id"]

    def key(*words: str) -> str:
        done = dastak("merchant", "key", *words, env=env)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    second = json.loads(key("create", id_, "--label", "Loan  [red]app", "--json"))
    assert second["client_secret"].startswith("dks_")
    shown = key("list", id_)
    assert "dks_" not in shown
    assert "Loan [red]app" in shown
    assert f"{first} " in shown.split("signs webhooks")[0].splitlines()[-1]
    assert f"signed with {second['client_id']}" in key("sign", id_, second["client_id"])
    third = key("rotate", id_, second["client_id"], "--overlap-hours", "0")
    assert "The secret is not shown again." in third
    listed = key("list", id_)
    assert (listed.count("in use"), listed.count("ended")) == (2, 1)
    assert "signed with" in key("revoke", id_, first)
    assert "revoked" in key("list", id_)


def test_what_cannot_be_done_is_refused_plainly(env: dict[str, str], merchant: dict[str, str]) -> None:
    id_, first = merchant["merchant_id"], merchant["client_id"]
    for words, said in (
        (("revoke", id_, first), "No other key would last"),
        (("revoke", id_, "dk_none"), "no such key"),
        (("list", "mer_none"), "no such merchant"),
    ):
        refused = dastak("merchant", "key", *words, env=env)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert said in refused.stderr
    for wrong in (("create", id_, "--label", "x" * 61), ("rotate", id_, first, "--overlap-hours", "721")):
        refused = dastak("merchant", "key", *wrong, env=env)
        assert refused.returncode == 2
        assert "Traceback" not in refused.stderr


def status_for(server: RunningServer, client_id: str, client_secret: str) -> int:
    with Api(server.url, client_id, client_secret) as api:
        return api.get("/api/v1/templates").status


def test_both_keys_open_in_the_overlap_and_a_revoked_one_opens_nothing(tmp_path: Path) -> None:
    with RunningServer(tmp_path) as server:
        id_, first = server.merchant.id, server.merchant.client_id
        server.stop()
        new = json.loads(dastak("merchant", "key", "rotate", id_, first, "--json", env=server.env).stdout)
        server.start()
        assert status_for(server, first, server.merchant.client_secret) == 200
        assert status_for(server, **new) == 200
        server.stop()
        listed = dastak("merchant", "key", "list", id_, env=server.env | {"COLUMNS": "200"}).stdout
        assert new["client_id"] in listed
        assert "not yet" not in listed
        dastak("merchant", "key", "revoke", id_, first, env=server.env)
        server.start()
        assert status_for(server, first, server.merchant.client_secret) == 401
        assert status_for(server, **new) == 200
