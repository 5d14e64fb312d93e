"""A stage with a running notifier, taken down after every test."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import pytest

from dastak.notices.notice import Channel, Gateway
from dastak.notices.notifier import Limits, Notifier
from dastak.notices.observing import NoticeObserver
from unit.notices.stage import FakeTime, WatchedQueue


@dataclass
class Stage:
    time: FakeTime = field(default_factory=FakeTime)
    queue: WatchedQueue = field(default_factory=WatchedQueue)
    notifiers: list[Notifier] = field(default_factory=list)

    def notifier(
        self,
        gateway: Gateway | Mapping[Channel, Gateway],
        limits: Limits | None = None,
        observer: NoticeObserver | None = None,
    ) -> Notifier:
        gateways = gateway if isinstance(gateway, Mapping) else {Channel.SMS: gateway}
        notifier = Notifier(
            self.queue,
            gateways,
            limits=limits,
            clock=self.time.clock,
            jitter=lambda: 0.5,
            pause=self.time.pause,
            observer=observer,
        )
        self.notifiers.append(notifier)
        return notifier


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    for notifier in stage.notifiers:
        await notifier.stop()
