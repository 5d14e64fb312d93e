"""What every store promises of `Expiring`: exactly what is too old goes, and nothing that is owed."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from conformance.house import HOUSES, House, Ports
from conformance.values import (
    LEASE,
    NOW,
    Space,
    a_link,
    a_merchant,
    a_message,
    an_endpoint,
    an_event,
    settle_all,
    settled,
    with_events,
)
from dastak.journeys.kyc_link.link import KycLink
from dastak.notices.notice import NoticeOutcome
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import EndpointState
from dastak.webhooks.keeper import Keeper
from dastak.webhooks.log import DeliveryFilter, EventFilter, Resent
from dastak.webhooks.retention import CutOff, Kept, Retention, cut_offs
from dastak.webhooks.verdict import Outcome

DAY = timedelta(days=1)
ALL_EVENTS, ALL_DELIVERIES = EventFilter(), DeliveryFilter()
FOR_EVER = Retention(0, 0, 0, 0, 0)
EVERYTHING = Retention(1, 1, 1, 1, 1)
ROOM = Space(256)


async def sweep(ports: Ports, retention: Retention, now: datetime, at_most: int = 3) -> int:
    """As the keeper does, in steps of so many rows."""
    gone = 0
    for cut_off in cut_offs(retention, now):
        gone += await sweep_one(ports, cut_off, at_most)
    return gone


async def sweep_one(ports: Ports, cut_off: CutOff, at_most: int) -> int:
    gone, more = 0, True
    while more:
        step = await ports.retention.expire(cut_off.what, cut_off.before, at_most)
        assert step.count <= at_most or cut_off.what is Kept.EXCHANGES, "PostgreSQL counts by blocks there"
        gone, more = gone + step.count, step.more
    return gone


@pytest.fixture
async def link(ports: Ports) -> KycLink:
    """One merchant, one endpoint, one link."""
    await ports.merchants.add_merchant(a_merchant())
    await ports.endpoints.add_endpoint(an_endpoint(window=256))
    await ports.links.add_link(a_link(), ())
    return a_link()


async def end_all(ports: Ports, outcome: Outcome, at: datetime) -> None:
    """Everything that is due ends so."""
    while claimed := list(await ports.deliveries.claim(at, at + LEASE, ROOM)):
        await settle_all(ports, claimed, outcome, at)


async def only_delivery(ports: Ports) -> str:
    (row,) = await ports.history.deliveries("mer_1", ALL_DELIVERIES, 0, 9)
    return row.id


async def test_a_store_that_has_nothing_lets_nothing_go(ports: Ports) -> None:
    await ports.retention.prepare(NOW)
    assert await sweep(ports, EVERYTHING, NOW) == 0


@pytest.mark.parametrize("prepared", [True, False])
async def test_what_was_said_in_an_exchange_goes_and_the_attempt_stays(
    ports: Ports, link: KycLink, *, prepared: bool
) -> None:
    if prepared:
        await ports.retention.prepare(NOW)
    await with_events(ports, link, 1)
    await end_all(ports, Outcome.DELIVERED, NOW)
    delivery_id = await only_delivery(ports)
    before = await ports.history.delivery("mer_1", delivery_id)
    (full,) = await ports.history.attempts("mer_1", delivery_id)
    assert await sweep(ports, replace(FOR_EVER, exchanges=2), NOW + 2 * DAY) == 0
    assert await ports.history.attempts("mer_1", delivery_id) == [full]
    assert await sweep(ports, replace(FOR_EVER, exchanges=2), NOW + 3 * DAY) == 1
    (left,) = await ports.history.attempts("mer_1", delivery_id)
    assert (left.request_headers, left.answer_headers, left.answer_body) == ((), (), b"")
    assert (left.number, left.status, left.outcome, left.ended_at) == (1, 200, "delivered", full.ended_at)
    assert await ports.history.delivery("mer_1", delivery_id) == before
    assert await sweep(ports, replace(FOR_EVER, exchanges=2), NOW + 3 * DAY) == 0, "once is enough"


@pytest.mark.parametrize("prepared", [True, False])
async def test_a_finished_delivery_goes_with_its_attempts_and_the_event_stays(
    ports: Ports, link: KycLink, *, prepared: bool
) -> None:
    if prepared:
        await ports.retention.prepare(NOW)
    await with_events(ports, link, 2)
    await end_all(ports, Outcome.GIVEN_UP, NOW)
    delivery_id = (await ports.history.deliveries("mer_1", ALL_DELIVERIES, 0, 9))[0].id
    assert await sweep(ports, replace(FOR_EVER, deliveries=5), NOW + 5 * DAY) == 0
    assert await sweep(ports, replace(FOR_EVER, deliveries=5), NOW + 6 * DAY) == 2
    assert not await ports.history.deliveries("mer_1", ALL_DELIVERIES, 0, 9)
    assert not await ports.history.deliveries("mer_1", DeliveryFilter(state=DeliveryState.GIVEN_UP), 0, 9)
    assert await ports.history.delivery("mer_1", delivery_id) is None
    assert not await ports.history.attempts("mer_1", delivery_id)
    assert await ports.history.resend("mer_1", delivery_id, NOW + 6 * DAY) is Resent.IMPOSSIBLE
    assert len(await ports.history.events("mer_1", ALL_EVENTS, 0, 9)) == 2


async def test_a_cancelled_delivery_goes_too(ports: Ports, link: KycLink) -> None:
    await with_events(ports, link, 1)
    deleted = lambda endpoint: replace(endpoint, state=EndpointState.DELETED)  # noqa: E731
    await ports.endpoints.change_endpoint("mer_1", "ep_mer_1_1", deleted, NOW)
    assert await sweep(ports, replace(FOR_EVER, deliveries=1), NOW + 2 * DAY) == 1
    assert not await ports.history.deliveries("mer_1", ALL_DELIVERIES, 0, 9)


async def test_what_is_owed_stays_whatever_its_age_and_goes_out_with_its_bytes(ports: Ports, link: KycLink) -> None:
    await with_events(ports, link, 3)
    late = NOW + 5000 * DAY
    assert await sweep(ports, EVERYTHING, late, at_most=1) == 0
    bodies = []
    while claimed := list(await ports.deliveries.claim(late, late + LEASE, ROOM)):
        bodies += [one.body for one in claimed]
        await settle_all(ports, claimed, Outcome.DELIVERED, late)
    assert bodies == [an_event(link, number).body for number in (1, 2, 3)]


@pytest.mark.parametrize("prepared", [True, False])
async def test_a_pending_delivery_keeps_its_attempts_when_their_day_goes(
    ports: Ports, link: KycLink, *, prepared: bool
) -> None:
    if prepared:
        await ports.retention.prepare(NOW)
    await with_events(ports, link, 1)
    claimed = list(await ports.deliveries.claim(NOW, NOW + LEASE, ROOM))
    await settle_all(ports, claimed, Outcome.RETRY, NOW)
    attempts = await ports.history.attempts("mer_1", claimed[0].id)
    assert len(attempts) == 1
    assert await sweep(ports, replace(FOR_EVER, deliveries=1), NOW + 9 * DAY) == 0
    assert await ports.history.attempts("mer_1", claimed[0].id) == attempts


async def test_without_its_body_an_event_is_listed_and_cannot_be_sent_again(ports: Ports, link: KycLink) -> None:
    await with_events(ports, link, 1)
    await end_all(ports, Outcome.GIVEN_UP, NOW)
    delivery_id = await only_delivery(ports)
    before = await ports.history.delivery("mer_1", delivery_id)
    assert await sweep(ports, replace(FOR_EVER, bodies=1), NOW + DAY) == 0
    assert await sweep(ports, replace(FOR_EVER, bodies=1), NOW + 2 * DAY) == 1
    (event,) = await ports.history.events("mer_1", ALL_EVENTS, 0, 9)
    assert (event.id, event.body) == (an_event(link, 1).id, None)
    assert await ports.history.event("mer_1", event.id) == event
    assert await ports.history.resend("mer_1", delivery_id, NOW + 2 * DAY) is Resent.BODY_EXPIRED
    assert await ports.history.delivery("mer_1", delivery_id) == before
    assert await sweep(ports, replace(FOR_EVER, bodies=1), NOW + 2 * DAY) == 0, "once is enough"


async def test_what_is_sent_again_in_time_keeps_its_body_until_it_is_over(ports: Ports, link: KycLink) -> None:
    await with_events(ports, link, 1)
    await end_all(ports, Outcome.GIVEN_UP, NOW)
    delivery_id = await only_delivery(ports)
    assert await ports.history.resend("mer_1", delivery_id, NOW + DAY) is Resent.BEGUN
    late = NOW + 9 * DAY
    assert await sweep(ports, replace(EVERYTHING, exchanges=0), late) == 0
    await end_all(ports, Outcome.DELIVERED, late)
    assert (await ports.history.deliveries("mer_1", ALL_DELIVERIES, 0, 9))[0].state is DeliveryState.DELIVERED
    assert await sweep(ports, EVERYTHING, late + 2 * DAY) > 0
    assert not await ports.history.events("mer_1", ALL_EVENTS, 0, 9)


async def test_an_event_without_deliveries_goes_by_its_age_alone(ports: Ports, link: KycLink) -> None:
    other = a_link(1, "mer_2")
    await ports.merchants.add_merchant(a_merchant("mer_2"))
    await ports.links.add_link(other, ())
    await with_events(ports, link, 1)
    for day in range(4):
        other = await with_events(ports, other, 1, NOW + day * DAY)
    assert await sweep(ports, replace(FOR_EVER, events=1), NOW + 4 * DAY, at_most=1) == 3
    assert [row.sequence for row in await ports.history.events("mer_2", ALL_EVENTS, 0, 9)] == [4]
    assert len(await ports.history.events("mer_1", ALL_EVENTS, 0, 9)) == 1, "its delivery is kept"


async def test_notices_go_once_they_are_finished(ports: Ports) -> None:
    await ports.merchants.add_merchant(a_merchant())
    await ports.links.add_link(a_link(), [a_message(number) for number in range(1, 7)])
    claimed = await ports.notices.claim_notices(NOW, NOW + LEASE, 5)
    results = [NoticeOutcome(one.notice.id, "mer_1", sent=bool(n % 2), retry_at=None) for n, one in enumerate(claimed)]
    await ports.notices.settle_notices(results, NOW)
    assert await sweep(ports, replace(FOR_EVER, notices=3), NOW + 3 * DAY) == 0
    assert await sweep(ports, replace(FOR_EVER, notices=3), NOW + 4 * DAY, at_most=2) == 5
    assert await ports.notices.next_notice_due() == NOW, "the sixth is still owed"


async def test_the_keeper_goes_through_all_classes_of_a_real_store(ports: Ports, link: KycLink) -> None:
    for day in range(5):
        await ports.retention.prepare(NOW + day * DAY)
        link = await with_events(ports, link, 10, NOW + day * DAY)
        await end_all(ports, Outcome.DELIVERED, NOW + day * DAY)
    keeper = Keeper(ports.retention, EVERYTHING, now=lambda: NOW + 4 * DAY)
    assert await keeper.sweep() == 3 * 10 * 4
    assert await keeper.sweep() == 0
    assert len(await ports.history.events("mer_1", ALL_EVENTS, 0, 99)) == 20
    assert len(await ports.history.deliveries("mer_1", ALL_DELIVERIES, 0, 99)) == 20


LAST = 8
"""Days of a story, from 0; it is looked at on the day after."""


@dataclass(frozen=True)
class Fate:
    """What becomes of one event's delivery, day by day."""

    happened: int
    acts: tuple[tuple[int, Outcome], ...]
    resent: int | None = None

    @property
    def finished(self) -> int | None:
        """The day of its last attempt, if that was the end of it."""
        over = self.acts and self.acts[-1][1] is not Outcome.RETRY and self.resent is None
        return self.acts[-1][0] if over else None


