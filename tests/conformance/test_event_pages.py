"""What every `LogReader` promises to whoever pulls events: nothing is missed or given twice, and work is bounded."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.house import HOUSES, Ports
from conformance.values import (
    LEASE,
    NOW,
    SECOND,
    Space,
    a_link,
    a_merchant,
    an_endpoint,
    an_event,
    settle_all,
    with_events,
)
from dastak.journeys.kyc_link.link import KycLink
from dastak.webhooks.endpoint import LanePolicy
from dastak.webhooks.log import EventFilter, EventPage, EventRow
from dastak.webhooks.verdict import Outcome

ANY = EventFilter()
RARE = "KYC_LINK_EXPIRED"
PLENTY = 1000


@pytest.fixture
async def history(ports: Ports) -> Ports:
    """Two merchants; the first has ten events of one journey a second apart, the last of them of a rare type."""
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))
    link = a_link()
    await ports.links.add_link(link, ())
    for step in range(9):
        link = await with_events(ports, link, 1, NOW + step * SECOND)
    last = an_event(link, 10, NOW + 9 * SECOND, RARE)
    await ports.links.save_link(replace(link, sequence=10), [last], ())
    return ports


async def page(ports: Ports, which: EventFilter, after: int = 0, limit: int = 100, scan: int = PLENTY) -> EventPage:
    return await ports.history.event_page("mer_1", which, after, limit, scan)


def sequences(rows: Sequence[EventRow]) -> list[int]:
    return [row.sequence for row in rows]


async def test_a_page_that_holds_all_is_the_last_and_reaches_to_the_newest_event(history: Ports) -> None:
    whole = await page(history, ANY)
    assert list(whole.rows) == list(await history.history.events("mer_1", ANY, 0, 100))
    assert whole.is_last
    assert whole.reached >= whole.rows[-1].position
    assert await page(history, ANY, whole.reached) == EventPage([], whole.reached, is_last=True)


async def test_a_full_page_reaches_to_its_last_event(history: Ports) -> None:
    full = await page(history, ANY, limit=4)
    assert (sequences(full.rows), full.reached, full.is_last) == ([1, 2, 3, 4], full.rows[-1].position, False)


@pytest.mark.parametrize("which", [EventFilter(type=RARE), EventFilter(since=NOW + 9 * SECOND)])
async def test_a_filter_that_fits_rarely_gives_short_pages_that_lead_to_the_end(
    history: Ports, which: EventFilter
) -> None:
    pages = [await page(history, which, scan=3)]
    while not pages[-1].is_last:
        pages.append(await page(history, which, pages[-1].reached, scan=3))
    assert [sequences(one.rows) for one in pages] == [[], [], [], [10]]
    assert [one.reached for one in pages] == sorted({one.reached for one in pages})


async def test_a_filter_by_journey_finds_everything_at_once_however_long_the_history(history: Ports) -> None:
    for which in (EventFilter(journey_id="jrn_mer_1_1"), EventFilter(verification_id="v-1", type=RARE)):
        found = await page(history, which, scan=1)
        assert found.is_last
        assert found.rows[-1].sequence == 10


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [(3, 5, [3, 4, 5]), (9, None, [9, 10]), (None, 2, [1, 2]), (7, 7, [7]), (11, 20, [])],
)
async def test_a_gap_in_a_journey_can_be_asked_for(
    history: Ports, first: int | None, last: int | None, found: list[int]
) -> None:
    which = EventFilter(journey_id="jrn_mer_1_1", sequence_from=first, sequence_to=last)
    assert sequences((await page(history, which)).rows) == found
    assert sequences(await history.history.events("mer_1", which, 0, 100)) == found


@pytest.mark.parametrize("which", [ANY, EventFilter(type=RARE), EventFilter(journey_id="jrn_mer_1_1")])
async def test_a_cursor_beyond_the_newest_event_stays_where_it_is(history: Ports, which: EventFilter) -> None:
    far = 2**62
    assert await page(history, which, far) == EventPage([], far, is_last=True)


async def test_the_newest_event_of_each_merchant_that_has_one_is_known(history: Ports) -> None:
    newest = (await history.history.events("mer_1", ANY, 0, 100))[-1].position
    assert await history.history.latest_positions(["mer_1", "mer_2", "mer_none"]) == {"mer_1": newest}
    assert await history.history.latest_positions([]) == {}


async def test_another_merchant_s_events_are_in_no_page(history: Ports) -> None:
    assert not (await history.history.event_page("mer_2", ANY, 0, 100, PLENTY)).rows


# -- whatever happens between pulls, every poller sees everything once, in the order of the webhooks ----------------------


@dataclass
class Poller:
    """Somebody who goes on from cursor to cursor."""

    which: EventFilter
    after: int = 0
    seen: list[EventRow] = field(default_factory=list)

    async def pull(self, ports: Ports, limit: int, scan: int) -> bool:
        got = await ports.history.event_page("mer_1", self.which, self.after, limit, scan)
        assert len(got.rows) <= limit
        assert got.reached >= self.after
        assert all(self.after < row.position <= got.reached for row in got.rows)
        self.seen += got.rows
        self.after = got.reached
        return got.is_last


JOURNEYS = 3
FILTERS = (ANY, ANY, EventFilter(type=RARE), EventFilter(journey_id="jrn_mer_1_2"), EventFilter(since=NOW + 5 * SECOND))
happens = st.tuples(
    st.just("events"), st.lists(st.tuples(st.integers(0, JOURNEYS - 1), st.booleans()), min_size=1, max_size=4)
)
pulls = st.tuples(st.just("pull"), st.tuples(st.integers(0, len(FILTERS) - 1), st.integers(1, 5), st.integers(1, 5)))
stories = st.lists(happens | pulls, min_size=1, max_size=25)


@pytest.mark.parametrize("house_name", sorted(HOUSES))
def test_every_poller_sees_every_event_once_and_in_the_order_of_the_webhooks(
    house_name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    @given(story=stories)
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    def holds(story: list[tuple[str, Any]]) -> None:
        with asyncio.Runner() as runner:
            runner.run(play(house_name, tmp_path_factory.mktemp("pull"), story))

    holds()


async def play(house_name: str, folder: Path, story: list[tuple[str, Any]]) -> None:
    house = await HOUSES[house_name](folder)
    try:
        await tell(house.ports, story)
    finally:
        await house.close()


async def tell(ports: Ports, story: list[tuple[str, Any]]) -> None:
    await ports.merchants.add_merchant(a_merchant())
    await ports.endpoints.add_endpoint(an_endpoint(policy=LanePolicy.STRICT))
    links = [a_link(number) for number in range(1, JOURNEYS + 1)]
    for link in links:
        await ports.links.add_link(link, ())
    pollers = [Poller(which) for which in FILTERS]
    now = NOW
    for what, values in story:
        if what == "pull":
            who, limit, scan = values
            await pollers[who].pull(ports, limit, scan)
            continue
        saved = await asyncio.gather(*(happen(ports, links, values, number, now) for number in range(JOURNEYS)))
        links = list(saved)
        now += SECOND
    whole = await ports.history.events("mer_1", ANY, 0, PLENTY)
    for poller in pollers:
        while not await poller.pull(ports, 2, 3):
            """Until there is no more."""
        assert poller.seen == [row for row in whole if fits(poller.which, row)]
    assert len(whole) == sum(len(values) for what, values in story if what == "events")
    await the_webhooks_have_the_same_order(ports, whole)


async def happen(
    ports: Ports, links: list[KycLink], values: list[tuple[int, bool]], number: int, now: datetime
) -> KycLink:
    """All events of one journey that happen at this moment; those of the others happen at the same time."""
    link = links[number]
    mine = [is_rare for journey, is_rare in values if journey == number]
    if not mine:
        return link
    events = [
        an_event(link, link.sequence + step, now, RARE if is_rare else "KYC_LINK_ACTION_PERFORMED")
        for step, is_rare in enumerate(mine, start=1)
    ]
    after = replace(link, sequence=link.sequence + len(events))
    assert await ports.links.save_link(after, events, ())
    return replace(after, version=after.version + 1)


def fits(which: EventFilter, row: EventRow) -> bool:
    return (
        which.type in {None, row.type}
        and which.journey_id in {None, row.journey_id}
        and (which.since is None or row.occurred_at >= which.since)
    )


async def the_webhooks_have_the_same_order(ports: Ports, whole: Sequence[EventRow]) -> None:
    sent: dict[str, list[tuple[str, bytes]]] = {}
    now = NOW + timedelta(days=1)
    while claimed := list(await ports.deliveries.claim(now, now + LEASE, Space())):
        for one in claimed:
            sent.setdefault(one.journey_id, []).append((one.event_id, one.body))
        await settle_all(ports, claimed, Outcome.DELIVERED, now)
    pulled: dict[str, list[tuple[str, bytes]]] = {}
    for row in whole:
        pulled.setdefault(row.journey_id, []).append((row.id, row.body or b""))
    assert sent == pulled
