"""What every `NoticeQueue` promises: the stores' own, and the one in memory that tests run on."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from conformance.house import HOUSES, House
from conformance.values import LEASE, NOW, SECOND, a_link, a_merchant, a_message
from dastak.journeys.happening import Message
from dastak.notices.memory import MemoryNoticeQueue
from dastak.notices.notice import Channel, ClaimedNotice, Notice, NoticeOutcome, NoticeQueue, Purpose

UNTIL = NOW + LEASE


class Queued:
    """A queue and a way to fill it: a store's through a journey's transaction, the memory's by hand."""

    def __init__(self, house: House | None) -> None:
        self._house = house
        self._memory = MemoryNoticeQueue()
        self._links = 0

    @property
    def queue(self) -> NoticeQueue:
        return self._house.ports.notices if self._house else self._memory

    async def add(self, *messages: Message) -> None:
        if self._house is None:
            for message in messages:
                self._memory.add(a_notice(message))
            return
        if not self._links:
            await self._house.ports.merchants.add_merchant(a_merchant())
        self._links += 1
        await self._house.ports.links.add_link(a_link(self._links), messages)

    async def claim(self, now: datetime = NOW, limit: int = 9) -> list[ClaimedNotice]:
        return list(await self.queue.claim_notices(now, now + LEASE, limit))


def a_notice(message: Message) -> Notice:
    return Notice(
        id=message.id,
        merchant_id=message.merchant_id,
        journey_id=message.journey_id,
        channel=Channel(message.channel),
        purpose=Purpose(message.purpose),
        recipient=message.recipient,
        subject=message.subject,
        text=message.text,
        created_at=message.created_at,
        expires_at=message.expires_at,
    )


def sent(claimed: ClaimedNotice) -> NoticeOutcome:
    return NoticeOutcome(claimed.notice.id, claimed.notice.merchant_id, sent=True, retry_at=None)


@pytest.fixture(params=["memory", *sorted(HOUSES)])
async def queued(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Queued]:
    house = await HOUSES[request.param](tmp_path) if request.param in HOUSES else None
    yield Queued(house)
    if house is not None:
        await house.close()


async def test_nothing_waits_in_an_empty_queue(queued: Queued) -> None:
    assert await queued.queue.next_notice_due() is None
    assert not await queued.claim()


async def test_a_claimed_notice_is_complete(queued: Queued) -> None:
    await queued.add(a_message())
    assert await queued.claim() == [ClaimedNotice(a_notice(a_message()), attempt=1)]


async def test_the_longest_due_are_claimed_first_up_to_the_limit(queued: Queued) -> None:
    await queued.add(a_message(1, NOW), a_message(2, NOW - SECOND), a_message(3, NOW + SECOND))
    assert await queued.queue.next_notice_due() == NOW - SECOND
    assert [one.notice.id for one in await queued.claim(limit=1)] == ["ntc_2"]
    assert [one.notice.id for one in await queued.claim()] == ["ntc_1"]


async def test_a_leased_notice_is_due_again_when_its_lease_ends(queued: Queued) -> None:
    await queued.add(a_message())
    await queued.claim()
    assert not await queued.claim(UNTIL - SECOND)
    assert await queued.queue.next_notice_due() == UNTIL
    assert [one.attempt for one in await queued.claim(UNTIL)] == [2]


async def test_a_notice_to_be_tried_again_is_due_at_its_time(queued: Queued) -> None:
    await queued.add(a_message())
    await queued.claim()
    retry = NoticeOutcome("ntc_1", "mer_1", sent=False, retry_at=NOW + 5 * SECOND, error="busy")
    await queued.queue.settle_notices([retry], NOW)
    assert await queued.queue.next_notice_due() == NOW + 5 * SECOND
    assert not await queued.claim(NOW + 4 * SECOND)
    assert [one.attempt for one in await queued.claim(NOW + 5 * SECOND)] == [2]


@pytest.mark.parametrize("was_sent", [True, False])
async def test_a_notice_sent_or_given_up_waits_no_more(queued: Queued, was_sent: bool) -> None:
    await queued.add(a_message())
    await queued.claim()
    await queued.queue.settle_notices([NoticeOutcome("ntc_1", "mer_1", sent=was_sent, retry_at=None, error="")], NOW)
    assert await queued.queue.next_notice_due() is None
    assert not await queued.claim(UNTIL)


async def test_what_was_sent_stays_sent_and_unknown_notices_are_passed_over(queued: Queued) -> None:
    await queued.add(a_message())
    (one,) = await queued.claim()
    await queued.queue.settle_notices([sent(one), NoticeOutcome("ntc_unknown", "mer_1", sent=True, retry_at=None)], NOW)
    await queued.queue.settle_notices([NoticeOutcome("ntc_1", "mer_1", sent=False, retry_at=NOW, error="late")], NOW)
    assert await queued.queue.next_notice_due() is None


async def test_outcomes_of_one_batch_are_each_recorded(queued: Queued) -> None:
    await queued.add(a_message(1), a_message(2), a_message(3))
    first, second, _third = await queued.claim()
    retry = NoticeOutcome(second.notice.id, second.notice.merchant_id, sent=False, retry_at=NOW + SECOND)
    await queued.queue.settle_notices([sent(first), retry], NOW)
    assert [one.notice.id for one in await queued.claim(NOW + SECOND)] == [second.notice.id]


@pytest.mark.parametrize("name", sorted(HOUSES))
async def test_after_a_crash_what_was_in_flight_is_due_when_its_lease_ends_at_the_latest(
    name: str, tmp_path: Path
) -> None:
    house = await HOUSES[name](tmp_path)
    try:
        queued = Queued(house)
        await queued.add(a_message())
        await queued.claim()
        await house.crash()
        assert [one.attempt for one in await queued.claim(UNTIL)] == [2]
    finally:
        await house.close()


@pytest.mark.parametrize("purpose", ["link", "otp", "schedule"])
async def test_whatever_a_journey_sends_is_claimed(queued: Queued, purpose: str) -> None:
    await queued.add(replace(a_message(), purpose=purpose))
    (claimed,) = await queued.claim()
    assert claimed.notice.purpose.value == purpose