@st.composite
def fates(draw: st.DrawFn) -> Fate:
    happened = draw(st.integers(0, LAST))
    days = sorted(draw(st.sets(st.integers(happened, LAST), max_size=3)))
    end = draw(st.sampled_from([Outcome.DELIVERED, Outcome.GIVEN_UP, Outcome.RETRY]))
    acts = tuple((day, end if day == days[-1] else Outcome.RETRY) for day in days)
    can_be_resent = bool(days) and end is not Outcome.RETRY and days[-1] < LAST
    resent = draw(st.none() | st.integers(days[-1] + 1, LAST)) if can_be_resent else None
    return Fate(happened, acts, resent)


retentions = st.builds(Retention, *[st.integers(0, LAST)] * 5)


@dataclass
class Story:
    """A store in which fates take their course; each event is the only one of its link."""

    ports: Ports
    fates: Sequence[Fate]
    ids: dict[int, str] = field(default_factory=dict)

    async def tell(self, prepared: frozenset[int]) -> None:
        await self.ports.merchants.add_merchant(a_merchant())
        await self.ports.endpoints.add_endpoint(an_endpoint(window=256))
        for day in range(LAST + 1):
            if day in prepared:
                await self.ports.retention.prepare(NOW + day * DAY)
            await self._begin(day)
            await self._attempt(day, NOW + day * DAY)
            for number, fate in enumerate(self.fates):
                if fate.resent == day:
                    assert await self.ports.history.resend("mer_1", self.ids[number], NOW + day * DAY) is Resent.BEGUN

    async def _begin(self, day: int) -> None:
        for number, fate in enumerate(self.fates):
            if fate.happened == day:
                await self.ports.links.add_link(a_link(number), ())
                await with_events(self.ports, a_link(number), 1, NOW + day * DAY)
                (row,) = await self.ports.history.deliveries(
                    "mer_1", DeliveryFilter(verification_id=f"v-{number}"), 0, 2
                )
                self.ids[number] = row.id

    async def _attempt(self, day: int, at: datetime) -> None:
        numbers = {id_: number for number, id_ in self.ids.items()}
        claimed = await self.ports.deliveries.claim(at, at + LEASE, ROOM)
        today = [dict(self.fates[numbers[one.id]].acts).get(day) for one in claimed]
        results = [
            settled(one, act, at, at + timedelta(hours=1) if act is Outcome.RETRY else None)
            for one, act in zip(claimed, today, strict=True)
            if act is not None
        ]
        if results:
            await self.ports.deliveries.settle(results, at)
        await self.ports.deliveries.release([one for one, act in zip(claimed, today, strict=True) if act is None])


