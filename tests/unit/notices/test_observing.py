"""What the notifier tells whoever counts."""

from dataclasses import dataclass, field
from datetime import timedelta

from dastak.notices.notice import Channel, GatewayRefused, GatewayUnavailable
from dastak.notices.observing import AttemptResult, QueueAct
from unit.notices.conftest import Stage
from unit.notices.stage import ScriptedGateway, a_notice

SECOND = timedelta(seconds=1)


@dataclass
class Told:
    turns: int = 0
    attempts: list[tuple[Channel, AttemptResult]] = field(default_factory=list)
    failures: list[QueueAct] = field(default_factory=list)

    def turned(self) -> None:
        self.turns += 1

    def attempt_ended(self, channel: Channel, result: AttemptResult) -> None:
        self.attempts.append((channel, result))

    def queue_failed(self, during: QueueAct) -> None:
        self.failures.append(during)


async def test_every_attempt_is_told_with_what_came_of_it(stage: Stage) -> None:
    told = Told()
    stage.queue.add(a_notice())
    notifier = stage.notifier(ScriptedGateway(GatewayUnavailable("busy"), None, GatewayRefused("no")), observer=told)
    notifier.start()
    await stage.queue.settled.get()
    stage.time.advance(5 * SECOND)
    await stage.queue.settled.get()
    stage.queue.add(a_notice(2))
    notifier.wake()
    await stage.queue.settled.get()
    assert told.attempts == [(Channel.SMS, "retry"), (Channel.SMS, "sent"), (Channel.SMS, "given_up")]
    assert told.turns >= 2
    await notifier.stop()
    assert notifier.in_flight == 0


async def test_a_queue_that_fails_is_told(stage: Stage) -> None:
    told = Told()
    stage.queue.claim_errors.append(OSError("down"))
    stage.queue.settle_errors.append(OSError("down"))
    stage.queue.add(a_notice())
    stage.notifier(ScriptedGateway(), observer=told).start()
    await stage.time.asked_to_wait(1 * SECOND)
    stage.time.advance(1 * SECOND)
    await stage.time.asked_to_wait(1 * SECOND)
    stage.time.advance(1 * SECOND)
    assert (await stage.queue.settled.get()).sent
    assert told.failures == ["claim", "settle"]
