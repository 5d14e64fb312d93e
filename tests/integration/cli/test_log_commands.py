"""`dastak events`, `deliveries`, `resend`, `replay` beside a real server: what is in the log, and sending it again."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from dastak.cli.main import app
from support.customer import Customer
from support.receiver import HookReceiver, Reply
from support.server import RunningServer
from unit.docs.pages import DOCS, blocks

pytestmark = pytest.mark.slow


class Desk:
    """A server whose merchant has one endpoint, and the commands as that merchant types them."""

    def __init__(self, server: RunningServer, handler: HookReceiver) -> None:
        self.server, self.handler = server, handler
        with server.api() as api:
            self.endpoint = api.add_endpoint(handler.url(), retry_policy={"intervals_seconds": [3600]})["id"]

    def type(self, *arguments: str, **env: str) -> Result:
        merchant = self.server.merchant
        keyed = {"DASTAK": self.server.url, "CLIENT_ID": merchant.client_id, "CLIENT_SECRET": merchant.client_secret}
        return CliRunner().invoke(app, list(arguments), env=keyed | {"COLUMNS": "200"} | env)

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        done = self.type(*arguments, "--json")
        assert done.exit_code == 0, done.output
        return [json.loads(line) for line in done.stdout.splitlines()]

    def finish(self, verification_id: str) -> None:
        """Two events, each tried once."""
        before = len(self.handler.hooks())
        with self.server.api() as api:
            link = api.create_link("Pan_verification", verification_id=verification_id)
        with Customer(link["form_link"]) as customer:
            customer.complete()
        self.handler.wait_for(before + 2)
        self.server.wait_for_log(before + 2, event="attempt")  # written once it is settled


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home: Path = tmp_path_factory.mktemp("desk")
    with HookReceiver() as handler, RunningServer(home) as server:
        one = Desk(server, handler)
        one.finish("order-1")
        handler.answer_events("/hook", Reply(500), Reply(500))
        one.finish("order-2")
        yield one


def test_the_pages_show_what_is_printed(desk: Desk) -> None:
    """In form: ids and times are other ones each time."""
    for command in ("dastak events --ver", "dastak deliveries --ver"):
        (shown,) = (one.code for one in blocks(DOCS / "desk.md", "console") if one.code.startswith(f"$ {command}"))
        typed, *printed = shown.splitlines()
        lines = desk.type(*typed.split()[2:]).stdout.splitlines()
        assert [plain(line) for line in printed] == [plain(line) for line in lines[: len(printed)]]


def test_events_are_listed_in_their_order_and_by_filter(desk: Desk) -> None:
    shown = [(row["verification_id"], row["sequence"]) for row in desk.rows("events")]
    assert shown == [("order-1", 1), ("order-1", 2), ("order-2", 1), ("order-2", 2)]
    assert [row["verification_id"] for row in desk.rows("events", "--type", "KYC_LINK_SUCCESS")] == [
        "order-1",
        "order-2",
    ]
    assert [row["sequence"] for row in desk.rows("events", "--verification-id", "order-2")] == [1, 2]
    assert len(desk.rows("events", "--since", "1h")) == 4
    assert desk.rows("events", "--until", "1h") == []
    assert len(desk.rows("events", "--limit", "3")) == 3
    plain = desk.type("events", "--limit", "1").stdout.split()
    assert plain[3:] == ["KYC_LINK_ACTION_PERFORMED", "order-1", "#1"]


def test_an_event_is_shown_whole_with_its_deliveries(desk: Desk) -> None:
    first = desk.rows("events", "--limit", "1")[0]
    (whole,) = desk.rows("events", first["id"])
    assert (whole["raw_body"], [row["state"] for row in whole["deliveries"]]) == (first["raw_body"], ["delivered"])
    shown = desk.type("events", first["id"]).stdout
    assert '"form_status": "RECEIVED"' in shown
    assert whole["deliveries"][0]["id"] in shown


def test_deliveries_are_listed_by_state_and_one_shows_both_sides_of_its_attempts(desk: Desk) -> None:
    waiting = desk.rows("deliveries", "--verification-id", "order-2")
    assert [(row["state"], row["last_status"]) for row in waiting] == [("pending", 500), ("pending", 500)]
    assert {row["verification_id"] for row in desk.rows("deliveries", "--state", "delivered")} == {"order-1"}
    (one,) = desk.rows("deliveries", waiting[0]["id"])
    assert [attempt["status"] for attempt in one["attempt_log"]] == [500]
    shown = desk.type("deliveries", waiting[0]["id"]).stdout
    assert re.search(r"> x-webhook-signature: \S{44}", shown)
    assert "< content-length: 2" in shown
    listed = desk.type("deliveries", "--state", "pending").stdout
    assert listed.startswith("pending  ")
    assert "1 attempt" in listed


def test_a_dry_replay_says_what_it_would_send_and_sends_nothing(desk: Desk) -> None:
    before = len(desk.handler.hooks())
    (dry,) = desk.rows("replay", "--since", "1h", "--dry-run")
    assert (dry["matched"], {row["verification_id"] for row in dry["sample"]}) == (2, {"order-2"})
    shown = desk.type("replay", "--since", "1h", "--state", "delivered", "--dry-run").stdout
    assert shown.splitlines()[-1] == "2 would be sent again. Nothing was."
    assert len(desk.handler.hooks()) == before


def test_a_delivery_and_all_those_of_an_event_are_sent_again(desk: Desk) -> None:
    (row,) = desk.rows("deliveries", "--verification-id", "order-1", "--limit", "1")
    (again,) = desk.rows("resend", row["id"])
    assert (again["id"], again["state"], again["attempts"]) == (row["id"], "delivered", row["attempts"] + 1)
    by_event = desk.type("resend", row["event_id"])
    assert by_event.exit_code == 0
    assert by_event.stdout.startswith("delivered  " + row["id"])
    bodies = {hook.body for hook in desk.handler.hooks() if hook.id == row["event_id"]}
    assert len(bodies) == 1


def test_a_resend_that_does_not_go_well_says_so(desk: Desk) -> None:
    desk.handler.answer_events("/hook", Reply(503))
    (row,) = desk.rows("deliveries", "--verification-id", "order-1", "--limit", "1")
    refused = desk.type("resend", row["id"])
    assert (refused.exit_code, refused.stdout.split()[0]) == (1, "pending")
    assert desk.type("resend", row["id"]).exit_code == 0
    missing = desk.type("resend", "dlv_nothing")
    assert missing.exit_code == 1
    assert "There is no such delivery" in " ".join(missing.output.split())
    assert desk.type("resend", "dlv_nothing", CLIENT_SECRET="cfsk_wrong").exit_code == 2


def test_a_replay_is_watched_to_its_end_and_listed(desk: Desk) -> None:
    looks = desk.rows("replay", "--verification-id", "order-2", "--rate", "1000")
    assert (looks[-1]["state"], looks[-1]["requeued"], looks[-1]["progress"]) == ("done", 2, 1)
    shown = desk.type("replay", looks[0]["id"])
    assert shown.exit_code == 0
    assert shown.stdout.split() == [looks[0]["id"], "done", "2", "of", "2", "re-queued"]
    assert desk.rows("replay", "--list")[0]["id"] == looks[0]["id"]


def test_a_slow_replay_is_begun_and_ended_from_the_desk(desk: Desk) -> None:
    arguments = ("--verification-id", "order-1", "--state", "delivered", "--rate", "1")
    (begun,) = desk.rows("replay", *arguments, "--detach")
    ended = desk.rows("replay", begun["id"], "--cancel")
    assert [row["state"] for row in ended] == ["cancelled"]
    assert desk.type("replay", begun["id"]).exit_code == 1
    assert desk.type("replay", "--cancel").exit_code == 2


def test_what_the_server_refuses_is_one_sentence(desk: Desk) -> None:
    for arguments, said in (
        (("replay",), "answered 400"),
        (("replay", "--since", "yesterday"), "is no time"),
        (("deliveries", "--state", "lost"), "state"),
        (("events", "evt_nothing"), "no such event"),
        (("deliveries", "../events"), "answered 404"),
    ):
        done = desk.type(*arguments)
        assert (done.exit_code, done.stdout) == (2, ""), arguments
        assert said in " ".join(done.stderr.split()), arguments


def plain(line: str) -> str:
    line = re.sub(r"  next \S+$", "", line)  # of a lane's two that wait, the one whose time comes first by chance
    line = re.sub(r"\b(evt|dlv)_[0-9a-z]+", r"\1_", line)
    return re.sub(r"\d{4}-\d\d-\d\d ", "", re.sub(r"\d\d:\d\d:\d\d", "hh:mm:ss", line))
