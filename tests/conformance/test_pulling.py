"""Waiting for events over every store: what is committed while somebody waits comes at once, and comes to them all."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from conformance.house import Ports
from conformance.values import NOW, a_link, a_merchant, an_event, with_events
from dastak.webhooks.arrivals import Arrivals
from dastak.webhooks.log import EventFilter, EventPage, LogReader
from dastak.webhooks.pull import SCANS, Puller

ANY = EventFilter()
RARE = "KYC_LINK_EXPIRED"
LONG = timedelta(minutes=10)
SOON = timedelta(milliseconds=5)


class Watched(Arrivals):
    """Says when somebody begins to wait."""

    def __init__(self, log: LogReader) -> None:
        super().__init__(log, look_every=SOON, pause=SOON)
        self.came = asyncio.Semaphore(0)

    async def wait(self, merchant_id: str, after: int, commits: int, until: float) -> None:
        self.came.release()
        await super().wait(merchant_id, after, commits, until)


@dataclass
class Door:
    """Waiting, as one process has it."""

    arrivals: Watched
    puller: Puller

    def wait(self, which: EventFilter = ANY, after: int = 0, limit: int = 50) -> asyncio.Task[EventPage]:
        return asyncio.create_task(self.puller.page("mer_1", which, after, limit, LONG))

    async def are_waiting(self, count: int) -> None:
        """Return once so many have begun to wait."""
        for _ in range(count):
            await self.arrivals.came.acquire()


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))
        for number in (1, 2):
            await ports.links.add_link(a_link(number, merchant_id), ())


@pytest.fixture
def door(ports: Ports) -> Door:
    arrivals = Watched(ports.history)
    return Door(arrivals, Puller(ports.history, arrivals))


async def test_what_is_there_is_given_at_once(ports: Ports, door: Door) -> None:
    await with_events(ports, a_link(1), 3)
    page = await door.wait(limit=2)
    assert [row.sequence for row in page.rows] == [1, 2]
    assert [row.sequence for row in (await door.wait(after=page.reached)).rows] == [3]


async def test_all_who_wait_get_the_next_event_and_another_merchant_s_wakes_nobody(ports: Ports, door: Door) -> None:
    waiting = [door.wait() for _ in range(50)]
    await door.are_waiting(50)
    await with_events(ports, a_link(1, "mer_2"), 2)
    await with_events(ports, a_link(1), 1)
    pages = await asyncio.gather(*waiting)
    assert {row.id for page in pages for row in page.rows} == {"evt_jrn_mer_1_1_1"}
    assert {len(page.rows) for page in pages} == {1}


async def test_whoever_waits_for_some_kind_sleeps_on_through_the_others(ports: Ports, door: Door) -> None:
    rare, of_journey = door.wait(EventFilter(type=RARE)), door.wait(EventFilter(journey_id="jrn_mer_1_2"))
    await door.are_waiting(2)
    link = await with_events(ports, a_link(1), 2)
    await door.wait()
    await ports.links.save_link(replace(link, sequence=3), [an_event(link, 3, NOW, RARE)], ())
    assert [row.sequence for row in (await rare).rows] == [3]
    assert not of_journey.done()
    await with_events(ports, a_link(2), 1)
    assert [row.journey_id for row in (await of_journey).rows] == ["jrn_mer_1_2"]


async def test_from_now_on_means_nothing_that_was_and_everything_that_comes(ports: Ports, door: Door) -> None:
    assert await door.puller.latest("mer_1") == 0
    link = await with_events(ports, a_link(1), 2)
    latest = await door.puller.latest("mer_1")
    assert await door.puller.page("mer_1", ANY, latest, 50) == EventPage([], latest, is_last=True)
    waiting = door.wait(after=latest)
    await door.are_waiting(1)
    await with_events(ports, link, 1)
    assert [row.sequence for row in (await waiting).rows] == [3]


async def test_when_the_time_is_over_the_page_is_empty_and_its_cursor_can_be_used(ports: Ports, door: Door) -> None:
    link = await with_events(ports, a_link(1), 2)
    empty = await door.puller.page("mer_1", EventFilter(type=RARE), 0, 50, timedelta(milliseconds=20))
    assert (list(empty.rows), empty.is_last) == ([], True)
    await with_events(ports, link, 1)
    assert [row.sequence for row in (await door.puller.page("mer_1", ANY, empty.reached, 50)).rows] == [3]


async def test_at_the_end_of_the_process_everybody_is_let_go(door: Door) -> None:
    waiting = [door.wait() for _ in range(3)]
    await door.are_waiting(3)
    door.arrivals.stop()
    assert {page.is_last for page in await asyncio.gather(*waiting)} == {True}
    assert not (await door.wait()).rows


async def test_a_long_history_in_which_nothing_fits_is_not_read_at_a_stretch(ports: Ports) -> None:
    await with_events(ports, a_link(1), SCANS + 5)
    counted = Counted(ports.history)
    arrivals = Arrivals(ports.history)
    puller = Puller(counted, arrivals, scan=1)
    first = await puller.page("mer_1", EventFilter(type=RARE), 0, 50, LONG)
    assert (list(first.rows), first.is_last, counted.reads) == ([], False, SCANS)
    second = await puller.page("mer_1", EventFilter(type=RARE), first.reached, 50)
    assert (list(second.rows), second.is_last) == ([], True)


class Counted:
    """A log that counts how often it is read."""

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self.reads = 0

    async def event_page(self, merchant_id: str, which: EventFilter, after: int, limit: int, scan: int) -> EventPage:
        self.reads += 1
        return await self._log.event_page(merchant_id, which, after, limit, scan)

    async def latest_positions(self, merchant_ids: Collection[str]) -> Mapping[str, int]:
        return await self._log.latest_positions(merchant_ids)
