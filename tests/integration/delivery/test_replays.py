"""An endpoint that was down gets what it missed: in order, with the same ids, as far as it was not cancelled."""

import pytest

from support.api import Api
from support.backlog import lanes_of, mostly_down
from support.receiver import HookReceiver
from support.server import RunningServer

pytestmark = pytest.mark.slow

CUSTOMERS = 9


def test_everything_missed_since_then_arrives_in_the_order_of_its_lanes_with_the_same_ids_and_bytes(
    api: Api, server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    backlog = mostly_down(server, receiver, place, CUSTOMERS)
    before = receiver.hooks(place)
    made = api.post("/api/v1/replays", {"since": backlog.since, "endpoint_id": backlog.endpoint["id"]}).json
    assert made["matched"] == 30
    again = receiver.wait_for(len(before) + 30, path=place)[len(before) :]
    assert sorted(hook.id for hook in again) == sorted(one["event_id"] for one in backlog.given_up)
    assert lanes_of(again) == backlog.missed()
    first = {hook.id: hook.body for hook in before}
    assert all(hook.body == first[hook.id] for hook in again)
    assert {hook.attempt for hook in again} == {2}
    for hook in again:
        assert hook.verify(backlog.endpoint["secret"]).raw == hook.body
    server.wait_for_log(45, event="attempt", endpoint_id=backlog.endpoint["id"], outcome="delivered")
    assert {one["state"] for one in api.deliveries(endpoint_id=backlog.endpoint["id"])} == {"delivered"}


def test_after_a_cancel_only_what_was_requeued_arrives(
    api: Api, server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    backlog = mostly_down(server, receiver, place, customers=3)
    already = len(receiver.hooks(place))
    asked = {"endpoint_id": backlog.endpoint["id"], "rate_per_second": 1}
    made = api.post("/api/v1/replays", asked).json
    receiver.wait_for(already + 1, path=place)
    ended = api.post(f"/api/v1/replays/{made['id']}/cancel").json
    assert ended["state"] == "cancelled"
    assert 1 <= ended["requeued"] < 10
    server.wait_for_log(
        len(backlog.delivered) + ended["requeued"],
        event="attempt",
        endpoint_id=backlog.endpoint["id"],
        outcome="delivered",
    )
    left = api.deliveries(endpoint_id=backlog.endpoint["id"], state="given_up")
    assert [one["id"] for one in left] == [one["id"] for one in backlog.given_up[ended["requeued"] :]]
    assert api.get(f"/api/v1/replays/{made['id']}").json == ended
