"""SIGKILL at any moment loses nothing.

The real server process is killed again and again under load; then the receiver's side is asked what it got.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from acceptance.load import Load, Promises
from support.api import Api
from support.receiver import Hook, HookReceiver
from support.server import RunningServer

KILLS = 50
SEED = 20261122
VISITORS = 6
LONGEST_LIFE_SECONDS = 0.7
DRAIN_SECONDS = 90
IN_FLIGHT = 16
"""The endpoint's window: what can be sent twice by one kill."""


@pytest.mark.slow
def test_fifty_kills_under_load_lose_no_acknowledged_event_and_keep_every_lane_in_order(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    promises = Promises()
    server = RunningServer(tmp_path, webhook_total_timeout_seconds=5, webhook_first_byte_timeout_seconds=5)
    with HookReceiver() as receiver, server:
        with server.api() as api:
            endpoint = api.add_endpoint(receiver.url(), retry_policy={"intervals_seconds": [1] * 20})
        with Load(server, promises, VISITORS, SEED) as load:
            for _ in range(KILLS):
                load.up.wait()
                before = promises.total
                receiver.wait_for(len(receiver.hooks()) + 1)
                _pause(receiver, chance.uniform(0, LONGEST_LIFE_SECONDS))
                load.up.clear()
                server.kill()
                assert promises.total >= before
                server.start()
                load.up.set()
        assert not load.failures
        with server.api() as api:
            events = api.events()
            wanted = {event["id"] for event in events}
            arrived = receiver.wait_for(lambda hooks: wanted <= {hook.id for hook in hooks}, DRAIN_SECONDS)
            undelivered = [one for one in _settled(api) if one["state"] != "delivered"]
        secrets = (server.merchant.client_secret, endpoint["secret"])
        server.assert_no_failures()

    duplicates = len(arrived) - len({hook.id for hook in arrived})
    assert len(load.finished) >= KILLS
    assert promises.total >= 2 * KILLS
    assert duplicates <= KILLS * IN_FLIGHT
    assert not undelivered
    assert _missing(promises, arrived) == {}
    assert _out_of_order(arrived) == []
    _assert_same_bytes_per_id(arrived)
    for hook in arrived[:: max(1, len(arrived) // 200)]:
        assert hook.verify(*secrets).raw == hook.body


def _pause(receiver: HookReceiver, seconds: float) -> None:
    """Let the server live a little longer; not a wait for anything."""
    receiver.closing.wait(seconds)


def _settled(api: Api) -> list[dict[str, Any]]:
    """Every delivery, once none is pending any more: the last answers may still be on their way into the log."""
    deliveries: list[dict[str, Any]] = []
    for _ in range(600):
        deliveries = api.deliveries()
        if all(one["state"] != "pending" for one in deliveries):
            break
    return deliveries


def _missing(promises: Promises, arrived: Sequence[Hook]) -> dict[str, tuple[int, int]]:
    """Links of which fewer distinct events arrived than were acknowledged: (acknowledged, arrived)."""
    got: dict[str, set[str]] = defaultdict(set)
    for hook in arrived:
        got[hook.verification_id].add(hook.id)
    return {
        verification_id: (promised, len(got[verification_id]))
        for verification_id, promised in promises.events.items()
        if len(got[verification_id]) < promised
    }


def _out_of_order(arrived: Sequence[Hook]) -> list[str]:
    """Lanes whose events did not first arrive as 1, 2, 3 and so on."""
    seen: set[str] = set()
    lanes: dict[str, list[int]] = defaultdict(list)
    for hook in arrived:
        if hook.id not in seen:
            seen.add(hook.id)
            lanes[hook.header("x-dastak-journey")].append(int(hook.header("x-dastak-sequence")))
    return [lane for lane, sequence in lanes.items() if sequence != list(range(1, len(sequence) + 1))]


def _assert_same_bytes_per_id(arrived: Sequence[Hook]) -> None:
    bodies: dict[str, bytes] = {}
    for hook in arrived:
        assert bodies.setdefault(hook.id, hook.body) == hook.body, f"{hook.id} came with other bytes"
