"""The shell and API examples of the how-to pages, run in a shell against a real server."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from support.api import Api
from support.customer import Customer
from support.receiver import HookReceiver, Reply
from support.server import RunningServer
from unit.docs.pages import DOCS, blocks

pytestmark = pytest.mark.slow

CURL = Path(__file__).with_name("curl.py")
EXAMPLE_URL = "https://merchant.example/webhooks"
(PRELUDE,) = (block.code for block in blocks(DOCS / "api.md", "sh")[:1])


@dataclass(frozen=True)
class Stage:
    """A server with a merchant, its endpoint, and one delivery that was given up."""

    api: Api
    receiver: HookReceiver
    endpoint: str
    delivery: str
    folder: Path
    environment: dict[str, str]

    def shell(self, code: str) -> tuple[list[str], str]:
        """Run a page's commands; (method and status of each call, standard output)."""
        script = "set -eu\n" + PRELUDE + code.replace(EXAMPLE_URL, self.receiver.url("/shown"))
        ran = subprocess.run(
            ["sh", "-c", script], env=self.environment, capture_output=True, text=True, check=False, cwd=self.folder
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stderr.split("\n")[:-1], ran.stdout


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with HookReceiver() as receiver, RunningServer(tmp_path / "home") as server, server.api() as api:
        receiver.answer_events("/hook", then=Reply(500))
        endpoint = api.add_endpoint(receiver.url("/hook"), retry_policy={"intervals_seconds": []})
        link = api.create_link("Pan_verification", verification_id="before")
        with Customer(link["form_link"]) as customer:
            customer.sign_in()
            customer.pan()
        receiver.wait_for(2, path="/hook")
        receiver.play("/hook", Reply(200))
        given_up: list[dict[str, Any]] = []
        while len(given_up) < 2:
            given_up = api.deliveries(state="given_up")
        binaries = tmp_path / "bin"
        binaries.mkdir()
        curl = binaries / "curl"
        curl.write_text(f"#!{sys.executable}\n{CURL.read_text('utf-8')}")
        curl.chmod(0o755)
        itself = binaries / "dastak"
        itself.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dastak "$@"\n')
        itself.chmod(0o755)
        environment = server.env | {
            "LOG": str(server.log_file),
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
            "DASTAK": server.url,
            "CLIENT_ID": server.merchant.client_id,
            "CLIENT_SECRET": server.merchant.client_secret,
            "ENDPOINT": endpoint["id"],
            "DELIVERY": given_up[0]["id"],
            "JOURNEY": given_up[0]["journey_id"],
        }
        yield Stage(api, receiver, endpoint["id"], given_up[0]["id"], tmp_path, environment)


def commands(page: str) -> str:
    return "\n".join(block.code for block in blocks(DOCS / page, "sh"))


def test_the_page_on_adding_an_endpoint(stage: Stage) -> None:
    statuses, _ = stage.shell(commands("add-an-endpoint.md"))
    assert statuses == ["POST 201", "GET 200", "GET 200", "PATCH 200", "POST 200", "POST 200", "POST 200", "DELETE 204"]
    (added,) = (endpoint for endpoint in stage.api.get("/api/v1/webhook-endpoints").json["data"])
    assert added["event_types"] == ["KYC_LINK_SUCCESS", "KYC_LINK_EXPIRED"]


def test_the_page_on_rotation(stage: Stage) -> None:
    statuses, _ = stage.shell(commands("rotate-a-secret.md"))
    assert statuses == ["POST 200"]
    secrets = stage.api.get(f"/api/v1/webhook-endpoints/{stage.endpoint}").json["secrets"]
    assert [secret["expires_at"] is None for secret in secrets] == [True, False]


def test_the_page_on_resending(stage: Stage) -> None:
    statuses, out = stage.shell(commands("resend.md"))
    assert statuses == [
        *("GET 200", "GET 200", "POST 202"),
        *("POST 200", "POST 202"),  # a dry run, a replay
        *("GET 200", "GET 200", "POST 200"),
    ]
    assert '"given_up"' in out
    assert '"dry_run":true' in out
    stage.receiver.wait_for(3, path="/hook")


def test_the_script_that_replays_everything(stage: Stage) -> None:
    (block,) = blocks(DOCS / "resend.md", "python")
    before = {hook.body for hook in stage.receiver.hooks("/hook")}
    script = stage.folder / block.title
    script.write_text(block.code)
    ran = subprocess.run(
        [sys.executable, str(script)], env=stage.environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "100%: 2 of 2\ndone " in ran.stdout
    hooks = stage.receiver.wait_for(4, path="/hook")
    assert {hook.body for hook in hooks} == before
    assert {hook.attempt for hook in hooks} == {1, 2}


def test_the_page_on_reconciling(stage: Stage) -> None:
    statuses, out = stage.shell(commands("reconcile.md"))
    assert statuses == ["GET 200", "GET 200"]
    assert [json.loads(line)["data"] for line in out.splitlines() if line] == [[], []]


def catch_up(stage: Stage, *arguments: str) -> subprocess.Popen[str]:
    """The page's script, begun."""
    (block,) = blocks(DOCS / "reconcile.md", "python")
    (stage.folder / block.title).write_text(block.code)
    return subprocess.Popen(
        [sys.executable, "-u", block.title, *arguments],
        env=stage.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=stage.folder,
    )


def test_the_script_that_catches_up_handles_what_the_receiver_missed_and_nothing_twice(stage: Stage) -> None:
    ended = catch_up(stage)
    printed, errors = ended.communicate(timeout=60)
    assert (ended.returncode, errors) == (0, "")
    assert printed.splitlines() == ["handled KYC_LINK_ACTION_PERFORMED before", "handled KYC_LINK_SUCCESS before"]
    ledger = sqlite3.connect(stage.folder / "ledger.db")
    assert {key for (key,) in ledger.execute("SELECT dedupe_key FROM handled")} == {
        sha256(hook.body).hexdigest() for hook in stage.receiver.hooks("/hook")
    }
    link = stage.api.create_link("Pan_verification", verification_id="after")
    with Customer(link["form_link"]) as customer:
        customer.complete()
    pushed = stage.receiver.wait_for(3, path="/hook")[2]  # by now the receiver works again, and handles one itself
    with ledger:
        ledger.execute("INSERT INTO handled VALUES (?)", (sha256(pushed.body).hexdigest(),))
    ledger.close()
    printed, errors = catch_up(stage).communicate(timeout=60)
    assert printed.splitlines() == ["handled KYC_LINK_SUCCESS after"], errors
    assert catch_up(stage).communicate(timeout=60) == ("", "")


def test_the_script_that_follows_prints_what_happens_while_it_waits(stage: Stage) -> None:
    with catch_up(stage, "--follow") as following:
        assert following.stdout is not None
        assert [next(following.stdout).split()[-1] for _ in range(2)] == ["before", "before"]
        link = stage.api.create_link("Pan_verification", verification_id="later")
        with Customer(link["form_link"]) as customer:
            customer.complete()
        assert [next(following.stdout) for _ in range(2)] == [
            "handled KYC_LINK_ACTION_PERFORMED later\n",
            "handled KYC_LINK_SUCCESS later\n",
        ]
        following.terminate()


def test_the_page_on_templates(stage: Stage) -> None:
    statuses, out = stage.shell(commands("templates.md"))
    assert statuses == ["PUT 200", "POST 200", "GET 200", "DELETE 204", "POST 200", "DELETE 200"]
    assert '"qr_code"' in out
    link = stage.api.link("templates-1")
    assert [check["type"] for check in link["verification_details"]] == [
        "PANDETAILS_VERIFICATION",
        "BANKDETAILS_VALIDATION",
    ]


def test_the_page_on_operators(stage: Stage) -> None:
    statuses, out = stage.shell(commands("operators.md"))
    assert statuses == ["POST 201", "GET 200"]
    made, listed = (json.loads(line) for line in out.splitlines() if line)
    assert listed["data"] == [made]


def test_the_page_on_the_api_of_video_kyc(stage: Stage) -> None:
    user, case, token, lists = (block.code for block in blocks(DOCS / "video-kyc-api.md", "sh"))
    statuses, out = stage.shell(user + case)
    assert statuses == ["POST 200", "GET 200", "PATCH 200", "POST 200", "GET 200"]
    standing = json.loads(out.splitlines()[-1])
    assert (standing["user_id"], standing["sub_status"]) == ("test11", "LINK_GENERATED")
    statuses, out = stage.shell(f"REFERENCE={standing['reference_id']}\n{token}{lists}")
    assert statuses == ["POST 200", "GET 200", "GET 200", "GET 200"]
    listed, by_phone, story = (json.loads(line) for line in out.splitlines()[1:] if line)
    assert [row["verification_id"] for row in listed["data"]] == ["test333"]
    assert by_phone == listed
    assert story["timeline"][0]["by"] == "merchant"


def test_the_page_on_the_api(stage: Stage) -> None:
    statuses, out = stage.shell("\n".join(block.code for block in blocks(DOCS / "api.md", "sh")[1:]))
    assert statuses == ["POST 200", "POST 200", "POST 200", "GET 200", "GET 200", "GET 200", "GET 200"]
    answers = [json.loads(line) for line in out.splitlines() if line]
    assert answers[0] == answers[1]
    assert answers[3]["verification_id"] == "order-1"


def test_the_shape_of_an_error_is_the_one_that_is_shown(stage: Stage) -> None:
    shown = json.loads(blocks(DOCS / "errors.md", "json")[0].code)
    assert stage.api.post("/verification/form", {}).json == shown


def test_the_runbook(stage: Stage) -> None:
    statuses, out = stage.shell(commands("runbook.md"))
    assert statuses == [
        *("GET 200", "GET 200", "GET 200"),  # readyz, healthz, readyz after the disk was full
        *("POST 200", "POST 200"),  # disable, enable
        *("GET 200", "GET 200", "GET 200"),  # endpoints, pending, given up
        *("POST 200", "POST 200", "POST 202", "GET 200"),  # test, dry run, replay, replays
        "GET 200",  # an endpoint that fails
        *("POST 200", "POST 200", "GET 200"),  # one that was disabled for it: test, enable, given up
    ]
    assert '"dispatcher":"ok"' in out
    assert "D09" in out
    assert '"outcome":"given_up"' in out
    stage.receiver.wait_for(3, path="/hook")
