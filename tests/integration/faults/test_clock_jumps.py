"""The wall clock of a real server is set forward and back by hours: all is delivered, in order, and soon."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from acceptance.arrivals import duplicates, other_bytes, out_of_order
from support.api import Api
from support.customer import Customer
from support.postgres import PrivatePostgres
from support.receiver import Hook, HookReceiver, Reply
from support.server import RunningServer
from support.wall_clock import WallClock

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
JUMPS = (3 * HOUR, timedelta(0), -5 * HOUR, 2 * HOUR, -HOUR)
LINKS_BETWEEN = 2
EVENTS_OF_A_LINK = 2
ASKED = 20_000
PATIENCE_SECONDS = 120
"""What was claimed twice as the clock went forward waits until its lease ends."""


@pytest.fixture
def clock(tmp_path: Path) -> WallClock:
    return WallClock(tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def server(
    request: pytest.FixtureRequest, postgres: PrivatePostgres, clock: WallClock, tmp_path: Path
) -> Iterator[RunningServer]:
    settings = {"database_url": postgres.database()} if request.param == "postgres" else {}
    server = RunningServer(tmp_path, webhook_first_byte_timeout_seconds=2, webhook_total_timeout_seconds=2, **settings)  # type: ignore[arg-type]
    server.env |= clock.env
    with server:
        yield server
        server.assert_no_failures()
    if settings:
        postgres.drop(settings["database_url"])


def finish(api: Api) -> str:
    link = api.create_link("Pan_verification")
    with Customer(link["form_link"]) as customer:
        assert customer.complete().status == 200
    return str(link["verification_id"])


def set_clock(clock: WallClock, api: Api, ahead: timedelta) -> None:
    """Return once the server's own answers show it."""
    clock.set(ahead)
    for _ in range(ASKED):
        shown = parsedate_to_datetime(api.raw("GET", "/healthz").headers["date"])
        if abs(shown - datetime.now(UTC) - ahead) < timedelta(minutes=2):
            return
    raise AssertionError(f"the server's clock is not {ahead} ahead")


def failing_at_first(hook: Hook) -> Reply:
    return Reply(500 if not hook.is_test and hook.attempt == 1 else 200)


class EveryOtherJourneyFailsAtFirst:
    """So that retries are owed, and yet the breaker stays out of it: its pauses are no matter of the wall clock."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def __call__(self, hook: Hook) -> Reply:
        number = self._seen.setdefault(hook.verification_id, len(self._seen))
        return failing_at_first(hook) if number % 2 else Reply(200)


def delivered(server: RunningServer, count: int) -> None:
    server.wait_for_log(count, event="attempt", outcome="delivered", timeout=PATIENCE_SECONDS)


def test_whatever_the_clock_does_everything_arrives_in_order_and_no_call_fails(
    server: RunningServer, clock: WallClock, receiver: HookReceiver
) -> None:
    receiver.play("/failing", EveryOtherJourneyFailsAtFirst())
    paths = ("/steady", "/failing")
    with server.api() as api:
        for path in paths:
            api.add_endpoint(receiver.url(path), retry_policy={"intervals_seconds": [1] * 5})
        finished = []
        for ahead in JUMPS:
            finished += [finish(api) for _ in range(LINKS_BETWEEN)]
            set_clock(clock, api, ahead)
        finished += [finish(api) for _ in range(LINKS_BETWEEN)]
        delivered(server, len(finished) * EVENTS_OF_A_LINK * len(paths))
        states = {one["state"] for one in api.deliveries()}
        assert states == {"delivered"}
        assert {api.link(one)["form_status"] for one in finished} == {"SUCCESS"}
    for path in paths:
        hooks = receiver.hooks(path)
        assert {(hook.verification_id, hook.id) for hook in hooks} == {
            (hook.verification_id, hook.id) for hook in receiver.hooks("/steady")
        }
        assert len({hook.id for hook in hooks}) == len(finished) * EVENTS_OF_A_LINK
        assert out_of_order(hooks) == []
        assert other_bytes(hooks) == []
        assert [hook.number for hook in hooks if not clock.has_shown(int(hook.header("webhook-timestamp")))] == []
    again = [hook for _, hook in duplicates(receiver.hooks("/steady"))]
    assert len(again) <= len(JUMPS) * LINKS_BETWEEN  # at most what was in flight when the clock went forward


def owe_retries_of_a_clock_ahead(server: RunningServer, api: Api, clock: WallClock, receiver: HookReceiver) -> None:
    """Let first attempts fail while the clock is three hours ahead."""
    receiver.play("/hook", failing_at_first)
    set_clock(clock, api, 3 * HOUR)
    api.add_endpoint(receiver.url(), retry_policy={"intervals_seconds": [5, 5, 5]})
    finish(api)
    server.wait_for_log(EVENTS_OF_A_LINK, event="attempt", outcome="retry")


def test_a_retry_comes_by_itself_after_the_clock_went_back(
    server: RunningServer, clock: WallClock, receiver: HookReceiver
) -> None:
    with server.api() as api:
        owe_retries_of_a_clock_ahead(server, api, clock, receiver)
        clock.set(timedelta(0))
        server.wait_for_log(event="clock_went_back", what="deliveries")
        delivered(server, EVENTS_OF_A_LINK)
    assert out_of_order(receiver.hooks()) == []


def test_a_retry_comes_by_itself_if_the_clock_went_back_while_nobody_ran(
    server: RunningServer, clock: WallClock, receiver: HookReceiver
) -> None:
    with server.api() as api:
        owe_retries_of_a_clock_ahead(server, api, clock, receiver)
        server.stop()
        clock.set(timedelta(0))
        server.start()
        delivered(server, EVENTS_OF_A_LINK)


def test_a_retry_is_due_when_the_clock_says_so(server: RunningServer, clock: WallClock, receiver: HookReceiver) -> None:
    receiver.play("/hook", failing_at_first)
    with server.api() as api:
        api.add_endpoint(receiver.url(), retry_policy={"intervals_seconds": [7200, 7200]})
        finish(api)
        server.wait_for_log(EVENTS_OF_A_LINK, event="attempt", outcome="retry")
        clock.set(3 * HOUR)
        delivered(server, EVENTS_OF_A_LINK)
