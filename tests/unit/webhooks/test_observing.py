"""What the dispatcher tells whoever counts."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from dastak.webhooks.delivery import Settled
from dastak.webhooks.dispatcher import Dispatcher
from dastak.webhooks.observing import StoreAct
from unit.webhooks.props import NOW, FakeQueue, FakeSender, a_claim, an_answer

PATIENCE = 20


@dataclass
class Told:
    """Keeps everything that it is told."""

    turns: int = 0
    claims: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    ended: asyncio.Queue[Sequence[Settled]] = field(default_factory=asyncio.Queue)

    def turned(self) -> None:
        self.turns += 1

    def claimed(self, count: int, took: timedelta) -> None:
        assert took >= timedelta(0)
        self.claims.append(count)

    def attempts_ended(self, settled: Sequence[Settled]) -> None:
        self.ended.put_nowait(settled)

    def store_failed(self, during: StoreAct) -> None:
        self.failures.append(during)


async def test_claims_attempts_failures_and_turns_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dastak.webhooks.dispatcher.TROUBLE_PAUSE", timedelta(0))
    queue, sender, told = FakeQueue(a_claim(1), a_claim(2)), FakeSender(), Told()
    queue.claim_failures = queue.settle_failures = 1
    now = [NOW]
    dispatcher = Dispatcher(queue, sender, now=lambda: now[0], observer=told)
    async with asyncio.timeout(PATIENCE):
        run = asyncio.ensure_future(dispatcher.run())
        await sender.sent.get()
        await sender.sent.get()
        assert dispatcher.in_flight == 2
        now[0] += timedelta(seconds=7)
        assert dispatcher.oldest_in_flight() == timedelta(seconds=7)
        sender.answer(an_answer("dlv_1"), an_answer("dlv_2"))
        assert [one.claimed.id for one in await told.ended.get()] == ["dlv_1", "dlv_2"]
        await dispatcher.stop()
        await run
    assert (dispatcher.in_flight, dispatcher.oldest_in_flight()) == (0, timedelta(0))
    assert told.failures == ["claim", "settle"]
    assert told.claims[0] == 2
    assert told.turns >= len(told.claims) + 1
