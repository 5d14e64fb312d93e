"""SIGKILL in the middle of a replay: after the next start it goes on where it was, and repeats no part."""

from pathlib import Path

import pytest

from support.backlog import lanes_of, mostly_down
from support.receiver import HookReceiver
from support.server import RunningServer

pytestmark = pytest.mark.slow

CUSTOMERS = 9
WINDOW = 16
"""The endpoint's: what can be sent twice by one kill."""


def test_a_killed_server_finishes_its_replay_after_the_next_start(tmp_path: Path) -> None:
    killed_and_finished(RunningServer(tmp_path))


def test_a_killed_server_finishes_its_replay_from_postgresql(tmp_path: Path, database: str) -> None:
    killed_and_finished(RunningServer(tmp_path, database_url=database))


def killed_and_finished(running: RunningServer) -> None:
    """Kill it three times while it re-queues thirty deliveries, five a second."""
    with HookReceiver() as receiver, running as server:
        backlog = mostly_down(server, receiver, "/hook", CUSTOMERS)
        before = len(receiver.hooks())
        with server.api() as api:
            asked = {"endpoint_id": backlog.endpoint["id"], "rate_per_second": 5}
            made = api.post("/api/v1/replays", asked).json
        for more in (4, 9, 15):
            receiver.wait_for(before + more)
            server.kill()
            assert not server.log(event="replay"), "it was done before it could be killed"
            server.start()
        wanted = {one["event_id"] for one in backlog.given_up}
        hooks = receiver.wait_for(lambda hooks: wanted <= {hook.id for hook in hooks[before:]})[before:]
        server.wait_for_log(event="replay", replay_id=made["id"], state="done")
        with server.api() as api:
            done = api.get(f"/api/v1/replays/{made['id']}").json
        assert (done["state"], done["requeued"], sum(done["skipped"].values())) == ("done", 30, 0)
        assert {hook.id for hook in hooks} == wanted, "nothing that was not asked for"
        assert len(hooks) - len(wanted) <= 3 * WINDOW
        arrived_first = {hook.id: hook for hook in reversed(hooks)}.values()
        assert lanes_of(sorted(arrived_first, key=lambda hook: hook.number)) == backlog.missed()
        server.assert_no_failures()
