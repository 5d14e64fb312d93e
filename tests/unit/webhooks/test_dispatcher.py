"""The dispatcher: claim, send, settle; through failures of the store, and to a clean stop."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dastak.webhooks.breaker import JITTER, BreakerState
from dastak.webhooks.delivery import Claimed
from dastak.webhooks.dispatcher import Dispatcher, DispatcherSettings
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.observing import DispatchObserver, Unobserved
from dastak.webhooks.post import Deadlines, Post
from dastak.webhooks.retry import RetryPolicy
from dastak.webhooks.verdict import Outcome
from dastak_sdk import Receiver
from dastak_sdk.traceparent import child, trace_id
from unit.webhooks.props import (
    NOW,
    OLDER_SECRET,
    SECRET,
    FakeQueue,
    FakeSender,
    a_claim,
    an_answer,
    an_endpoint,
    no_answer,
)

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
PATIENCE = 20
"""Seconds after which a test that waits for a signal fails; none is ever slept."""


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that failed is asked again at once; without a wake, nothing happens for an hour."""
    monkeypatch.setattr("dastak.webhooks.dispatcher.TROUBLE_PAUSE", timedelta(0))
    monkeypatch.setattr("dastak.webhooks.dispatcher.LONGEST_PAUSE", timedelta(hours=1))


class Looking(Unobserved):
    """Tells each turn of the dispatcher."""

    def __init__(self) -> None:
        self.turns: asyncio.Queue[None] = asyncio.Queue()

    def turned(self) -> None:
        self.turns.put_nowait(None)


@asynccontextmanager
async def running(
    queue: FakeQueue,
    sender: FakeSender,
    settings: DispatcherSettings | None = None,
    now: Callable[[], datetime] = lambda: NOW,
    observer: DispatchObserver | None = None,
) -> AsyncIterator[Dispatcher]:
    dispatcher = Dispatcher(queue, sender, settings, now=now, chance=lambda: 0.5, observer=observer)
    async with asyncio.timeout(PATIENCE):
        run = asyncio.ensure_future(dispatcher.run())
        yield dispatcher
        await dispatcher.stop()
        await run


def sign_is_right(secret: str, post: Post) -> bool:
    """Whether a merchant who has that secret accepts the POST."""
    return Receiver(secret, clock=NOW.timestamp).verify(dict(post.headers), post.body).raw == post.body


def ids(count: int) -> list[str]:
    return [f"dlv_{number}" for number in range(1, count + 1)]


async def sent(sender: FakeSender, count: int) -> list[str]:
    return [(await sender.sent.get()).id for _ in range(count)]


async def test_what_is_due_is_signed_sent_and_settled() -> None:
    queue, sender = FakeQueue(a_claim(attempt=3, failures=2)), FakeSender()
    async with running(queue, sender):
        post = await sender.sent.get()
        for secret in (SECRET, "dks_1"):
            assert sign_is_right(secret, post)
        assert (post.id, post.url, post.body) == ("dlv_1", "https://merchant.example.com/1", a_claim().body)
        headers = dict(post.headers)
        assert (headers["x-webhook-attempt"], headers["webhook-id"], headers["x-dastak-sequence"]) == (
            "3",
            "evt_1",
            "1",
        )
        sender.answer(an_answer("dlv_1", 200))
        settled = await queue.settled.get()
    assert settled.verdict.outcome is Outcome.DELIVERED
    assert settled.request_headers == post.headers
    assert (settled.started_at, settled.ended_at) == (NOW, NOW)
    assert sender.started == 1


async def test_during_a_rotation_an_attempt_carries_both_signatures() -> None:
    old = replace(an_endpoint().secrets[0], secret=OLDER_SECRET, expires_at=NOW + timedelta(hours=1))
    endpoint = replace(an_endpoint(), secrets=(an_endpoint().secrets[0], old))
    queue, sender = FakeQueue(a_claim(endpoint=endpoint)), FakeSender(status=200)
    async with running(queue, sender):
        headers = dict((await sender.sent.get()).headers)
    assert headers["webhook-signature"].count("v1,") == 2


