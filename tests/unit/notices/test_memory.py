"""The memory queue keeps the promises of `NoticeQueue`."""

from datetime import timedelta

from dastak.notices.memory import MemoryNoticeQueue, NoticeState
from dastak.notices.notice import NoticeOutcome
from unit.notices.stage import NOON, a_notice

MINUTE = timedelta(minutes=1)


async def test_nothing_is_due_in_an_empty_queue() -> None:
    queue = MemoryNoticeQueue()
    assert await queue.next_notice_due() is None
    assert not await queue.claim_notices(NOON, NOON + MINUTE, 10)


async def test_the_longest_due_are_claimed_first_and_only_up_to_the_limit() -> None:
    queue = MemoryNoticeQueue()
    queue.add(a_notice(1), due_at=NOON)
    queue.add(a_notice(2), due_at=NOON - MINUTE)
    queue.add(a_notice(3), due_at=NOON + MINUTE)
    assert await queue.next_notice_due() == NOON - MINUTE
    first = await queue.claim_notices(NOON, NOON + MINUTE, 1)
    then = await queue.claim_notices(NOON, NOON + MINUTE, 10)
    assert [[c.notice.id for c in claimed] for claimed in (first, then)] == [["ntc_2"], ["ntc_1"]]


async def test_a_leased_notice_is_due_again_when_its_lease_ends() -> None:
    queue = MemoryNoticeQueue()
    queue.add(a_notice())
    assert [c.attempt for c in await queue.claim_notices(NOON, NOON + MINUTE, 1)] == [1]
    assert not await queue.claim_notices(NOON + MINUTE / 2, NOON + 2 * MINUTE, 1)
    assert await queue.next_notice_due() == NOON + MINUTE
    assert [c.attempt for c in await queue.claim_notices(NOON + MINUTE, NOON + 2 * MINUTE, 1)] == [2]


async def test_a_settled_notice_waits_no_more_unless_it_is_to_be_tried_again() -> None:
    queue = MemoryNoticeQueue()
    for number in (1, 2, 3):
        queue.add(a_notice(number))
    await queue.claim_notices(NOON, NOON + MINUTE, 3)
    outcomes = [
        NoticeOutcome("ntc_1", "mer_1", sent=True, retry_at=None),
        NoticeOutcome("ntc_2", "mer_1", sent=False, retry_at=None, error="refused"),
        NoticeOutcome("ntc_3", "mer_1", sent=False, retry_at=NOON + 3 * MINUTE, error="busy"),
        NoticeOutcome("ntc_unknown", "mer_1", sent=True, retry_at=None),
    ]
    await queue.settle_notices(outcomes, NOON)
    states = [queue.look_up(f"ntc_{number}").state for number in (1, 2, 3)]
    assert states == [NoticeState.SENT, NoticeState.GIVEN_UP, NoticeState.WAITING]
    assert await queue.next_notice_due() == NOON + 3 * MINUTE


async def test_what_was_sent_stays_sent_whatever_a_late_outcome_says() -> None:
    queue = MemoryNoticeQueue()
    queue.add(a_notice())
    await queue.settle_notices([NoticeOutcome("ntc_1", "mer_1", sent=True, retry_at=None)], NOON)
    await queue.settle_notices([NoticeOutcome("ntc_1", "mer_1", sent=False, retry_at=NOON, error="late")], NOON)
    assert queue.look_up("ntc_1").state is NoticeState.SENT
    assert queue.look_up("ntc_1").error == ""


async def test_queueing_the_same_notice_twice_changes_nothing() -> None:
    queue = MemoryNoticeQueue()
    queue.add(a_notice())
    await queue.claim_notices(NOON, NOON + MINUTE, 1)
    queue.add(a_notice())
    assert await queue.next_notice_due() == NOON + MINUTE
