"""The notifier on a memory queue: what is owed is sent, tried again or given up, and a broken store stops nothing."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from dastak.notices.memory import NoticeState
from dastak.notices.notice import Channel, GatewayRefused, GatewayUnavailable
from dastak.notices.notifier import Limits
from unit.notices.conftest import Stage
from unit.notices.stage import RECIPIENT, TEXT, BlockingGateway, ScriptedGateway, a_notice

SECOND = timedelta(seconds=1)


async def test_a_due_notice_is_sent_and_recorded(stage: Stage) -> None:
    gateway = ScriptedGateway()
    stage.queue.add(a_notice())
    stage.notifier(gateway).start()
    outcome = await stage.queue.settled.get()
    assert (outcome.notice_id, outcome.sent, outcome.error) == ("ntc_1", True, "")
    assert gateway.sent == ["ntc_1"]


async def test_a_notice_queued_later_is_sent_when_the_notifier_is_woken(stage: Stage) -> None:
    notifier = stage.notifier(ScriptedGateway())
    notifier.start()
    await stage.time.asked_to_wait(30 * SECOND)
    stage.queue.add(a_notice())
    notifier.wake()
    assert (await stage.queue.settled.get()).sent


async def test_a_notice_queued_by_another_process_is_found_without_being_woken(stage: Stage) -> None:
    stage.notifier(ScriptedGateway()).start()
    await stage.time.asked_to_wait(30 * SECOND)
    stage.queue.add(a_notice())
    stage.time.advance(30 * SECOND)
    assert (await stage.queue.settled.get()).sent


async def test_a_notice_is_not_sent_before_it_is_due(stage: Stage) -> None:
    gateway = ScriptedGateway()
    stage.queue.add(a_notice(), due_at=stage.time.now + 7 * SECOND)
    stage.notifier(gateway).start()
    await stage.time.asked_to_wait(7 * SECOND)
    assert gateway.sent == []
    stage.time.advance(7 * SECOND)
    assert (await stage.queue.settled.get()).sent


async def test_an_unavailable_gateway_is_tried_again_on_schedule(stage: Stage) -> None:
    stage.queue.add(a_notice())
    stage.notifier(ScriptedGateway(GatewayUnavailable("busy"), GatewayUnavailable("busy"))).start()
    for pause in (5 * SECOND, 30 * SECOND):
        outcome = await stage.queue.settled.get()
        assert (outcome.sent, outcome.retry_at, outcome.error) == (False, stage.time.now + pause, "busy")
        await stage.time.asked_to_wait(min(pause, 30 * SECOND))
        stage.time.advance(pause)
    assert (await stage.queue.settled.get()).sent
    assert stage.queue.look_up("ntc_1").attempts == 3


async def test_a_notice_is_given_up_after_the_last_pause(stage: Stage) -> None:
    stage.queue.add(a_notice())
    stage.notifier(ScriptedGateway(*[GatewayUnavailable("busy") for _ in range(6)])).start()
    while (outcome := await stage.queue.settled.get()).retry_at is not None:
        stage.time.advance(outcome.retry_at - stage.time.now)
        stage.notifiers[0].wake()
    assert stage.queue.look_up("ntc_1").state is NoticeState.GIVEN_UP
    assert stage.queue.look_up("ntc_1").attempts == 6


async def test_a_refused_notice_is_given_up_with_the_reason(stage: Stage) -> None:
    stage.queue.add(a_notice())
    stage.notifier(ScriptedGateway(GatewayRefused("no such number"))).start()
    outcome = await stage.queue.settled.get()
    assert (outcome.sent, outcome.retry_at, outcome.error) == (False, None, "no such number")


async def test_a_notice_that_would_be_too_late_is_given_up(stage: Stage) -> None:
    stage.queue.add(a_notice(life=5 * SECOND))
    stage.notifier(ScriptedGateway(GatewayUnavailable("busy"))).start()
    assert (await stage.queue.settled.get()).retry_at is None


async def test_an_expired_notice_is_given_up_without_being_sent(stage: Stage) -> None:
    gateway = ScriptedGateway()
    stage.queue.add(a_notice(life=timedelta(0)))
    stage.notifier(gateway).start()
    outcome = await stage.queue.settled.get()
    assert "expired" in outcome.error
    assert (outcome.sent, outcome.retry_at, gateway.sent) == (False, None, [])


async def test_a_channel_without_a_gateway_is_given_up_by_name(stage: Stage) -> None:
    stage.queue.add(a_notice(channel=Channel.WHATSAPP))
    stage.notifier(ScriptedGateway()).start()
    assert (await stage.queue.settled.get()).error == "No gateway is set up for whatsapp."


async def test_each_channel_has_its_own_gateway(stage: Stage) -> None:
    sms, email = ScriptedGateway(), ScriptedGateway()
    stage.queue.add(a_notice(1, Channel.SMS))
    stage.queue.add(a_notice(2, Channel.EMAIL))
    stage.notifier({Channel.SMS: sms, Channel.EMAIL: email}).start()
    await stage.queue.settled.get()
    await stage.queue.settled.get()
    assert (sms.sent, email.sent) == (["ntc_1"], ["ntc_2"])


async def test_a_gateway_that_hangs_is_cut_off_and_tried_again(stage: Stage) -> None:
    stage.queue.add(a_notice())
    stage.notifier(BlockingGateway(), Limits(send_timeout=timedelta(milliseconds=10))).start()
    outcome = await stage.queue.settled.get()
    assert "in time" in outcome.error
    assert outcome.retry_at == stage.time.now + 5 * SECOND


async def test_a_gateways_bug_costs_one_attempt_and_its_log_holds_no_personal_data(stage: Stage) -> None:
    stage.queue.add(a_notice())
    with capture_logs() as logs:
        stage.notifier(ScriptedGateway(KeyError(f"cannot send {TEXT} to {RECIPIENT}"))).start()
        outcome = await stage.queue.settled.get()
    assert outcome.retry_at is not None
    assert outcome.error == "The gateway failed unexpectedly (KeyError)."
    assert {"notice.gateway_bug", "notice.attempt"} <= {line["event"] for line in logs}
    assert RECIPIENT not in str(logs)
    assert TEXT not in str(logs)


async def test_no_more_notices_are_claimed_than_may_be_in_flight(stage: Stage) -> None:
    gateway = BlockingGateway()
    for number in (1, 2, 3):
        stage.queue.add(a_notice(number))
    stage.notifier(gateway, Limits(concurrency=2)).start()
    assert [await gateway.begun.get(), await gateway.begun.get()] == ["ntc_1", "ntc_2"]
    await stage.time.asked_to_wait(30 * SECOND)
    assert stage.queue.look_up("ntc_3").attempts == 0
    gateway.open("ntc_1")
    assert await gateway.begun.get() == "ntc_3"
    gateway.open("ntc_2")
    gateway.open("ntc_3")


async def test_a_slow_send_does_not_delay_the_record_of_a_quick_one(stage: Stage) -> None:
    gateway = BlockingGateway()
    stage.queue.add(a_notice(1))
    stage.queue.add(a_notice(2))
    stage.notifier(gateway).start()
    await gateway.begun.get()
    gateway.open("ntc_2")
    assert (await stage.queue.settled.get()).notice_id == "ntc_2"
    assert gateway.sent == ["ntc_2"]
    gateway.open("ntc_1")


async def test_outcomes_that_gather_during_a_settlement_are_recorded_together(stage: Stage) -> None:
    gateway, gate, reached = BlockingGateway(), asyncio.get_running_loop().create_future(), asyncio.Event()

    def hold_the_first() -> asyncio.Future[None] | None:
        reached.set()
        return None if gate.done() else gate

    stage.queue.before_settle = hold_the_first
    for number in (1, 2, 3):
        stage.queue.add(a_notice(number))
    stage.notifier(gateway).start()
    gateway.open("ntc_1")
    await reached.wait()
    gateway.open("ntc_2")
    gateway.open("ntc_3")
    for _ in range(3):
        await gateway.accepted.get()
    gate.set_result(None)
    for _ in range(3):
        await stage.queue.settled.get()
    assert stage.queue.batches == [1, 2]


async def test_a_failing_claim_backs_off_and_the_loop_lives_on(stage: Stage) -> None:
    stage.queue.claim_errors = [OSError("disk"), RuntimeError("locked")]
    stage.queue.add(a_notice())
    notifier = stage.notifier(ScriptedGateway())
    notifier.start()
    for wait in (1 * SECOND, 2 * SECOND):
        await stage.time.asked_to_wait(wait)
        notifier.wake()  # waking does not defeat the back-off
        stage.time.advance(wait)
    assert (await stage.queue.settled.get()).sent


async def test_an_outcome_that_could_not_be_recorded_is_kept_and_never_sent_again(stage: Stage) -> None:
    gateway = ScriptedGateway()
    stage.queue.settle_errors = [OSError("disk"), OSError("disk")]
    stage.queue.add(a_notice())
    notifier = stage.notifier(gateway, Limits(lease=40 * SECOND))
    notifier.start()
    await stage.time.asked_to_wait(1 * SECOND)
    stage.time.advance(50 * SECOND)  # past the lease: the queue offers the notice again
    await stage.time.asked_to_wait(2 * SECOND)
    notifier.wake()
    stage.time.advance(2 * SECOND)
    assert (await stage.queue.settled.get()).sent
    assert gateway.sent == ["ntc_1"]
    assert stage.queue.look_up("ntc_1").state is NoticeState.SENT


async def test_a_queue_that_says_due_and_gives_nothing_is_not_asked_in_a_spin(stage: Stage) -> None:
    stage.queue.add(a_notice(), due_at=stage.time.now + timedelta(microseconds=1))
    stage.notifier(ScriptedGateway()).start()
    await stage.time.asked_to_wait(timedelta(milliseconds=100))


@pytest.mark.parametrize("bad", [{"concurrency": 0}, {"concurrency": 8, "lease": 30 * SECOND}])
def test_limits_that_cannot_hold_are_refused(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Limits(**bad)  # type: ignore[arg-type]