async def test_the_round_s_failures_decide_what_a_failure_means() -> None:
    policy = RetryPolicy.custom((timedelta(seconds=10), timedelta(seconds=20)))
    endpoint = an_endpoint(retry=policy)
    claims = [a_claim(n, endpoint, attempt=10 + n, failures=n - 1) for n in (1, 2, 3)]
    queue, sender = FakeQueue(*claims), FakeSender(status=500)
    async with running(queue, sender):
        verdicts = [(await queue.settled.get()).verdict for _ in claims]
    assert [verdict.outcome for verdict in verdicts] == [Outcome.RETRY, Outcome.RETRY, Outcome.GIVEN_UP]
    assert [v.retry_at for v in verdicts] == [NOW + timedelta(seconds=10), NOW + timedelta(seconds=20), None]


async def test_the_lease_and_the_deadlines_are_those_of_the_settings() -> None:
    settings = DispatcherSettings(lease=timedelta(seconds=33), deadlines=Deadlines(total=timedelta(seconds=7)))
    queue, sender = FakeQueue(a_claim()), FakeSender(status=200)
    async with running(queue, sender, settings):
        assert (await sender.sent.get()).deadlines.total == timedelta(seconds=7)
    assert set(queue.leases) == {timedelta(seconds=33)}


async def test_what_is_in_flight_is_taken_off_the_room_and_given_back_when_settled() -> None:
    endpoint = an_endpoint(window=2)
    queue, sender = FakeQueue(*(a_claim(n, endpoint) for n in (1, 2, 3))), FakeSender()
    async with running(queue, sender, DispatcherSettings(in_flight=10)) as dispatcher:
        assert await sent(sender, 2) == ["dlv_1", "dlv_2"]
        dispatcher.wake()
        first, second = await queue.rooms.get(), await queue.rooms.get()
        assert (first.total, first.left("ep_1", 2), first.left("ep_2", 2)) == (10, 2, 2)
        assert (second.total, second.left("ep_1", 2), second.left("ep_2", 2)) == (8, 0, 2)
        sender.answer(an_answer("dlv_1"))
        assert await sent(sender, 1) == ["dlv_3"]
        sender.answer(an_answer("dlv_2"), an_answer("dlv_3"))


async def test_an_endpoint_that_hangs_costs_its_own_window_only() -> None:
    hanging, healthy = an_endpoint(1, window=1), an_endpoint(2, window=1)
    queue = FakeQueue(*(a_claim(n, hanging) for n in (1, 2)), *(a_claim(n, healthy) for n in (3, 4, 5)))
    sender = FakeSender()
    async with running(queue, sender):
        assert await sent(sender, 2) == ["dlv_1", "dlv_3"]
        for number in (3, 4):
            sender.answer(an_answer(f"dlv_{number}"))
            assert await sent(sender, 1) == [f"dlv_{number + 1}"]
        sender.answer(an_answer("dlv_5"))
        queue.waiting.clear()
        sender.answer(an_answer("dlv_1"))


async def test_with_everything_in_flight_nothing_is_claimed_until_something_is_settled() -> None:
    queue, sender, looking = FakeQueue(*(a_claim(n) for n in (1, 2, 3))), FakeSender(), Looking()
    async with running(queue, sender, DispatcherSettings(in_flight=2), observer=looking) as dispatcher:
        assert await sent(sender, 2) == ids(2)
        for _ in range(3):  # no room: the store is left alone
            await looking.turns.get()
            dispatcher.wake()
        assert (queue.claiming.qsize(), queue.rested.qsize()) == (1, 0)
        sender.answer(an_answer("dlv_1"), an_answer("dlv_2"))
        assert await sent(sender, 1) == ["dlv_3"]
        sender.answer(an_answer("dlv_3"))


async def test_answers_that_come_together_are_settled_in_one_transaction() -> None:
    queue, sender = FakeQueue(*(a_claim(n) for n in range(1, 9))), FakeSender(status=200)
    async with running(queue, sender):
        for _ in range(8):
            await queue.settled.get()
    assert queue.batches == [ids(8)]


