"""Starting, stopping and restarting the notifier: nothing is lost, and nothing is repeated without need."""

import asyncio
from datetime import timedelta

from structlog.testing import capture_logs

from dastak.notices.memory import NoticeState
from dastak.notices.notifier import Limits
from unit.notices.conftest import Stage
from unit.notices.stage import BlockingGateway, ScriptedGateway, a_notice

AT_ONCE = Limits(stop_within=timedelta(0), settle_within=timedelta(0))


async def test_start_and_stop_are_idempotent(stage: Stage) -> None:
    notifier = stage.notifier(ScriptedGateway())
    await notifier.stop()
    notifier.start()
    notifier.start()
    await asyncio.gather(notifier.stop(), notifier.stop())
    await notifier.stop()


async def test_a_stopped_notifier_can_be_started_again(stage: Stage) -> None:
    notifier = stage.notifier(ScriptedGateway())
    notifier.start()
    await notifier.stop()
    stage.queue.add(a_notice())
    notifier.start()
    assert (await stage.queue.settled.get()).sent


async def test_a_stopped_notifier_claims_nothing(stage: Stage) -> None:
    notifier = stage.notifier(ScriptedGateway())
    notifier.start()
    await notifier.stop()
    stage.queue.add(a_notice())
    notifier.wake()
    assert stage.queue.look_up("ntc_1").attempts == 0


async def test_run_lasts_until_stop(stage: Stage) -> None:
    notifier = stage.notifier(ScriptedGateway())
    stage.queue.add(a_notice())
    running = asyncio.create_task(notifier.run())
    await stage.queue.settled.get()
    assert not running.done()
    await notifier.stop()
    await running


async def test_cancelling_run_stops_in_order(stage: Stage) -> None:
    gateway = BlockingGateway()
    stage.queue.add(a_notice())
    running = asyncio.create_task(stage.notifier(gateway).run())
    await gateway.begun.get()
    running.cancel()
    gateway.open("ntc_1")
    await asyncio.wait({running})
    assert running.cancelled()
    assert stage.queue.look_up("ntc_1").state is NoticeState.SENT


async def test_stop_waits_for_the_send_in_flight_and_records_it(stage: Stage) -> None:
    gateway = BlockingGateway()
    stage.queue.add(a_notice())
    notifier = stage.notifier(gateway)
    notifier.start()
    await gateway.begun.get()
    stopping = asyncio.create_task(notifier.stop())
    await asyncio.sleep(0)
    assert not stopping.done()
    gateway.open("ntc_1")
    await stopping
    assert stage.queue.look_up("ntc_1").state is NoticeState.SENT


async def test_stop_does_not_wait_beyond_its_bound_and_the_lease_brings_the_notice_back(stage: Stage) -> None:
    hanging, good = BlockingGateway(), ScriptedGateway()
    stage.queue.add(a_notice())
    notifier = stage.notifier(hanging, AT_ONCE)
    notifier.start()
    await hanging.begun.get()
    await notifier.stop()
    assert hanging.sent == []
    assert stage.queue.look_up("ntc_1").state is NoticeState.WAITING

    stage.time.advance(AT_ONCE.lease)
    stage.notifier(good).start()
    assert (await stage.queue.settled.get()).sent
    assert stage.queue.look_up("ntc_1").attempts == 2


async def test_a_notice_claimed_by_a_process_that_died_is_sent_after_its_lease(stage: Stage) -> None:
    stage.queue.add(a_notice())
    await stage.queue.claim_notices(stage.time.now, stage.time.now + timedelta(seconds=20), 1)
    stage.notifier(ScriptedGateway()).start()
    await stage.time.asked_to_wait(timedelta(seconds=20))
    stage.time.advance(timedelta(seconds=20))
    assert (await stage.queue.settled.get()).sent


async def test_stop_tries_once_more_to_record_what_the_store_refused(stage: Stage) -> None:
    stage.queue.settle_errors = [OSError("disk")]
    stage.queue.add(a_notice())
    notifier = stage.notifier(ScriptedGateway())
    notifier.start()
    await stage.time.asked_to_wait(timedelta(seconds=1))
    await notifier.stop()
    assert stage.queue.look_up("ntc_1").state is NoticeState.SENT


async def test_outcomes_that_never_reach_the_store_are_named_in_the_log(stage: Stage) -> None:
    stage.queue.settle_errors = [OSError("disk")] * 9
    stage.queue.add(a_notice())
    notifier = stage.notifier(ScriptedGateway(), AT_ONCE)
    with capture_logs() as logs:
        notifier.start()
        await stage.time.asked_to_wait(timedelta(seconds=1))
        await notifier.stop()
    assert {"event": "notifier.outcomes_lost", "notice_ids": ["ntc_1"], "log_level": "error"} in logs
