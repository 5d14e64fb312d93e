"""Calls over many processes: two for pages and two for rooms, on one PostgreSQL; customer and agent at different pages."""

import contextlib
import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from acceptance.browser import chromiums
from acceptance.test_video_kyc import AGENT, ALWAYS
from acceptance.video_people import CAMERA, DESK, Agent, Customer
from support.janus import PrivateJanus
from support.postgres import PrivatePostgres
from support.server import RunningServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
CALL = "seat_changed"


@dataclass
class Fleet:
    """A merchant with an agent, at two web processes, two nodes and a clock."""

    webs: list[RunningServer]
    nodes: list[RunningServer]
    browsers: list[Browser]

    def waiting(self, verification_id: str) -> Customer:
        """A customer who waits, at the first web process."""
        with self.webs[0].api() as api:
            user = {"user_id": "user-1", "phone": "9876543210", "name": "Asha Gupta"}
            assert api.post("/verification/user", user).status == 200
            asked = {"verification_id": verification_id, "user_id": "user-1"}
            link = str(api.post("/verification/vkyc", asked).json["vkyc_link"])
        customer = Customer(self.browsers[0])
        customer.opens(self.webs[0].url + urlsplit(link).path)
        customer.prepares()
        customer.is_checked()
        customer.queues()
        return customer

    def agent(self) -> Agent:
        """Online, at the second web process."""
        agent = Agent(self.browsers[1], DESK)
        agent.signs_in(self.webs[1].url, self.webs[0].merchant.id, AGENT)
        agent.goes_online()
        return agent

    def with_calls(self) -> set[int]:
        """Which nodes had somebody come into a room, in their present run."""
        return {number for number, node in enumerate(self.nodes) if node.is_running and node.log(event=CALL)}

    def story(self, verification_id: str) -> str:
        with self.webs[1].api(self.webs[0].merchant) as api:
            return str(api.get(f"/api/v1/video-kycs/{verification_id}").json["sub_status"])


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    with running_fleet(tmp_path) as fleet:
        yield fleet


@pytest.fixture(params=("aiortc", pytest.param("janus", marks=pytest.mark.janus)))
def fleet_over_each(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fleet]:
    """The same fleet, its nodes holding calls themselves, and at a gateway."""
    with contextlib.ExitStack() as stack:
        settings = {}
        if request.param == "janus":
            settings = stack.enter_context(PrivateJanus()).settings
        yield stack.enter_context(running_fleet(tmp_path, **settings))


@contextlib.contextmanager
def running_fleet(tmp_path: Path, **of_nodes: str) -> Iterator[Fleet]:
    """A fleet whose nodes have these settings beside their own."""
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(PrivatePostgres(fsync=False)).database()
        recordings = tmp_path / "recordings"

        def process(role: str, number: int, **settings: object) -> RunningServer:
            home = tmp_path / f"{role}{number}"
            home.mkdir()
            given: dict[str, Any] = {
                "database_url": database,
                "secret_key": KEY,
                "recordings": recordings,
                **settings,
            }
            merchants = ("Asha Bank",) if (role, number) == ("web", 0) else ()
            return RunningServer(home, merchants=merchants, role=role, trusted_proxies="127.0.0.1", **given)

        nodes = [process("video", number, video_drain_seconds=20, **of_nodes) for number in range(2)]
        urls = ",".join(node.url for node in nodes)
        webs = [process("web", number, video_nodes=urls) for number in range(2)]
        clock = process("clock", 0, video_nodes=urls)
        for server in (*webs, *nodes, clock):
            stack.enter_context(server)
        with webs[0].api() as api:
            asked = {"name": "agent", "email": AGENT, "roles": ["agent"]}
            agent_id = str(api.post("/api/v1/operators", asked).json["id"])
            assert api.put(f"/api/v1/operators/{agent_id}/availability", {"windows": ALWAYS}).status == 200
        yield Fleet(webs, nodes, stack.enter_context(chromiums(2, *CAMERA)))


def test_parties_at_different_web_processes_meet_and_a_killed_node_gives_the_customer_to_another(
    fleet_over_each: Fleet,
) -> None:
    fleet = fleet_over_each
    customer, agent = fleet.waiting("v-1"), fleet.agent()
    agent.takes_the_next()
    customer.comes_to_the_call()
    agent.meets_the_customer()
    (first,) = fleet.with_calls()
    fleet.nodes[first].kill()
    customer.sees(re.compile("You are next|next in", re.IGNORECASE), within=60_000)
    agent.page.goto(f"{fleet.webs[1].url}/console/calls")
    agent.takes_the_next()
    customer.comes_to_the_call()
    agent.meets_the_customer()
    assert fleet.with_calls() == {1 - first}
    agent.interviews()
    agent.approves("Good to go")
    customer.sees(re.compile("Your video call is done"))
    fleet.nodes[1 - first].wait_for_log(event="film_made", timeout=90)
    spools = sorted(path.name for path in (fleet.nodes[first].data_dir / "spool").iterdir() if path.is_dir())
    assert len(spools) == 1, "what was recorded before the kill is still where it was"
    assert fleet.story("v-1") == "AGENT_APPROVED"


def test_a_node_that_is_told_to_stop_lets_the_call_end(fleet: Fleet) -> None:
    customer, agent = fleet.waiting("v-1"), fleet.agent()
    agent.takes_the_next()
    customer.comes_to_the_call()
    agent.meets_the_customer()
    (first,) = fleet.with_calls()
    node = fleet.nodes[first]
    os.kill(node.pid, signal.SIGTERM)
    node.wait_for_log(event="calls_end")
    agent.interviews()
    agent.rejects("Other", "Enough seen")
    node.wait_for_log(event="stopped")
    customer.sees(re.compile("Your video call is done"))
