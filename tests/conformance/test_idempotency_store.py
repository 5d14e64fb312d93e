"""What every `IdempotencyStore` promises."""

import asyncio
from datetime import timedelta

import pytest

from conformance.house import House, Ports
from conformance.values import NOW, SECOND, a_merchant
from dastak.accounts.idempotency import KEPT_FOR, LEASE, Asked, Begun, KeptAnswer, Standing, Ticket

ASKED = Asked("mer_1", "a key of Asha, 9876543210", "0" * 64)
OTHER_BODY = Asked("mer_1", ASKED.key, "1" * 64)
SECRET = KeptAnswer(201, (("content-type", "application/json"), ("x-odd", "ä")), b'{"secret":"whsec_dGhpcw==\xff"}')


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))


async def begin(ports: Ports, asked: Asked = ASKED, after: timedelta = timedelta(), ticket: str = "idm_1") -> Begun:
    return await ports.idempotency.begin(asked, ticket, NOW + after, LEASE)


async def ticket_of(ports: Ports, after: timedelta = timedelta(), ticket: str = "idm_1") -> Ticket:
    begun = await begin(ports, after=after, ticket=ticket)
    assert (begun.standing, begun.answer) == (Standing.NEW, None)
    assert begun.ticket is not None
    return begun.ticket


async def test_of_many_who_come_together_with_one_key_one_is_let_in(ports: Ports) -> None:
    all_begun = await asyncio.gather(*(begin(ports, ticket=f"idm_{number}") for number in range(20)))
    standings = [begun.standing for begun in all_begun]
    assert (standings.count(Standing.NEW), standings.count(Standing.RUNNING)) == (1, 19)


async def test_an_answer_is_kept_byte_for_byte_and_given_for_a_day(ports: Ports) -> None:
    assert await ports.idempotency.finish(await ticket_of(ports), SECRET, NOW + SECOND)
    for later in (SECOND, LEASE * 2, KEPT_FOR):
        assert await begin(ports, after=later) == Begun(Standing.ANSWERED, answer=SECRET)
    assert (await begin(ports, after=KEPT_FOR + SECOND)).standing is Standing.NEW


@pytest.mark.parametrize("is_answered", [False, True])
async def test_a_key_with_another_request_is_refused_whether_the_first_is_answered_or_not(
    ports: Ports, is_answered: bool
) -> None:
    ticket = await ticket_of(ports)
    if is_answered:
        await ports.idempotency.finish(ticket, SECRET, NOW)
    for later in (SECOND, LEASE * 2, KEPT_FOR - SECOND):
        assert await begin(ports, OTHER_BODY, later) == Begun(Standing.REUSED)
    assert (await begin(ports, OTHER_BODY, KEPT_FOR)).standing is Standing.NEW


async def test_the_same_key_of_another_merchant_is_another_key(ports: Ports) -> None:
    await ports.idempotency.finish(await ticket_of(ports), SECRET, NOW)
    assert (await begin(ports, Asked("mer_2", ASKED.key, ASKED.request))).standing is Standing.NEW


async def test_what_came_to_nothing_may_be_asked_again_with_any_request(ports: Ports) -> None:
    await ports.idempotency.release(await ticket_of(ports))
    assert (await begin(ports, OTHER_BODY)).standing is Standing.NEW


async def test_after_its_lease_an_unanswered_request_is_taken_over_once_and_the_late_one_changes_nothing(
    ports: Ports,
) -> None:
    late = await ticket_of(ports)
    assert (await begin(ports, after=LEASE - SECOND)).standing is Standing.RUNNING
    second = await ticket_of(ports, LEASE, "idm_2")
    assert (await begin(ports, after=LEASE)).standing is Standing.RUNNING
    assert not await ports.idempotency.finish(late, KeptAnswer(500, (), b""), NOW + LEASE)
    await ports.idempotency.release(late)
    assert (await begin(ports, after=LEASE)).standing is Standing.RUNNING
    assert await ports.idempotency.finish(second, SECRET, NOW + LEASE)
    assert (await begin(ports, after=LEASE)).answer == SECRET


async def test_answers_are_there_after_a_crash_and_what_was_under_way_can_be_asked_again_after_its_lease(
    house: House,
) -> None:
    await house.ports.idempotency.finish(await ticket_of(house.ports), SECRET, NOW)
    under_way = Asked("mer_1", "other", ASKED.request)
    await begin(house.ports, under_way)
    await house.crash()
    assert (await begin(house.ports)).answer == SECRET
    assert (await begin(house.ports, under_way, LEASE)).standing is Standing.NEW


async def test_only_what_has_expired_is_forgotten_and_no_more_than_asked_for(ports: Ports) -> None:
    for number in range(5):
        asked = Asked("mer_1", f"key {number}", ASKED.request)
        begun = await begin(ports, asked, number * SECOND)
        assert begun.ticket is not None
        await ports.idempotency.finish(begun.ticket, SECRET, NOW + number * SECOND)
    now = NOW + KEPT_FOR + 3 * SECOND
    assert [await ports.idempotency.forget(now, 3) for _ in range(3)] == [3, 1, 0]
    assert (await begin(ports, Asked("mer_1", "key 4", ASKED.request), KEPT_FOR)).standing is Standing.ANSWERED


async def test_neither_keys_nor_answers_lie_open_on_the_disk(house: House) -> None:
    await house.ports.idempotency.finish(await ticket_of(house.ports), SECRET, NOW)
    kept = await house.on_disk()
    assert b"idm_1" in kept
    for hidden in (b"9876543210", b"whsec_dGhp", b"d2hzZWNf", ASKED.request.encode()):
        assert hidden not in kept
