"""Half of the receivers hang: the others notice nothing; breakers open, probe and close; receivers set the pace."""

import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from support.api import Api
from support.customer import Customer
from support.receiver import OK, HookReceiver, Reply
from support.server import RunningServer

pytestmark = pytest.mark.slow

ENDPOINTS = "/api/v1/webhook-endpoints"
PATIENCE = 60
_places = count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One that gives up on an attempt within half a second."""
    running = RunningServer(
        tmp_path_factory.mktemp("isolation"),
        webhook_connect_timeout_seconds=0.5,
        webhook_first_byte_timeout_seconds=0.5,
        webhook_total_timeout_seconds=0.5,
    )
    with running:
        yield running
        running.assert_no_failures()


@pytest.fixture
def place() -> str:
    return f"/isolated-{next(_places)}"


def complete(api: Api) -> None:
    link = api.create_link("Pan_verification")
    with Customer(link["form_link"]) as customer:
        customer.complete()


def health(api: Api, endpoint_id: str) -> dict[str, Any]:
    value: dict[str, Any] = api.get(f"{ENDPOINTS}/{endpoint_id}").json["health"]
    return value


def until(holds: Callable[[], bool]) -> None:
    """Ask until it holds: the API is what is watched."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"


def test_half_of_twenty_endpoints_hang_and_the_others_go_on_and_breakers_open_and_close_by_themselves(
    api: Api, server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    hung, well = [f"{place}-hung-{n}" for n in range(10)], [f"{place}-well-{n}" for n in range(10)]
    retry = {"intervals_seconds": [1] * 20}
    wanted = {"event_types": ["KYC_LINK_SUCCESS"], "retry_policy": retry, "window": 4}
    for path in hung:
        receiver.answer_events(path, then=Reply(delay=3))
    ids = {path: api.add_endpoint(receiver.url(path), **wanted)["id"] for path in [*hung, *well]}

    for number in range(1, 4):
        began = time.monotonic()
        complete(api)
        for path in well:
            assert receiver.wait_for(number, path=path)[-1].at - began < 2.5
    server.wait_for_log(10, event="breaker_opened")
    opened = health(api, ids[hung[0]])
    assert (opened["breaker"], opened["window_now"]) in {("open", 0), ("half_open", 1)}
    assert health(api, ids[well[0]]) == {
        "breaker": "closed",
        "open_until": None,
        "rate_per_second": None,
        "window_now": 4,
    }
    complete(api)
    for path in well:
        receiver.wait_for(4, path=path)

    for path in hung:
        receiver.play(path, OK)
    until(lambda: all(health(api, ids[path])["breaker"] == "closed" for path in hung))
    server.wait_for_log(80, event="attempt", outcome="delivered")
    assert api.deliveries(state="pending") == []
    assert health(api, ids[hung[0]])["window_now"] >= 1


def test_429_with_retry_after_silences_the_endpoint_for_that_long_and_lowers_its_rate(
    api: Api, server: RunningServer, receiver: HookReceiver, place: str
) -> None:
    receiver.answer_events(place, Reply(429, {"retry-after": "2"}))
    wanted = {"event_types": ["KYC_LINK_SUCCESS"], "retry_policy": {"intervals_seconds": [1]}}
    endpoint = api.add_endpoint(receiver.url(place), **wanted)
    complete(api)
    server.wait_for_log(event="attempt", endpoint_id=endpoint["id"], outcome="retry")
    held = health(api, endpoint["id"])
    assert (held["breaker"], held["window_now"], held["rate_per_second"]) == ("closed", 0, 0.5)
    complete(api)
    first, second, third = receiver.wait_for(3, path=place)
    assert second.at - first.at > 1.8
    assert third.at - second.at > 0.4, "half of what it had in a second"
    server.wait_for_log(2, event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
    assert health(api, endpoint["id"])["window_now"] == 16


def test_the_owner_s_rate_is_kept(api: Api, server: RunningServer, receiver: HookReceiver, place: str) -> None:
    wanted = {"event_types": ["KYC_LINK_SUCCESS"], "rate_per_second": 2}
    endpoint = api.add_endpoint(receiver.url(place), **wanted)
    api.post(f"{ENDPOINTS}/{endpoint['id']}/disable")
    for _ in range(4):
        complete(api)
    api.post(f"{ENDPOINTS}/{endpoint['id']}/enable")
    times = [hook.at for hook in receiver.wait_for(4, path=place)]
    assert times[-1] - times[0] > 3 / 2 - 0.1
    server.wait_for_log(4, event="attempt", endpoint_id=endpoint["id"], outcome="delivered")
