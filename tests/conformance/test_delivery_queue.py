"""What every `DeliveryQueue` promises; `test_lanes` drives the same promises at random."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from conformance.house import House, Ports
from conformance.values import (
    LEASE,
    NOW,
    SECOND,
    Space,
    a_link,
    a_merchant,
    an_endpoint,
    an_event,
    put_settings,
    settle_all,
    settled,
    with_events,
)
from dastak.accounts.audit import SERVER, Entry, HeadForged
from dastak.accounts.deed import Deed
from dastak.accounts.merchant import ApiKey
from dastak.webhooks.delivery import Claimed, DeliveryState
from dastak.webhooks.endpoint import EndpointState
from dastak.webhooks.log import DeliveryFilter, DeliveryRow, Resent
from dastak.webhooks.verdict import Outcome

UNTIL = NOW + LEASE


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))


async def add_lanes(ports: Ports, count: int, merchant_id: str = "mer_1", events: int = 1, first: int = 1) -> None:
    for number in range(first, first + count):
        link = a_link(number, merchant_id)
        await ports.links.add_link(link, ())
        await with_events(ports, link, events)


async def claim(ports: Ports, now: datetime = NOW, space: Space | None = None) -> list[Claimed]:
    return list(await ports.deliveries.claim(now, now + LEASE, space or Space()))


async def only_row(ports: Ports) -> DeliveryRow:
    (row,) = await ports.history.deliveries("mer_1", DeliveryFilter(), 0, 9)
    return row


async def test_nothing_is_due_where_nothing_is_owed(ports: Ports) -> None:
    assert await ports.deliveries.next_due() is None
    assert not await claim(ports)


async def test_a_claim_brings_everything_that_sending_needs(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)
    (one,) = await claim(ports)
    row = await only_row(ports)
    assert (one.id, one.event_id, one.event_type) == (row.id, row.event_id, row.event_type)
    assert (one.attempt, one.failures, one.sequence, one.journey_id) == (1, 0, 1, "jrn_mer_1_1")
    assert one.body == b'{"journey":"jrn_mer_1_1","n":1,"name":"Asha Gupta"}'
    assert one.client_secret == "dks_mer_1_secret"
    assert one.endpoint == an_endpoint()
    assert one.created_at == row.created_at
    assert one.trace == an_event(a_link(1), 1).trace != ""


async def test_what_is_claimed_is_not_claimed_again_before_its_lease_ends_and_then_it_is(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)
    first = await claim(ports)
    assert await ports.deliveries.next_due() == UNTIL
    assert not await claim(ports, UNTIL - SECOND)
    again = await claim(ports, UNTIL)
    assert [(one.id, one.attempt) for one in again] == [(first[0].id, 2)]


async def test_after_a_crash_what_was_in_flight_is_due_at_once(house: House) -> None:
    await house.ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(house.ports, 1)
    await claim(house.ports)
    await house.crash()
    assert [one.attempt for one in await claim(house.ports)] == [2]


async def test_many_claims_at_once_never_share_a_delivery(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint(window=100))
    await add_lanes(ports, 12)
    ids: list[str] = []
    brings_some = True
    while brings_some:  # who meets another at the endpoint may be passed over, and asks again
        claims = await asyncio.gather(*(claim(ports, space=Space(3)) for _ in range(6)))
        ids += [one.id for claimed in claims for one in claimed]
        brings_some = any(claims)
    assert len(ids) == len(set(ids)) == 12


async def test_one_lane_gives_one_delivery_at_a_time_in_order(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1, events=3)
    order = []
    for _ in range(3):
        claimed = await claim(ports)
        order += [one.sequence for one in claimed]
        assert not await claim(ports)
        await settle_all(ports, claimed, Outcome.DELIVERED)
    assert order == [1, 2, 3]
    assert await ports.deliveries.next_due() is None


async def test_each_endpoint_gets_no_more_than_its_window_leaves_free(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint(1, window=3))
    await ports.endpoints.add_endpoint(an_endpoint(2, window=5))
    await add_lanes(ports, 8)
    counts = Counter(one.endpoint.id for one in await claim(ports, space=Space(100, Counter({"ep_mer_1_2": 4}))))
    assert counts == {"ep_mer_1_1": 3, "ep_mer_1_2": 1}


async def test_all_endpoints_together_get_no_more_than_the_total(ports: Ports) -> None:
    for number in range(1, 5):
        await ports.endpoints.add_endpoint(an_endpoint(number))
    await add_lanes(ports, 3)
    assert len(await claim(ports, space=Space(5))) == 5
    assert not await claim(ports, space=Space(0))


async def test_endpoints_take_turns_at_being_first(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint(1))
    await ports.endpoints.add_endpoint(an_endpoint(2, "mer_2"))
    await add_lanes(ports, 6, "mer_1")
    await add_lanes(ports, 6, "mer_2", first=10)
    served = [one.endpoint.id for _ in range(4) for one in await claim(ports, space=Space(2))]
    assert set(Counter(served).values()) == {4}


async def test_an_endpoint_with_a_full_window_and_a_long_backlog_holds_up_nobody(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint(1, window=1))
    await ports.endpoints.add_endpoint(an_endpoint(2, "mer_2"))
    await add_lanes(ports, 30, "mer_1")
    await add_lanes(ports, 2, "mer_2", first=50)
    full = Space(100, Counter({"ep_mer_1_1": 1}))
    assert [one.endpoint.id for one in await claim(ports, space=full)] == ["ep_mer_2_2", "ep_mer_2_2"]


async def test_merchants_share_the_room_however_many_endpoints_one_of_them_has(ports: Ports) -> None:
    for number in range(1, 9):
        await ports.endpoints.add_endpoint(an_endpoint(number))
    await ports.endpoints.add_endpoint(an_endpoint(9, "mer_2"))
    await add_lanes(ports, 5, "mer_1")
    await add_lanes(ports, 5, "mer_2", first=10)
    served = [one.endpoint.merchant_id for one in await claim(ports, space=Space(8))]
    assert Counter(served) == {"mer_1": 4, "mer_2": 4}


async def test_within_a_merchant_every_endpoint_has_its_turn(ports: Ports) -> None:
    for number in range(1, 5):
        await ports.endpoints.add_endpoint(an_endpoint(number))
    await ports.endpoints.add_endpoint(an_endpoint(9, "mer_2"))
    await add_lanes(ports, 5, "mer_1")
    await add_lanes(ports, 20, "mer_2", first=10)
    served = [one.endpoint.id for _ in range(8) for one in await claim(ports, space=Space(1))]
    assert Counter(served) == {**{f"ep_mer_1_{number}": 1 for number in range(1, 5)}, "ep_mer_2_9": 4}


async def test_an_endpoint_without_room_does_not_hide_what_falls_due_elsewhere(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint(1, window=1))
    await ports.endpoints.add_endpoint(an_endpoint(2, "mer_2"))
    await add_lanes(ports, 1, "mer_1")
    await add_lanes(ports, 1, "mer_2", first=10)
    full = Space(100, Counter({"ep_mer_1_1": 1}))
    (later,) = await claim(ports, space=full)
    retry_at = NOW + timedelta(minutes=2)
    await ports.deliveries.settle([settled(later, Outcome.RETRY, NOW, retry_at)], NOW)
    assert await ports.deliveries.next_due(full) == retry_at
    assert await ports.deliveries.next_due() == NOW
    assert await ports.deliveries.next_due(Space(0)) is None


async def test_a_failed_attempt_waits_until_its_time_and_counts(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)
    claimed = await claim(ports)
    retry_at = NOW + timedelta(minutes=2)
    await ports.deliveries.settle([settled(claimed[0], Outcome.RETRY, NOW, retry_at)], NOW)
    row = await only_row(ports)
    assert (row.state, row.next_attempt_at, row.attempts) == (DeliveryState.PENDING, retry_at, 1)
    assert (row.last_status, row.last_reason) == (500, "answered 500")
    assert await ports.deliveries.next_due() == retry_at
    assert not await claim(ports, retry_at - SECOND)
    (again,) = await claim(ports, retry_at)
    assert (again.attempt, again.failures) == (2, 1)


async def test_a_delivery_given_up_is_over_and_frees_its_lane(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1, events=2)
    await settle_all(ports, await claim(ports), Outcome.GIVEN_UP)
    rows = await ports.history.deliveries("mer_1", DeliveryFilter(state=DeliveryState.GIVEN_UP), 0, 9)
    assert [(row.sequence, row.finished_at, row.next_attempt_at) for row in rows] == [(1, NOW, None)]
    assert [one.sequence for one in await claim(ports)] == [2]


async def test_gone_disables_the_endpoint_and_keeps_owing_the_delivery_without_counting_a_failure(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)
    await settle_all(ports, await claim(ports), Outcome.GONE)
    gone = await ports.endpoints.endpoint("mer_1", an_endpoint().id)
    assert gone is not None
    assert (gone.state, gone.disabled_reason, gone.updated_at) == (EndpointState.DISABLED, "gone", NOW)
    (noted,) = await ports.audit.links_after("mer_1", 0, 9)
    assert noted.entry == Entry("mer_1", NOW, SERVER, Deed.WEBHOOK_DISABLED, an_endpoint().id, {"reason": "gone"})
    assert (await only_row(ports)).state is DeliveryState.PENDING
    assert not await claim(ports)
    await put_settings(ports.endpoints, replace(gone, state=EndpointState.ENABLED), NOW)
    (again,) = await claim(ports)
    assert (again.attempt, again.failures) == (2, 0)


async def test_a_chain_whose_head_was_forged_holds_up_no_delivery(
    house: House, ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)

    def forged(*_given: object) -> None:
        raise HeadForged("mer_1")

    async def forged_later(*_given: object) -> None:
        forged()

    is_async = asyncio.iscoroutinefunction(ports.audit.append)  # type: ignore[attr-defined]
    monkeypatch.setattr(ports.audit, "append", forged_later if is_async else forged)
    await settle_all(ports, await claim(ports), Outcome.GONE)
    gone = await ports.endpoints.endpoint("mer_1", an_endpoint().id)
    assert gone is not None
    assert gone.state is EndpointState.DISABLED
    assert (await only_row(ports)).attempts == 1


async def test_an_outcome_that_comes_after_another_claim_is_logged_and_changes_nothing_else(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)
    slow = await claim(ports)
    fresh = await claim(ports, UNTIL)
    await settle_all(ports, slow, Outcome.GIVEN_UP, UNTIL)
    assert (await only_row(ports)).state is DeliveryState.PENDING
    await settle_all(ports, fresh, Outcome.DELIVERED, UNTIL)
    assert (await only_row(ports)).state is DeliveryState.DELIVERED
    numbers = [attempt.number for attempt in await ports.history.attempts("mer_1", slow[0].id)]
    assert numbers == [1, 2]


async def test_a_batch_of_outcomes_is_recorded_together_with_what_was_said_and_heard(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 3)
    claimed = await claim(ports)
    outcomes = (Outcome.DELIVERED, Outcome.GIVEN_UP, Outcome.DELIVERED)
    batch = [settled(one, outcome, NOW) for one, outcome in zip(claimed, outcomes, strict=True)]
    await ports.deliveries.settle(batch, NOW)
    rows = await ports.history.deliveries("mer_1", DeliveryFilter(), 0, 9)
    assert Counter(row.state for row in rows) == {DeliveryState.DELIVERED: 2, DeliveryState.GIVEN_UP: 1}
    (attempt,) = await ports.history.attempts("mer_1", claimed[0].id)
    answer = batch[0].answer
    assert (attempt.request_headers, attempt.answer_headers) == (batch[0].request_headers, answer.headers)
    assert (attempt.answer_body, attempt.answer_truncated) == (answer.body, answer.body_truncated)
    assert (attempt.status, attempt.stage, attempt.address) == (200, "answered", "203.0.113.5")
    assert (attempt.outcome, attempt.reason) == ("delivered", "answered 200")
    assert (attempt.started_at, attempt.ended_at) == (NOW - SECOND, NOW)
    timings = (attempt.resolved_us, attempt.connected_us, attempt.tls_us, attempt.first_byte_us, attempt.total_us)
    assert timings == (1, 2, 3, 4, 5)


async def test_a_resent_delivery_goes_again_with_the_same_bytes_and_a_fresh_round(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)
    first = await claim(ports)
    await settle_all(ports, first, Outcome.GIVEN_UP)
    assert await ports.history.resend("mer_1", first[0].id, NOW) is Resent.BEGUN
    row = await only_row(ports)
    assert (row.state, row.finished_at) == (DeliveryState.PENDING, None)
    (again,) = await claim(ports)
    assert (again.id, again.body, again.attempt, again.failures) == (first[0].id, first[0].body, 2, 0)


async def test_a_resend_takes_a_delivery_out_of_its_wait(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)
    claimed = await claim(ports)
    await ports.deliveries.settle([settled(claimed[0], Outcome.RETRY, NOW, NOW + timedelta(days=1))], NOW)
    assert await ports.history.resend("mer_1", claimed[0].id, NOW) is Resent.BEGUN
    assert len(await claim(ports)) == 1


async def test_a_delivery_in_flight_is_not_sent_twice_by_a_resend(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)
    claimed = await claim(ports)
    assert await ports.history.resend("mer_1", claimed[0].id, NOW) is Resent.IN_FLIGHT
    assert not await claim(ports)


async def test_only_what_exists_for_this_merchant_and_this_endpoint_can_be_resent(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 2)
    delivered = await claim(ports, space=Space(1))
    await settle_all(ports, delivered, Outcome.DELIVERED)
    assert await ports.history.resend("mer_2", delivered[0].id, NOW) is Resent.IMPOSSIBLE
    assert await ports.history.resend("mer_1", "dlv_unknown", NOW) is Resent.IMPOSSIBLE
    await put_settings(ports.endpoints, replace(an_endpoint(), state=EndpointState.DELETED), NOW)
    rows = await ports.history.deliveries("mer_1", DeliveryFilter(), 0, 9)
    assert [await ports.history.resend("mer_1", row.id, NOW) for row in rows] == [Resent.IMPOSSIBLE] * 2
    assert {row.state for row in rows} == {DeliveryState.DELIVERED, DeliveryState.CANCELLED}


async def test_the_backlog_counts_what_is_owed_and_no_further_than_asked(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    assert await ports.backlog.pending(10) == 0
    await add_lanes(ports, 3, events=2)
    assert [await ports.backlog.pending(most) for most in (10, 6, 4, 1)] == [6, 6, 4, 1]
    claimed = await claim(ports)
    assert await ports.backlog.pending(10) == 6, "what is claimed is still owed"
    await settle_all(ports, claimed[:1], Outcome.DELIVERED)
    await settle_all(ports, claimed[1:2], Outcome.GIVEN_UP)
    assert await ports.backlog.pending(10) == 4
    await put_settings(ports.endpoints, replace(an_endpoint(), state=EndpointState.DISABLED), NOW)
    assert await ports.backlog.pending(10) == 4
    await put_settings(ports.endpoints, replace(an_endpoint(), state=EndpointState.DELETED), NOW)
    assert await ports.backlog.pending(10) == 0


async def test_what_is_given_back_is_due_at_once_and_its_attempt_is_not_used_up(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 2)
    claimed = await claim(ports)
    await ports.deliveries.release(claimed[:1])
    due = await ports.deliveries.next_due()
    assert due is not None
    assert due <= NOW
    (again,) = await claim(ports)
    assert again == claimed[0]


async def test_a_failed_delivery_that_is_given_back_keeps_its_failures(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)
    await settle_all(ports, await claim(ports), Outcome.RETRY)
    await ports.deliveries.release(await claim(ports))
    assert [(one.attempt, one.failures) for one in await claim(ports)] == [(2, 1)]


async def test_a_lease_that_ran_out_and_was_taken_by_another_is_not_given_back(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)
    late = await claim(ports)
    mine = await claim(ports, UNTIL)
    await ports.deliveries.release(late)
    assert not await claim(ports, UNTIL)
    await ports.deliveries.release(mine)
    await ports.deliveries.release(mine)
    await ports.deliveries.release(late)
    assert [one.attempt for one in await claim(ports, UNTIL)] == [2]


@pytest.mark.parametrize("outcome", [Outcome.DELIVERED, Outcome.GIVEN_UP, Outcome.RETRY])
async def test_what_is_settled_is_not_given_back(ports: Ports, outcome: Outcome) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1)
    claimed = await claim(ports)
    retry_at = NOW + timedelta(hours=1) if outcome is Outcome.RETRY else None
    await ports.deliveries.settle([settled(claimed[0], outcome, NOW, retry_at)], NOW)
    before = await only_row(ports)
    await ports.deliveries.release(claimed)
    assert await only_row(ports) == before


async def test_what_was_cancelled_meanwhile_is_not_given_back(ports: Ports) -> None:
    endpoint = an_endpoint()
    await ports.endpoints.add_endpoint(endpoint)
    await add_lanes(ports, 1)
    claimed = await claim(ports)
    await put_settings(ports.endpoints, replace(endpoint, state=EndpointState.DELETED), NOW)
    await ports.deliveries.release(claimed)
    assert (await only_row(ports)).state is DeliveryState.CANCELLED
    assert await ports.deliveries.next_due() is None


async def test_what_is_given_back_goes_before_the_rest_of_its_lane(ports: Ports) -> None:
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 1, events=3)
    await ports.deliveries.release(await claim(ports))
    assert [one.sequence for one in await claim(ports)] == [1]


async def test_giving_nothing_back_changes_nothing(ports: Ports) -> None:
    await ports.deliveries.release([])
    assert await ports.deliveries.next_due() is None


async def test_an_attempt_is_signed_with_the_key_that_signs_when_it_is_claimed(ports: Ports) -> None:
    """Whichever key signed when the event was made: an old one may be leaked by now."""
    await ports.endpoints.add_endpoint(an_endpoint())
    await add_lanes(ports, 3)
    space = Space(total=1)
    first = await claim(ports, space=space)
    old = replace(a_merchant().keys[0], ends_at=NOW + 2 * SECOND, successor="dk_new")
    new = ApiKey("dk_new", "dks_new", NOW)
    assert await ports.merchants.save_keys(replace(a_merchant(), keys=(old, new), signing_client_id=old.client_id))
    second, third = await claim(ports, NOW + SECOND, space), await claim(ports, NOW + 2 * SECOND, space)
    assert [one.client_secret for one in (*first, *second, *third)] == [
        "dks_mer_1_secret",
        "dks_mer_1_secret",
        "dks_new",
    ]
