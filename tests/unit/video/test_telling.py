"""News of a seat is told in order, again while the store cannot be reached, and never stops at a watcher's mistake."""

import asyncio
from dataclasses import dataclass, field

import pytest

from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import Seat
from dastak.video import telling
from dastak.video.attendance import Change
from dastak.video.telling import Telling

CUSTOMER = Seat("mer_1", "jrn_1", "call_1", Party.CUSTOMER)
AGENT = Seat("mer_1", "jrn_1", "call_1", Party.AGENT)


@dataclass
class Watcher:
    failures: list[Exception] = field(default_factory=list)
    told: list[tuple[str, Seat]] = field(default_factory=list)

    async def came(self, seat: Seat) -> None:
        await self._take("came", seat)

    async def lost(self, seat: Seat) -> None:
        await self._take("lost", seat)

    async def recorded(self, seat: Seat, reference: str) -> None:
        await self._take(reference, seat)

    async def _take(self, what: str, seat: Seat) -> None:
        await asyncio.sleep(0)
        if seat is CUSTOMER and self.failures:
            raise self.failures.pop(0)
        self.told.append((what, seat))


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "_FIRST_PAUSE", 0.001)


async def test_news_of_a_seat_keeps_its_order_while_the_store_cannot_be_reached() -> None:
    watcher = Watcher([ConnectionError(), ConnectionError()])
    news = Telling(watcher)
    news.recorded(CUSTOMER, "spool/mer_1.call_1")
    for change in (Change.CAME, Change.LOST, Change.CAME):
        news.change(CUSTOMER, change)
    news.change(AGENT, Change.CAME)
    await news.finish(5)
    assert watcher.told[0] == ("came", AGENT), "one seat's trouble is not another's"
    assert [what for what, seat in watcher.told if seat is CUSTOMER] == ["spool/mer_1.call_1", "came", "lost", "came"]


async def test_what_the_watcher_will_not_take_is_passed_over() -> None:
    watcher = Watcher([ValueError("a mistake")])
    news = Telling(watcher)
    news.change(CUSTOMER, Change.CAME)
    news.change(CUSTOMER, Change.LOST)
    await news.finish(5)
    assert watcher.told == [("lost", CUSTOMER)]


async def test_the_end_does_not_wait_for_ever() -> None:
    watcher = Watcher([ConnectionError() for _ in range(10_000)])
    news = Telling(watcher)
    news.change(CUSTOMER, Change.CAME)
    await asyncio.wait_for(news.finish(0.01), 5)
    assert watcher.told == []
