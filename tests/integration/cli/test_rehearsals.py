"""Scenarios as whole journeys on a real sandbox server: it tells of them by webhooks of its own, the very same events."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dastak.app.rehearsal import rehearsals
from dastak.app.settings import read_settings
from dastak.cli.desk.rehearsing import ACTS
from dastak.cli.desk.scenarios import SCENARIOS
from dastak.cli.main import app
from dastak.journeys.kyc_link.rehearsal import LinkRehearsal
from dastak.journeys.video_kyc.rehearsal import CaseRehearsal
from dastak.web.api.problem import Problem
from dastak.web.api.rehearsal import RehearsalApi
from support.receiver import HookReceiver
from support.server import RunningServer
from unit.app.deployment import in_folder
from unit.docs.pages import DOCS, ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("rehearsals")) as running:
        yield running


@pytest.fixture(scope="module")
def handler(server: RunningServer) -> Iterator[HookReceiver]:
    with HookReceiver() as receiver:
        with server.api() as api:
            api.add_endpoint(receiver.url())
        yield receiver


def rehearsed(server: RunningServer, *arguments: str) -> Result:
    merchant = server.merchant
    env = {"CLIENT_ID": merchant.client_id, "CLIENT_SECRET": merchant.client_secret, "COLUMNS": "120"}
    return CliRunner().invoke(app, ["trigger", *arguments, "--server", server.url], env=env)


def act(server: RunningServer, verification_id: str, name: str) -> Any:
    with server.api() as api:
        return api.post("/api/v1/sandbox/acts", {"verification_id": verification_id, "act": name})


@pytest.mark.parametrize("scenario", ACTS)
def test_the_server_tells_what_the_signed_posts_of_the_same_name_tell(
    scenario: str, server: RunningServer, handler: HookReceiver
) -> None:
    done = rehearsed(server, scenario, "--set", f"verification_id={scenario}", "--json")
    assert done.exit_code == 0, done.output
    wanted = SCENARIOS[scenario]
    came = handler.wait_for(lambda hooks: len(of(hooks, scenario)) == len(wanted))
    hooks = of(came, scenario)
    assert [hook.type for hook in hooks] == [event for event, _ in wanted]
    for hook, (_, told) in zip(hooks, wanted, strict=True):
        hook.verify(server.merchant.client_secret)
        data = hook.json["data"]
        said = (
            tuple(check["status"] for check in data["verification_details"])
            if "form_status" in data
            else data["sub_status"]
        )
        assert said == told
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["type"] for row in printed if "type" in row] == [event for event, _ in wanted]
    assert [row["act"] for row in printed if "act" in row] == ["made", *ACTS[scenario]]


def of(hooks: list[Any], verification_id: str) -> list[Any]:
    return sorted(
        (hook for hook in hooks if hook.verification_id == verification_id),
        key=lambda hook: hook.header("x-dastak-sequence"),
    )


def test_both_kinds_of_scenarios_have_the_same_names() -> None:
    assert ACTS.keys() == SCENARIOS.keys()


def test_a_seed_names_the_journey_and_fields_are_those_it_is_made_with(server: RunningServer) -> None:
    done = rehearsed(server, "kyc-link-happy", "--seed", "7", "--set", "name=Ravi", "--json")
    name = json.loads(done.stdout.splitlines()[0])["verification_id"]
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["body"]["data"]["name"] for row in rows if "body" in row} == {"Ravi"}
    again = rehearsed(server, "kyc-link-happy", "--seed", "7")
    assert again.exit_code == 2
    assert "exists already" in " ".join(again.output.split())
    assert name.startswith("kyc-link-happy-")


def test_rehearsed_calls_do_not_wait_for_each_other(server: RunningServer) -> None:
    """Two are under way at once, each with an agent of its own."""
    started = ["customer_queues", "call_starts"]
    with server.api() as api:
        for name in ("call-1", "call-2"):
            user = api.post("/verification/user", {"phone": "9999999999"}).json["user_id"]
            api.post("/verification/vkyc", {"verification_id": name, "user_id": user})
            for one in started:
                assert act(server, name, one).status == 200
        agents = {api.get(f"/api/v1/video-kycs/{name}").json["calls"][0]["agent_id"] for name in ("call-1", "call-2")}
    assert len(agents) == 2
    assert act(server, "call-1", "agent_approves").json["sub_status"] == "AGENT_APPROVED"
    assert act(server, "call-2", "agent_rejects").json["sub_status"] == "AGENT_REJECTED"


def test_an_act_out_of_turn_says_where_the_journey_stands(server: RunningServer) -> None:
    with server.api() as api:
        api.create_link("Pan_verification", verification_id="turn-1")
    assert act(server, "turn-1", "customer_passes_check").json["status"] == "SUCCESS"
    late = act(server, "turn-1", "link_expires")
    assert (late.status, late.json["code"]) == (409, "act_not_possible")
    assert "form_status SUCCESS" in late.json["message"]
    assert act(server, "turn-1", "agent_approves").json["code"] == "act_value_invalid"
    assert act(server, "nobody", "link_expires").status == 404
    for name in published():
        assert act(server, "call-1", name).status in {200, 400, 409}, name
    assert [line for line in server.lines() if "Traceback" in line] == []


def test_what_cannot_begin_exits_with_two(server: RunningServer) -> None:
    assert rehearsed(server, "KYC_LINK_SUCCESS").exit_code == 2
    assert rehearsed(server, "kyc-link-happy", "--set", "event_time=x").exit_code == 2
    assert (
        CliRunner().invoke(app, ["trigger", "kyc-link-happy", "--server", server.url], env={"CLIENT_ID": ""}).exit_code
        == 2
    )


def test_the_published_acts_are_those_that_can_be_done() -> None:
    nothing: Any = None
    links = LinkRehearsal(nothing, nothing, {}, {}).acts()
    cases = CaseRehearsal(*([nothing] * 10)).acts()
    assert set(published()) == {*links, *cases}
    page = (DOCS / "sandbox.md").read_text("utf-8")
    assert all(f"`{name}`" in page for name in published())
    assert {name for acts in ACTS.values() for name in acts} <= set(published())


async def test_production_rehearses_nothing(tmp_path: Path) -> None:
    nothing: Any = None
    settings = replace(read_settings(in_folder(tmp_path)), mode="production")
    assert rehearsals(settings, nothing, nothing, nothing, nothing, nothing, now=nothing) is None
    with pytest.raises(Problem, match="no sandbox") as refused:
        await RehearsalApi(None).act(nothing, nothing)
    assert refused.value.status == 404


def published() -> list[str]:
    document = json.loads((ROOT / "spec" / "openapi.json").read_text("utf-8"))
    body = document["paths"]["/api/v1/sandbox/acts"]["post"]["requestBody"]["content"]["application/json"]
    names: list[str] = body["schema"]["properties"]["act"]["enum"]
    return names
