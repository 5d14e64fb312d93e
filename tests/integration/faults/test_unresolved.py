"""A receiver whose name does not resolve: Test & Add says so, attempts fail with it, and recovery needs nobody."""

from pathlib import Path

import pytest

from support.customer import Customer
from support.own_hosts import OwnHosts
from support.receiver import HookReceiver
from support.server import RunningServer

pytestmark = pytest.mark.slow

NAME = "hooks.merchant.example"


def test_a_name_that_is_gone_is_told_and_deliveries_wait_until_it_is_back(
    receiver: HookReceiver, tmp_path: Path
) -> None:
    hosts = OwnHosts(tmp_path)
    url = receiver.url().replace("127.0.0.1", NAME)
    with RunningServer(tmp_path, through=hosts.through) as server, server.api() as api:
        refused = api.post("/api/v1/webhook-endpoints", {"url": url})
        assert refused.status == 422, refused
        assert NAME in refused.json["message"]
        hosts.give(NAME)
        endpoint = api.add_endpoint(url, retry_policy={"intervals_seconds": [1] * 20})
        hosts.forget()
        server.restart()  # a good answer is kept for some seconds
        tested = api.post(f"/api/v1/webhook-endpoints/{endpoint['id']}/test").json
        assert NAME in str(tested)
        with Customer(api.create_link("Pan_verification")["form_link"]) as customer:
            assert customer.complete().status == 200
        entry = server.wait_for_log(2, event="attempt", endpoint_id=endpoint["id"], outcome="retry")[0]
        assert entry["stage"] == "resolve"
        assert entry["status"] is None
        assert NAME in entry["reason"]
        for delivery in api.deliveries():
            attempt = api.delivery(delivery["id"])["attempt_log"][0]
            assert (attempt["stage"], attempt["outcome"]) == ("resolve", "retry")
            assert attempt["reason"] == entry["reason"]
        assert receiver.hooks() == []
        hosts.give(NAME)
        server.wait_for_log(2, event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
        # the lane is relaxed: both were tried in order while the name was gone, and come back each by its own retry
        assert {hook.header("x-dastak-sequence") for hook in receiver.hooks()} == {"1", "2"}
        server.assert_no_failures()