async def test_a_wake_makes_it_look_at_once() -> None:
    queue, sender = FakeQueue(), FakeSender(status=200)
    async with running(queue, sender) as dispatcher:
        await queue.rested.get()
        queue.waiting.append(a_claim())
        dispatcher.wake()
        assert await sent(sender, 1) == ["dlv_1"]


async def test_a_wake_during_a_claim_is_not_lost() -> None:
    queue, sender = FakeQueue(), FakeSender(status=200)
    queue.claim_gate = asyncio.Event()
    async with running(queue, sender) as dispatcher:
        await queue.claiming.get()
        dispatcher.wake()  # something was committed after the claim had looked
        queue.claim_gate.set()
        for _ in range(2):  # it looked a second time without being woken again
            await queue.rested.get()


async def test_it_sleeps_no_longer_than_until_something_falls_due() -> None:
    queue, sender = FakeQueue(), FakeSender(status=200)
    queue.due = NOW + timedelta(milliseconds=1)
    async with running(queue, sender):
        await queue.rested.get()
        queue.waiting.append(a_claim())
        assert await sent(sender, 1) == ["dlv_1"]


async def test_a_store_that_fails_to_claim_is_asked_again_until_it_is_back() -> None:
    queue, sender = FakeQueue(a_claim()), FakeSender(status=200)
    queue.claim_failures = 3
    async with running(queue, sender):
        assert [await queue.failed.get() for _ in range(3)] == ["claim"] * 3
        assert (await queue.settled.get()).claimed.id == "dlv_1"


async def test_a_store_that_fails_to_settle_loses_no_outcome_and_nothing_is_sent_twice() -> None:
    queue, sender = FakeQueue(a_claim()), FakeSender(status=200)
    queue.settle_failures = 3
    async with running(queue, sender):
        assert [await queue.failed.get() for _ in range(3)] == ["settle"] * 3
        assert (await queue.settled.get()).verdict.outcome is Outcome.DELIVERED
    assert sender.sent.qsize() == 1
    assert queue.batches == [["dlv_1"]]


async def test_while_outcomes_cannot_be_recorded_nothing_is_claimed() -> None:
    """Or a delivery that was answered long ago, its lease over, would be claimed and sent again."""
    queue, sender = FakeQueue(a_claim(1)), FakeSender(status=200)
    queue.settle_failures = 5
    claims_while_failing: list[int] = []
    async with running(queue, sender) as dispatcher:
        await queue.failed.get()
        before = queue.claiming.qsize()
        for _ in range(4):
            dispatcher.wake()
            await queue.failed.get()
            claims_while_failing.append(queue.claiming.qsize() - before)
        await queue.settled.get()
        queue.waiting.append(a_claim(2))
        dispatcher.wake()
        assert (await queue.settled.get()).claimed.id == "dlv_2"
    assert max(claims_while_failing) <= 1, "one claim may have been under way"


async def test_a_delivery_that_is_in_flight_already_is_not_sent_a_second_time() -> None:
    queue, sender = FakeQueue(a_claim(1)), FakeSender()
    async with running(queue, sender) as dispatcher:
        await sent(sender, 1)
        queue.waiting += [a_claim(1, attempt=2), a_claim(2)]
        dispatcher.wake()
        assert await sent(sender, 1) == ["dlv_2"]
        sender.answer(an_answer("dlv_1"), an_answer("dlv_2"))


async def test_a_stop_claims_no_more_and_waits_for_what_is_in_flight() -> None:
    queue, sender = FakeQueue(a_claim(1)), FakeSender()
    async with asyncio.timeout(PATIENCE):
        dispatcher = Dispatcher(queue, sender, now=lambda: NOW)
        run = asyncio.ensure_future(dispatcher.run())
        await sent(sender, 1)
        await dispatcher.stop()
        await dispatcher.stop()
        queue.waiting.append(a_claim(2))
        assert not run.done()
        sender.answer(an_answer("dlv_1"))
        await run
    assert queue.settled.get_nowait().claimed.id == "dlv_1"
    assert [one.id for one in queue.waiting] == ["dlv_2"]


