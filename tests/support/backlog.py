"""A backlog of deliveries that were given up, as an endpoint that was down leaves it.

In: a server, a receiver, a path. Out: the endpoint, and its deliveries.
"""

import itertools
import threading
from dataclasses import dataclass
from typing import Any

from support.api import Api
from support.customer import Customer
from support.receiver import Hook, HookReceiver, Reply, after_the_test
from support.server import RunningServer

EVENTS = 5
"""Of a customer who does all four checks."""


@dataclass(frozen=True)
class Backlog:
    """What an endpoint missed, and what it got."""

    endpoint: dict[str, Any]
    given_up: list[dict[str, Any]]
    delivered: list[dict[str, Any]]

    @property
    def since(self) -> str:
        """When the first event happened."""
        return str(min(one["created_at"] for one in (*self.given_up, *self.delivered)))

    def missed(self) -> dict[str, list[int]]:
        """Each journey's sequence numbers that were given up, in order."""
        lanes: dict[str, list[int]] = {}
        for one in self.given_up:
            lanes.setdefault(one["journey_id"], []).append(one["sequence"])
        return lanes


def mostly_down(server: RunningServer, receiver: HookReceiver, path: str, customers: int) -> Backlog:
    """An endpoint that gets every third event and fails all others once, which is once too often; then it is up again.

    A third of successes keeps its breaker closed: so the failures need no time.
    """
    counted, lock = itertools.count(), threading.Lock()

    def script(_hook: Hook) -> Reply:
        with lock:
            return Reply(200) if next(counted) % 3 == 0 else Reply(500)

    receiver.play(path, after_the_test(script))
    with server.api() as api:
        endpoint = api.add_endpoint(receiver.url(path), retry_policy={"intervals_seconds": []})
        for _ in range(customers):
            _complete(api)
        server.wait_for_log(customers * EVENTS, event="attempt", endpoint_id=endpoint["id"])
        receiver.play(path, Reply(200))
        mine = api.deliveries(endpoint_id=endpoint["id"])
    backlog = Backlog(
        endpoint,
        [one for one in mine if one["state"] == "given_up"],
        [one for one in mine if one["state"] == "delivered"],
    )
    assert len(backlog.given_up) == customers * EVENTS * 2 // 3
    return backlog


def lanes_of(hooks: list[Hook]) -> dict[str, list[int]]:
    """Each journey's sequence numbers in the order of arrival."""
    lanes: dict[str, list[int]] = {}
    for hook in hooks:
        lanes.setdefault(hook.header("x-dastak-journey"), []).append(int(hook.header("x-dastak-sequence")))
    return lanes


def _complete(api: Api) -> None:
    link = api.create_link("Full_kyc")
    with Customer(link["form_link"]) as customer:
        customer.complete()
