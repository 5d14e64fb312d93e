"""The network parts one of two dispatchers from the database: the other takes over, and lanes keep their order."""

import threading
from pathlib import Path

import pytest

from acceptance.arrivals import duplicates, other_bytes, out_of_order
from acceptance.kills import SECRET_KEY
from support.customer import Customer
from support.receiver import Hook, HookReceiver, Reply
from support.server import RunningServer
from support.wire import Wire

pytestmark = pytest.mark.slow

TAKES_OVER_SECONDS = 60
"""A dispatcher counts as dead after twelve; the rest is for a busy machine."""


def test_what_a_cut_off_dispatcher_had_claimed_is_sent_by_the_other_and_late_outcomes_break_nothing(
    database: str, wire: Wire, receiver: HookReceiver, tmp_path: Path
) -> None:
    let_go = threading.Event()
    first_tries: list[str] = []

    def hold_first_tries(hook: Hook) -> Reply:
        if hook.is_test or len(first_tries) == 4 or hook.id in first_tries:
            return Reply()
        first_tries.append(hook.id)
        return Reply(until=let_go)

    receiver.play("/hook", hold_first_tries)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    common = {"secret_key": SECRET_KEY, "webhook_first_byte_timeout_seconds": 90, "webhook_total_timeout_seconds": 90}
    cut_off = RunningServer(tmp_path / "a", database_url=wire.url(database), **common)  # type: ignore[arg-type]
    other = RunningServer(tmp_path / "b", merchants=(), database_url=database, **common)  # type: ignore[arg-type]
    with cut_off:
        with cut_off.api() as api:
            api.add_endpoint(receiver.url())
            links = [api.create_link("Pan_verification") for _ in range(4)]
            for link in links:
                with Customer(link["form_link"]) as customer:
                    customer.complete()
        receiver.wait_for(4)  # the first event of each lane is on its way, and hangs
        wire.freeze()
        with other:
            other.merchants = cut_off.merchants
            hooks = receiver.wait_for(lambda hooks: len({hook.id for hook in hooks}) == 8, TAKES_OVER_SECONDS)
            (entry,) = other.wait_for_log(event="dispatchers_died")
            assert entry["leases"] == 4
            other.wait_for_log(8, event="attempt", outcome="delivered")
            let_go.set()
            wire.thaw()
            cut_off.wait_for_log(4, event="attempt", outcome="delivered", timeout=TAKES_OVER_SECONDS)
            with other.api() as api:
                assert [one["state"] for one in api.deliveries()] == ["delivered"] * 8
            with cut_off.api() as api:
                link = api.create_link("Pan_verification")
                with Customer(link["form_link"]) as customer:
                    customer.complete()
            hooks = receiver.wait_for(lambda hooks: len({hook.id for hook in hooks}) == 10)
            assert out_of_order(hooks) == []
            assert other_bytes(hooks) == []
            assert {again.id for _, again in duplicates(hooks)} == set(first_tries)
            assert not [line for line in cut_off.lines() + other.lines() if "Traceback" in line]
