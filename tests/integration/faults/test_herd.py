"""A receiver answers 500 for a while and recovers: it is probed by one, then the flow grows step by step, never a herd.

Judged by the receiver's own count of what was open and what it had answered well, taken before each answer is written;
so the server knows of no more successes, and of no fewer open requests, than are counted here.
"""

import threading
from pathlib import Path

import pytest

from acceptance.arrivals import lost, other_bytes, out_of_order
from support.api import Api
from support.customer import Customer
from support.receiver import Hook, HookReceiver, Reply
from support.server import RunningServer

pytestmark = pytest.mark.slow

LINKS = 16
EVENTS_OF_A_LINK = 2
WINDOW = 32
THINKS_SECONDS = 0.05
ASKED = 2000


class Ailing:
    """A receiver's script: 500 until it is well, and a record of how crowded it was."""

    def __init__(self, receiver: HookReceiver) -> None:
        self._receiver = receiver
        self._lock = threading.Lock()
        self._open = 0
        self._well = False
        self.probing = False
        """Whether the breaker has opened, so that only probes may come."""
        self.probes: list[int] = []
        """How many were open as each probe came that failed."""
        self.refill: list[tuple[int, int]] = []
        """How many were answered well, and how many were open, as each request came after the recovery."""
        self._successes = 0

    def recover(self) -> None:
        with self._lock:
            self._well = True

    def answer(self, hook: Hook) -> Reply:
        if hook.is_test:
            return Reply()
        with self._lock:
            self._open += 1
            well = self._well
            if well:
                self.refill.append((self._successes, self._open))
            elif self.probing:
                self.probes.append(self._open)
        self._receiver.closing.wait(THINKS_SECONDS)
        with self._lock:
            self._open -= 1
            self._successes += well
        return Reply(200 if well else 500)


def most_open(successes: int) -> int:
    """One probe; then one, two, four…: each window full of successes doubles the window."""
    window, needed = 1, 2
    while successes >= needed:
        window, needed = window * 2, needed + window * 2
    return window


def breaker_of(api: Api, endpoint_id: str) -> str:
    return str(api.get(f"/api/v1/webhook-endpoints/{endpoint_id}").json["health"]["breaker"])


def test_a_recovered_receiver_is_probed_by_one_and_refilled_step_by_step(
    receiver: HookReceiver, tmp_path: Path
) -> None:
    ailing = Ailing(receiver)
    receiver.play("/hook", ailing.answer)
    with RunningServer(tmp_path) as server, server.api() as api:
        endpoint = api.add_endpoint(
            receiver.url(), window=WINDOW, lane_policy="strict", retry_policy={"intervals_seconds": [1] * 20}
        )
        finished = {}
        for _ in range(LINKS):
            link = api.create_link("Pan_verification")
            finished[link["verification_id"]] = EVENTS_OF_A_LINK
            with Customer(link["form_link"]) as customer:
                assert customer.complete().status == 200
        for _ in range(ASKED):
            if breaker_of(api, endpoint["id"]) == "open" and not ailing._open:
                break
        else:
            raise AssertionError("the breaker did not open")
        ailing.probing = True
        sent = len(receiver.hooks())
        receiver.wait_for(sent + 1)  # a probe, which fails
        receiver.wait_until_answered(receiver.hooks()[-1])
        ailing.recover()
        hooks = receiver.wait_for(lambda hooks: not lost(finished, hooks))
        server.wait_for_log(LINKS * EVENTS_OF_A_LINK, event="attempt", outcome="delivered")
        assert set(ailing.probes) == {1}
        assert [(well, crowd) for well, crowd in ailing.refill if crowd > most_open(well)] == []
        assert max(crowd for _, crowd in ailing.refill) > 1
        assert out_of_order(hooks) == []
        assert other_bytes(hooks) == []
        server.assert_no_failures()
