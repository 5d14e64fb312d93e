"""What every `VideoKycStore` promises; that its answers are right for any cases is in `test_video_kyc_oracle`."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from conformance.cases import (
    AGENT,
    a_case_of,
    case_consent,
    case_event,
    case_message,
    ids,
    moved_to,
)
from conformance.house import House, Ports, PostgresHouse, SqliteHouse
from conformance.values import NOW, SECOND, Space, a_link, a_merchant, an_endpoint, settle_all
from dastak.journeys.errors import DuplicateVerificationId
from dastak.journeys.paging import Cursor
from dastak.journeys.video_kyc.errors import AgentBusy, SlotUnavailable
from dastak.journeys.video_kyc.ports import CaseFilter, SlotClaim
from dastak.journeys.video_kyc.signal import Accepted, Booked, TimeUp
from dastak.journeys.video_kyc.table import Stage
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.store.vault import Vault
from dastak.webhooks.log import DeliveryFilter, EventFilter, Resent
from dastak.webhooks.verdict import Outcome
from unit.journeys.video_kyc.cases import NOW as BEGUN_AT
from unit.journeys.video_kyc.cases import SLOT_AT, WAYS, after

EVERYTHING = CaseFilter()


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))


async def added(ports: Ports, *cases: VideoKyc) -> None:
    for case in cases:
        await ports.video_kycs.add_case(case, (), ())


@pytest.mark.parametrize("stage", WAYS)
async def test_a_case_comes_back_as_it_was_at_every_stage_by_each_of_its_names(ports: Ports, stage: Stage) -> None:
    case = moved_to(stage, a_case_of())
    await added(ports, case)
    store = ports.video_kycs
    assert await store.case_by_id("mer_1", case.id) == case
    assert await store.case_by_code(case.code) == case
    assert await store.case_by_verification_id("mer_1", case.verification_id) == case
    assert await store.case_by_reference_id("mer_1", case.reference_id) == case
    assert await store.case_of_agent("mer_1", AGENT) == (case if case.live_agent_id else None)


async def test_an_unknown_case_is_none_and_so_is_another_merchant_s(ports: Ports) -> None:
    case = moved_to(Stage.IN_CALL, a_case_of())
    await added(ports, case)
    store = ports.video_kycs
    assert await store.case_by_code("nothing") is None
    assert await store.case_by_id("mer_1", "nothing") is None
    assert await store.case_by_id("mer_2", case.id) is None
    assert await store.case_by_verification_id("mer_2", case.verification_id) is None
    assert await store.case_by_reference_id("mer_2", case.reference_id) is None
    assert await store.case_of_agent("mer_2", AGENT) is None


async def test_a_link_and_a_case_are_not_taken_for_each_other(ports: Ports) -> None:
    case, link = a_case_of(1), a_link(2)
    await added(ports, case)
    await ports.links.add_link(link, ())
    assert await ports.links.link_by_code(case.code) is None
    assert await ports.links.link_by_verification_id("mer_1", case.verification_id) is None
    assert await ports.links.link_by_reference_id("mer_1", case.reference_id) is None
    assert await ports.video_kycs.case_by_code(link.code) is None
    assert await ports.video_kycs.case_by_verification_id("mer_1", link.verification_id) is None
    assert await ports.video_kycs.case_by_reference_id("mer_1", link.reference_id) is None


async def test_the_clock_of_links_never_sees_a_case_however_long_it_has_ended(ports: Ports) -> None:
    await added(ports, a_case_of())
    assert await ports.links.next_expiry() is None
    assert not await ports.links.links_to_expire(NOW + timedelta(days=1000), 10)


async def test_adding_commits_case_events_deliveries_and_messages_together(ports: Ports) -> None:
    case = a_case_of()
    await ports.endpoints.add_endpoint(an_endpoint())
    await ports.video_kycs.add_case(case, [case_event(case, 1)], [case_message(case)])
    assert [row.sequence for row in await ports.history.events("mer_1", EventFilter(), 0, 9)] == [1]
    (claimed,) = await ports.deliveries.claim(NOW, NOW + SECOND, Space())
    assert claimed.body == case_event(case, 1).body
    assert [one.notice.id for one in await ports.notices.claim_notices(NOW, NOW, 9)] == [case_message(case).id]


async def test_a_verification_id_is_used_once_per_merchant_by_cases_and_links_together(ports: Ports) -> None:
    await ports.links.add_link(a_link(1), ())
    case = replace(a_case_of(2), verification_id="v-1")
    with pytest.raises(DuplicateVerificationId):
        await ports.video_kycs.add_case(case, [case_event(case, 1)], [case_message(case)])
    assert await ports.video_kycs.case_by_code(case.code) is None
    assert await ports.video_kycs.next_due() is None
    assert await ports.notices.next_notice_due() is None, "the refused case's message was queued"
    assert not await ports.history.events("mer_1", EventFilter(), 0, 9)
    await added(ports, a_case_of(3), replace(a_case_of(4, "mer_2"), verification_id="v-3"))
    with pytest.raises(DuplicateVerificationId):
        await ports.links.add_link(replace(a_link(5), verification_id="v-3"), ())


async def test_of_links_and_cases_with_one_verification_id_at_once_exactly_one_is_added(ports: Ports) -> None:
    links = [ports.links.add_link(replace(a_link(n), verification_id="same"), ()) for n in range(1, 11)]
    cases = [ports.video_kycs.add_case(replace(a_case_of(n), verification_id="same"), (), ()) for n in range(11, 21)]
    mixed = [one for pair in zip(links, cases, strict=True) for one in pair]
    answers = await asyncio.gather(*mixed, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["DuplicateVerificationId"] * 19 + ["NoneType"]


async def test_saving_commits_case_events_deliveries_messages_and_consent_together(ports: Ports) -> None:
    case = a_case_of()
    await ports.endpoints.add_endpoint(an_endpoint())
    await added(ports, case)
    waits = moved_to(Stage.WAITING, case)
    events = [case_event(case, 1), case_event(case, 2)]
    assert await ports.video_kycs.save_case(waits, events, [case_message(case)], case_consent(case))
    assert await ports.video_kycs.case_by_code(case.code) == replace(waits, version=1)
    assert [row.body for row in await ports.history.events("mer_1", EventFilter(), 0, 9)] == [e.body for e in events]
    assert len(await ports.history.deliveries("mer_1", DeliveryFilter(), 0, 9)) == 2
    assert len(await ports.notices.claim_notices(NOW, NOW, 9)) == 1


async def test_a_save_against_an_older_version_changes_nothing(ports: Ports) -> None:
    case = a_case_of()
    await ports.endpoints.add_endpoint(an_endpoint())
    await added(ports, case)
    assert await ports.video_kycs.save_case(replace(case, notes="first"), (), ())
    late = moved_to(Stage.SCHEDULED, case)
    full = SlotClaim(SLOT_AT, 0)
    assert not await ports.video_kycs.save_case(
        late, [case_event(case, 1)], [case_message(case)], case_consent(case), full
    )
    kept = await ports.video_kycs.case_by_id("mer_1", case.id)
    assert kept == replace(case, notes="first", version=1)
    assert not await ports.history.events("mer_1", EventFilter(), 0, 9)
    assert await ports.notices.next_notice_due() is None
    assert not await ports.video_kycs.slots_booked("mer_1", SLOT_AT, SLOT_AT + SECOND)


async def test_of_many_agents_who_accept_one_case_at_once_exactly_one_gets_it(ports: Ports) -> None:
    case = moved_to(Stage.WAITING, a_case_of())
    await added(ports, case)
    accepted = [after(case, [Accepted(f"call_{n}", f"opr_{n}")], BEGUN_AT) for n in range(20)]
    saves = [ports.video_kycs.save_case(one, [case_event(one, 1)], ()) for one in accepted]
    answers = await asyncio.gather(*saves)
    assert sorted(answers) == [False] * 19 + [True]
    kept = await ports.video_kycs.case_by_id("mer_1", case.id)
    assert kept == replace(accepted[answers.index(True)], version=1)
    assert len(await ports.history.events("mer_1", EventFilter(), 0, 99)) == 1
    assert not await ports.video_kycs.waiting("mer_1", 9)


async def test_of_many_cases_that_one_agent_accepts_at_once_exactly_one_is_theirs(ports: Ports) -> None:
    cases = [moved_to(Stage.WAITING, a_case_of(n)) for n in range(1, 11)]
    await added(ports, *cases)
    bystanders = [replace(a_case_of(n), notes="seen") for n in range(11, 21)]
    await added(ports, *(a_case_of(n) for n in range(11, 21)))
    saves = [
        ports.video_kycs.save_case(after(one, [Accepted("call_1", AGENT)], BEGUN_AT), [case_event(one, 1)], ())
        for one in cases
    ]
    others = [ports.video_kycs.save_case(one, [case_event(one, 1)], ()) for one in bystanders]
    answers = await asyncio.gather(*saves, *others, return_exceptions=True)
    assert [answer for answer in answers if not isinstance(answer, AgentBusy)] == [True] * 11
    assert answers[10:] == [True] * 10, "somebody else's save failed with them"
    kept = await ports.video_kycs.case_of_agent("mer_1", AGENT)
    assert kept is not None
    assert answers[ids(cases).index(kept.id)] is True
    assert len(await ports.video_kycs.waiting("mer_1", 99)) == 9
    assert len(await ports.history.events("mer_1", EventFilter(), 0, 99)) == 11


async def test_an_agent_of_one_merchant_may_be_called_as_one_of_another_and_is_free_after_the_call(
    ports: Ports,
) -> None:
    await added(ports, moved_to(Stage.IN_CALL, a_case_of(1)), moved_to(Stage.IN_CALL, a_case_of(1, "mer_2")))
    waits = moved_to(Stage.WAITING, a_case_of(2))
    await added(ports, waits)
    next_one = after(waits, [Accepted("call_2", AGENT)], BEGUN_AT)
    with pytest.raises(AgentBusy):
        await ports.video_kycs.save_case(next_one, [case_event(waits, 1)], [case_message(waits)])
    assert await ports.notices.next_notice_due() is None
    assert await ports.video_kycs.save_case(moved_to(Stage.DECIDED, a_case_of(1)), (), ())
    assert await ports.video_kycs.save_case(next_one, (), ())


async def test_a_slot_takes_no_more_than_its_places_however_many_come_at_once(ports: Ports) -> None:
    cases = [moved_to(Stage.PREPARING, a_case_of(n)) for n in range(1, 13)]
    await added(ports, *cases)
    booked = [after(case, [Booked(SLOT_AT)], BEGUN_AT) for case in cases]
    claim = SlotClaim(SLOT_AT, 2)
    answers = await asyncio.gather(
        *(ports.video_kycs.save_case(one, [case_event(one, 1)], (), None, claim) for one in booked),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["SlotUnavailable"] * 10 + ["bool"] * 2
    assert await ports.video_kycs.slots_booked("mer_1", SLOT_AT, SLOT_AT + SECOND) == {SLOT_AT: 2}
    assert len(await ports.history.events("mer_1", EventFilter(), 0, 99)) == 2


async def test_a_case_may_keep_its_own_place_and_another_merchant_s_slots_are_its_own(ports: Ports) -> None:
    mine = moved_to(Stage.SCHEDULED, a_case_of(1))
    await added(ports, mine, a_case_of(1, "mer_2"), a_case_of(2))
    one = SlotClaim(SLOT_AT, 1)
    assert await ports.video_kycs.save_case(mine, (), (), None, one)
    assert await ports.video_kycs.save_case(moved_to(Stage.SCHEDULED, a_case_of(1, "mer_2")), (), (), None, one)
    with pytest.raises(SlotUnavailable):
        await ports.video_kycs.save_case(moved_to(Stage.SCHEDULED, a_case_of(2)), (), (), None, one)
    until = SLOT_AT + SECOND
    assert await ports.video_kycs.slots_booked("mer_1", SLOT_AT, until) == {SLOT_AT: 1}
    assert await ports.video_kycs.slots_booked("mer_1", SLOT_AT - SECOND, SLOT_AT) == {}


async def test_the_queue_is_in_order_and_says_who_is_ahead(ports: Ports) -> None:
    for number, waited in ((1, 2), (2, 1), (3, 2)):
        await added(ports, moved_to(Stage.WAITING, a_case_of(number), at=BEGUN_AT - waited * SECOND))
    dropped = moved_to(Stage.DROPPED, a_case_of(4))
    await added(ports, dropped, moved_to(Stage.WAITING, a_case_of(1, "mer_2")))
    queue = await ports.video_kycs.waiting("mer_1", 9)
    assert ids(queue) == ids([a_case_of(1), a_case_of(3), a_case_of(2)])
    assert [await ports.video_kycs.waiting_ahead(case) for case in (*queue, dropped)] == [0, 1, 2, 0]
    assert ids(await ports.video_kycs.waiting("mer_1", 1)) == [queue[0].id]


async def test_pages_go_through_all_cases_newest_first_also_of_one_instant(ports: Ports) -> None:
    await added(ports, *(replace(a_case_of(n), created_at=BEGUN_AT + (n // 3) * SECOND) for n in range(1, 12)))
    await added(ports, a_case_of(99, "mer_2"))
    seen: list[VideoKyc] = []
    after_: Cursor | None = None
    while page := await ports.video_kycs.cases("mer_1", EVERYTHING, after_, 4):
        seen += page
        after_ = Cursor(page[-1].created_at, page[-1].id)
    assert ids(seen) == [a_case_of(n).id for n in range(11, 0, -1)]


async def test_of_what_is_due_the_earliest_comes_first_and_what_is_over_never(ports: Ports) -> None:
    for number, late in ((1, 30), (2, 10), (3, 20)):
        await added(ports, replace(a_case_of(number), due_at=NOW + late * SECOND))
    await added(ports, replace(a_case_of(4), due_at=None), replace(a_case_of(5, "mer_2"), due_at=NOW + 15 * SECOND))
    assert await ports.video_kycs.next_due() == NOW + 10 * SECOND
    due = await ports.video_kycs.cases_due(NOW + 20 * SECOND, 9)
    assert [case.reference_id for case in due] == [2, 5, 3]
    assert ids(await ports.video_kycs.cases_due(NOW + 60 * SECOND, 1)) == ids(due[:1])
    assert not await ports.video_kycs.cases_due(NOW + 10 * SECOND - timedelta(microseconds=1), 9)


async def test_without_anything_to_wait_for_there_is_no_next_due(ports: Ports) -> None:
    await added(ports, replace(a_case_of(), due_at=None))
    assert await ports.video_kycs.next_due() is None


async def test_numbers_are_shared_with_links_and_never_repeat_not_even_after_a_crash(house: House) -> None:
    both = (house.ports.links.next_reference_id, house.ports.video_kycs.next_reference_id)
    numbers = list(await asyncio.gather(*(one() for _ in range(120) for one in both)))
    await house.crash()
    numbers += [await house.ports.video_kycs.next_reference_id() for _ in range(5)]
    assert len(set(numbers)) == 245
    assert min(numbers) >= 1


async def test_what_was_saved_survives_a_crash(house: House) -> None:
    case = moved_to(Stage.IN_CALL, a_case_of())
    await house.ports.endpoints.add_endpoint(an_endpoint())
    await added(house.ports, case)
    assert await house.ports.video_kycs.save_case(case, [case_event(case, 6)], [case_message(case)])
    await house.crash()
    assert await house.ports.video_kycs.case_of_agent("mer_1", AGENT) == replace(case, version=1)
    assert len(await house.ports.history.deliveries("mer_1", DeliveryFilter(), 0, 9)) == 1
    assert await house.ports.notices.next_notice_due() is not None


async def test_the_store_says_so_when_a_commit_may_have_caused_work(house: House) -> None:
    case, before = a_case_of(), house.commits
    await house.ports.video_kycs.add_case(case, (), [case_message(case)])
    assert house.commits == before + 1
    await house.ports.video_kycs.save_case(case, [case_event(case, 1)], ())
    assert house.commits == before + 2


async def test_nothing_personal_and_no_code_lies_open_on_the_disk(house: House) -> None:
    case = replace(moved_to(Stage.DECIDED, a_case_of()), email="asha@secret.example", code="Opensesame")
    await added(house.ports, case)
    assert await house.ports.video_kycs.save_case(case, [case_event(case, 1)], [case_message(case)], case_consent(case))
    disk = await house.on_disk()
    assert case.phone == "9876543210"
    for secret in ("Asha Gupta", "9876543210", "secret.example", "Opensesame", "Nagpur", "203.0.113.9", "18.52"):
        assert secret.encode() not in disk


async def test_after_a_key_is_rotated_cases_are_found_by_code_and_phone(house: House) -> None:
    assert isinstance(house, SqliteHouse | PostgresHouse)
    await added(house.ports, a_case_of(1))
    house._vault = Vault([bytes(32), bytes(range(32))])
    await house.crash()
    await added(house.ports, a_case_of(2), replace(a_case_of(3), phone="9000000000"))
    store = house.ports.video_kycs
    assert await store.case_by_code(a_case_of(1).code) == a_case_of(1)
    of_phone = CaseFilter(phone=a_case_of().phone)
    assert ids(await store.cases("mer_1", of_phone, None, 9)) == [a_case_of(2).id, a_case_of(1).id]
    assert await store.count_cases("mer_1", of_phone) == {"LINK_GENERATED": 2}


async def test_cases_that_do_not_open_are_left_out_and_the_others_stand(house: House) -> None:
    assert isinstance(house, SqliteHouse | PostgresHouse)
    lost = [moved_to(Stage.WAITING, a_case_of(n)) for n in (2, 3)]
    await added(house.ports, *lost)
    house._vault = Vault([bytes(32)])
    await house.crash()
    kept = [moved_to(Stage.WAITING, a_case_of(n)) for n in (1, 4)]
    await added(house.ports, *kept)
    store = house.ports.video_kycs
    assert ids(await store.cases("mer_1", EVERYTHING, None, 2)) == [kept[1].id, kept[0].id], "a page is whole"
    assert sorted(ids(await store.waiting("mer_1", 9))) == ids(kept)
    end = NOW + timedelta(days=99)
    assert sorted(ids(await store.cases_due(end, 4))) == ids(kept)
    for case in kept:
        assert await store.save_case(replace(case, due_at=None), (), ())
    assert await store.next_due() is None, "the clock would look at once, again and again"


async def test_a_delivery_of_a_case_that_was_given_up_is_sent_again_while_the_case_goes_on(ports: Ports) -> None:
    case = a_case_of()
    await ports.endpoints.add_endpoint(an_endpoint())
    await ports.video_kycs.add_case(case, [case_event(case, 1)], ())
    (claimed,) = await ports.deliveries.claim(NOW, NOW + SECOND, Space())
    await settle_all(ports, [claimed], Outcome.GIVEN_UP)
    resent, saved = await asyncio.gather(
        ports.history.resend("mer_1", claimed.id, NOW), ports.video_kycs.save_case(case, [case_event(case, 2)], ())
    )
    assert (resent, saved) == (Resent.BEGUN, True)
    heads = await ports.deliveries.claim(NOW, NOW + SECOND, Space())
    assert len(heads) == 1, "one lane has one head"


async def test_moving_by_the_clock_and_by_the_customer_at_once_one_wins(ports: Ports) -> None:
    case = moved_to(Stage.SCHEDULED, a_case_of())
    await added(ports, case)
    assert case.due_at is not None
    by_clock = after(case, [TimeUp()], case.due_at)
    answers = await asyncio.gather(
        ports.video_kycs.save_case(by_clock, (), ()), ports.video_kycs.save_case(replace(case, notes="x"), (), ())
    )
    assert sorted(answers) == [False, True]