async def test_a_stop_during_a_claim_still_sends_and_settles_what_that_claim_brings() -> None:
    queue, sender = FakeQueue(a_claim(1)), FakeSender(status=200)
    queue.claim_gate = asyncio.Event()
    async with asyncio.timeout(PATIENCE):
        dispatcher = Dispatcher(queue, sender, now=lambda: NOW)
        run = asyncio.ensure_future(dispatcher.run())
        await queue.claiming.get()
        await dispatcher.stop()
        queue.claim_gate.set()
        await run
    assert queue.settled.get_nowait().claimed.id == "dlv_1"


async def test_a_stop_while_the_store_fails_to_settle_waits_until_the_outcome_is_recorded() -> None:
    queue, sender = FakeQueue(a_claim(1)), FakeSender(status=200)
    queue.settle_failures = 3
    async with running(queue, sender) as dispatcher:
        await queue.failed.get()
        await dispatcher.stop()
    assert queue.batches == [["dlv_1"]]


async def test_a_stop_before_the_start_ends_the_run_at_once() -> None:
    queue, sender = FakeQueue(a_claim(1)), FakeSender()
    dispatcher = Dispatcher(queue, sender)
    await dispatcher.stop()
    async with asyncio.timeout(PATIENCE):
        await dispatcher.run()
    assert sender.sent.empty()


def dead_and_well(dead: int, well: int) -> tuple[Endpoint, list[Claimed], list[Claimed]]:
    """Deliveries of an endpoint with a window of 20 that fails, and of one that does not."""
    bad, good = an_endpoint(1, window=20), an_endpoint(2, window=4)
    return bad, [a_claim(n, bad) for n in range(dead)], [a_claim(n, good) for n in range(100, 100 + well)]


async def test_a_breaker_that_opens_stops_the_endpoint_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dastak.webhooks.breaker.FIRST_PAUSE", 3600.0)
    bad, failing, fine = dead_and_well(10, 3)
    queue, sender = FakeQueue(*failing), FakeSender()
    async with running(queue, sender) as dispatcher:
        await sent(sender, 10)
        sender.answer(*(no_answer(one.id) for one in failing))
        for _ in failing:
            await queue.settled.get()
        queue.waiting += [a_claim(50, bad), *fine]
        dispatcher.wake()
        assert await sent(sender, 3) == [one.id for one in fine]
        health = dispatcher.health.of(bad)
        assert (health.breaker, health.window_now) == (BreakerState.OPEN, 0)
        sender.answer(*(an_answer(one.id) for one in fine))
        for _ in fine:
            await queue.settled.get()
        assert [one.id for one in queue.waiting] == ["dlv_50"]


async def test_what_is_due_behind_an_open_breaker_waits_for_the_probe_without_being_asked_for_all_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dastak.webhooks.breaker.FIRST_PAUSE", 0.2)
    bad, failing, _ = dead_and_well(10, 0)
    queue, sender = FakeQueue(*failing), FakeSender()
    async with running(queue, sender) as dispatcher:
        await sent(sender, 10)
        began = time.monotonic()
        queue.waiting += [a_claim(50, bad), a_claim(51, bad), a_claim(52, bad), a_claim(53, bad)]
        sender.answer(*(no_answer(one.id) for one in failing))
        assert await sent(sender, 1) == ["dlv_50"]
        assert time.monotonic() - began >= 0.2 * (1 - JITTER)
        assert queue.claiming.qsize() < 10
        assert sender.sent.empty(), "one probe"
        sender.answer(an_answer("dlv_50"))
        assert await sent(sender, 1) == ["dlv_51"]
        assert dispatcher.health.of(bad).window_now == 1
        sender.answer(an_answer("dlv_51"))
        assert await sent(sender, 2) == ["dlv_52", "dlv_53"]
        sender.answer(an_answer("dlv_52"), an_answer("dlv_53"))