@asynccontextmanager
async def open_house(name: str) -> AsyncIterator[House]:
    with tempfile.TemporaryDirectory() as folder:
        house = await HOUSES[name](Path(folder))
        try:
            yield house
        finally:
            await house.close()


@pytest.mark.parametrize("store", sorted(HOUSES))
def test_exactly_what_is_too_old_goes_and_everything_owed_can_be_delivered(store: str) -> None:
    @settings(max_examples=12, phases=[Phase.explicit, Phase.reuse, Phase.generate])
    @given(
        told=st.lists(fates(), min_size=1, max_size=12),
        retention=retentions,
        prepared=st.frozensets(st.integers(0, LAST)),
        at_most=st.integers(1, 7),
    )
    def law(told: list[Fate], retention: Retention, prepared: frozenset[int], at_most: int) -> None:
        asyncio.run(_check(store, told, retention, prepared, at_most))

    law()


async def _check(
    store: str, told: Sequence[Fate], retention: Retention, prepared: frozenset[int], at_most: int
) -> None:
    async with open_house(store) as house:
        story = Story(house.ports, told)
        await story.tell(prepared)
        now = NOW + (LAST + 1) * DAY
        await sweep(house.ports, retention, now, at_most)
        for number, fate in enumerate(told):
            await _check_one(story, number, fate, retention)
        assert await sweep(house.ports, retention, now, at_most) == 0
        claimed = await house.ports.deliveries.claim(now, now + LEASE, ROOM)
        owed = {story.ids[number] for number, fate in enumerate(told) if fate.finished is None}
        assert {one.id for one in claimed} == owed
        assert all(one.body == an_event(a_link(_number(one.journey_id)), 1).body for one in claimed)


async def _check_one(story: Story, number: int, fate: Fate, kept: Retention) -> None:
    history, finished = story.ports.history, fate.finished
    event_id = an_event(a_link(number), 1).id
    delivery_gone = finished is not None and _is_over(finished, kept.deliveries)
    assert (await history.delivery("mer_1", story.ids[number]) is None) == delivery_gone
    attempts = await history.attempts("mer_1", story.ids[number])
    expected = [] if delivery_gone else [(day, not _is_over(day, kept.exchanges)) for day, _ in fate.acts]
    assert [((one.ended_at - NOW).days, bool(one.request_headers)) for one in attempts] == expected
    event = await history.event("mer_1", event_id)
    assert (event is None) == (delivery_gone and _is_over(fate.happened, kept.events))
    if event is not None:
        assert (event.body is None) == (finished is not None and _is_over(fate.happened, kept.bodies))


def _is_over(day: int, kept_days: int) -> bool:
    return bool(kept_days) and day < LAST + 1 - kept_days


def _number(journey_id: str) -> int:
    return int(journey_id.rpartition("_")[2])