async def test_what_is_due_elsewhere_is_not_hidden_by_what_waits_behind_an_open_breaker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dastak.webhooks.breaker.FIRST_PAUSE", 3600.0)
    bad, failing, fine = dead_and_well(10, 1)
    queue, sender = FakeQueue(*failing), FakeSender()
    async with running(queue, sender) as dispatcher:
        await sent(sender, 10)
        sender.answer(*(no_answer(one.id) for one in failing))
        for _ in failing:
            await queue.settled.get()
        queue.waiting.append(a_claim(50, bad))
        queue.due = NOW + timedelta(milliseconds=20)  # of another endpoint, as a store says that passes over this one
        while queue.rested.qsize():
            queue.rested.get_nowait()
        dispatcher.wake()
        await queue.rested.get()
        queue.waiting += fine
        assert await sent(sender, 1) == ["dlv_100"]
        sender.answer(an_answer("dlv_100"))
        queue.due = None


async def test_the_owner_s_rate_is_kept_and_what_waits_goes_as_soon_as_it_may() -> None:
    endpoint = replace(an_endpoint(), rate_per_second=50.0)
    queue, sender = FakeQueue(*(a_claim(n, endpoint) for n in range(1, 12))), FakeSender(status=200)
    began = time.monotonic()
    async with running(queue, sender):
        await sent(sender, 11)
        assert time.monotonic() - began >= (11 - 5) / 50
        assert queue.claiming.qsize() < 30


async def test_retry_after_holds_back_what_else_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = an_endpoint(window=1)
    queue, sender = FakeQueue(a_claim(1, endpoint), a_claim(2, endpoint)), FakeSender()
    monkeypatch.setattr("dastak.webhooks.pace.LONGEST_HOLD", 0.2)
    async with running(queue, sender) as dispatcher:
        await sent(sender, 1)
        began = time.monotonic()
        sender.answer(an_answer("dlv_1", 429, ("retry-after", "3600")))
        await queue.settled.get()
        assert dispatcher.health.of(endpoint).window_now == 0
        assert await sent(sender, 1) == ["dlv_2"]
        assert time.monotonic() - began >= 0.2
        sender.answer(an_answer("dlv_2"))


async def test_a_store_that_calls_things_due_and_never_gives_them_is_asked_ever_more_rarely() -> None:
    queue, sender = FakeQueue(), FakeSender()
    queue.due = NOW - timedelta(seconds=1)
    async with running(queue, sender):
        began = time.monotonic()
        for _ in range(6):
            await queue.rested.get()
        assert time.monotonic() - began >= 0.005 * (1 + 2 + 4 + 8 + 16)


async def test_a_quick_endpoint_has_as_much_again_at_hand_and_never_more_than_its_window_on_the_way() -> None:
    endpoint = an_endpoint(window=1)
    queue, sender = FakeQueue(), FakeSender()
    async with running(queue, sender) as dispatcher:
        await queue.rested.get()
        queue.waiting = [a_claim(1000 + n, endpoint) for n in range(4)]
        dispatcher.wake()
        for number in range(4):
            assert await sent(sender, 1) == [f"dlv_{1000 + number}"]
            assert sender.sent.empty()
            sender.answer(an_answer(f"dlv_{1000 + number}"))
            await queue.settled.get()
        queue.waiting = [a_claim(n, endpoint) for n in (1, 2, 3)]
        dispatcher.wake()
        assert await sent(sender, 1) == ["dlv_1"]
        assert [one.id for one in queue.waiting] == ["dlv_3"]
        assert sender.sent.empty()
        assert dispatcher.in_flight == 1
        queue.claim_gate = asyncio.Event()  # claims bring nothing more
        sender.answer(an_answer("dlv_1"))
        assert await sent(sender, 1) == ["dlv_2"]
        queue.claim_gate.set()
        sender.answer(an_answer("dlv_2"))
        assert await sent(sender, 1) == ["dlv_3"]
        sender.answer(an_answer("dlv_3"))


@asynccontextmanager
async def one_at_hand() -> AsyncIterator[tuple[Dispatcher, FakeQueue, FakeSender]]:
    """A quick endpoint with a window of 1: `dlv_1` is on the way, `dlv_2` at hand."""
    endpoint = an_endpoint(window=1)
    queue, sender = FakeQueue(*(a_claim(1000 + n, endpoint) for n in range(4))), FakeSender()
    async with running(queue, sender) as dispatcher:
        for number in range(4):
            await sent(sender, 1)
            sender.answer(an_answer(f"dlv_{1000 + number}"))
            await queue.settled.get()
        queue.waiting = [a_claim(n, endpoint) for n in (1, 2)]
        dispatcher.wake()
        assert await sent(sender, 1) == ["dlv_1"]
        assert not queue.waiting
        yield dispatcher, queue, sender


async def test_a_push_back_gives_back_what_is_at_hand() -> None:
    async with one_at_hand() as (_, queue, sender):
        sender.answer(an_answer("dlv_1", 503, ("retry-after", "300")))
        assert (await queue.released.get()).id == "dlv_2"
        assert (await queue.settled.get()).claimed.id == "dlv_1"
        assert sender.sent.empty()
        assert [one.id for one in queue.waiting] == ["dlv_2"]


async def test_a_stop_gives_back_what_is_at_hand() -> None:
    async with one_at_hand() as (dispatcher, queue, sender):
        await dispatcher.stop()
        assert (await queue.released.get()).id == "dlv_2"
        sender.answer(an_answer("dlv_1"))
        await queue.settled.get()
        assert sender.sent.empty()


async def test_a_receiver_that_falls_silent_has_nothing_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dastak.webhooks.health.SILENCE", 0.01)
    monkeypatch.setattr("dastak.webhooks.dispatcher.LOOK_AT_HAND", timedelta(milliseconds=5))
    async with one_at_hand() as (_, queue, sender):
        assert (await queue.released.get()).id == "dlv_2"
        queue.waiting.clear()
        sender.answer(an_answer("dlv_1"))


async def test_what_waits_for_a_place_for_long_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dastak.webhooks.dispatcher.LONGEST_AT_HAND", timedelta(milliseconds=10))
    monkeypatch.setattr("dastak.webhooks.dispatcher.LOOK_AT_HAND", timedelta(milliseconds=5))
    async with one_at_hand() as (_, queue, sender):
        assert (await queue.released.get()).id == "dlv_2"
        queue.waiting.clear()
        sender.answer(an_answer("dlv_1"))


async def test_a_store_that_cannot_take_back_is_left_to_the_leases() -> None:
    async with one_at_hand() as (dispatcher, queue, sender):
        queue.release_failures = 1
        await dispatcher.stop()
        assert await queue.failed.get() == "release"
        sender.answer(an_answer("dlv_1"))
    assert queue.released.empty()


async def test_the_log_has_one_line_per_attempt_and_no_personal_data(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[dict[str, object]] = []

    class Log:
        def info(self, event: str, **values: object) -> None:
            lines.append({"event": event, **values})

    monkeypatch.setattr("dastak.webhooks.attempt_log.log", Log())
    claim: Claimed = replace(a_claim(), body=b'{"phone":"9876543210"}')
    queue, sender = FakeQueue(claim), FakeSender(status=500)
    async with running(queue, sender):
        await queue.settled.get()
    (line,) = lines
    assert (line["event"], line["delivery_id"], line["attempt"], line["outcome"]) == ("attempt", "dlv_1", 1, "retry")
    assert "9876543210" not in str(line)
    assert SECRET not in str(line)
    assert "trace_id" not in line


async def test_a_traced_delivery_tells_its_trace_to_the_receiver_and_to_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines: list[dict[str, object]] = []

    class Log:
        def info(self, event: str, **values: object) -> None:
            lines.append({"event": event, **values})

    monkeypatch.setattr("dastak.webhooks.attempt_log.log", Log())
    claims = [replace(a_claim(number, attempt=number), trace=TRACE if number < 3 else "") for number in (1, 2, 3)]
    queue, sender = FakeQueue(*claims), FakeSender(status=200)
    async with running(queue, sender):
        settled = [await queue.settled.get() for _ in claims]
    sent = [dict(one.request_headers).get("traceparent", "") for one in settled]
    assert sent == [child(TRACE, "dlv_1", "1"), child(TRACE, "dlv_2", "2"), ""]
    assert [line.get("trace_id") for line in lines] == [trace_id(TRACE), trace_id(TRACE), None]
