"""What every `Compositions` and every `ViewLog` promises."""

import asyncio
from dataclasses import replace

import pytest

from conformance.cases import a_case_of, moved_to
from conformance.house import House, Ports
from conformance.values import LEASE, NOW, SECOND, a_merchant
from dastak.journeys.video_kyc.rooms import Composition, CompositionState, View
from dastak.journeys.video_kyc.signal import Composed, Recorded
from dastak.journeys.video_kyc.table import Stage
from unit.journeys.video_kyc.cases import NOW as BEGUN_AT
from unit.journeys.video_kyc.cases import after

UNTIL = NOW + LEASE
RECORDED = Recorded("call_1", "spool/mer_1.call_1")


@pytest.fixture(autouse=True)
async def merchants(ports: Ports) -> None:
    for merchant_id in ("mer_1", "mer_2"):
        await ports.merchants.add_merchant(a_merchant(merchant_id))


async def decided(ports: Ports, number: int, merchant_id: str = "mer_1", ago: int = 0) -> None:
    at = BEGUN_AT - ago * SECOND
    case = moved_to(Stage.DECIDED, a_case_of(number, merchant_id), at=at)
    await ports.video_kycs.add_case(after(case, [RECORDED], at), (), ())


async def test_nothing_is_to_be_composed_before_a_decision(ports: Ports) -> None:
    await ports.video_kycs.add_case(moved_to(Stage.IN_CALL, a_case_of()), (), ())
    assert await ports.compositions.claim_composition(NOW, UNTIL) is None
    assert await ports.compositions.composition_state("mer_1", a_case_of().id) is None


async def test_a_call_that_nobody_recorded_is_no_work_until_it_is_known_where_it_was(ports: Ports) -> None:
    case = moved_to(Stage.DECIDED, a_case_of(), at=BEGUN_AT)
    await ports.video_kycs.add_case(case, (), ())
    assert await ports.compositions.claim_composition(NOW, UNTIL) is None
    assert await ports.video_kycs.save_case(after(case, [RECORDED], BEGUN_AT), (), ())
    assert await ports.compositions.claim_composition(NOW, UNTIL) == Composition("mer_1", case.id, "call_1", 1)


async def test_the_longest_waiting_one_is_claimed_first_each_by_one(ports: Ports) -> None:
    for number, ago in ((1, 5), (2, 9), (3, 7)):
        await decided(ports, number, ago=ago)
    first = await ports.compositions.claim_composition(NOW, UNTIL)
    assert first == Composition("mer_1", a_case_of(2).id, "call_1", 1)
    rest = await asyncio.gather(*(ports.compositions.claim_composition(NOW, UNTIL) for _ in range(6)))
    assert sorted(one.case_id for one in rest if one) == [a_case_of(3).id, a_case_of(1).id][::-1]
    assert await ports.compositions.claim_composition(NOW, UNTIL) is None


async def test_who_names_rooms_gets_their_compositions_only(ports: Ports) -> None:
    await decided(ports, 1, "mer_1", ago=5)
    await decided(ports, 2, "mer_2")
    assert await ports.compositions.claim_composition(NOW, UNTIL, []) is None
    assert await ports.compositions.claim_composition(NOW, UNTIL, ["mer_1.call_2", "mer_3.call_1"]) is None
    found = await ports.compositions.claim_composition(NOW, UNTIL, ["mer_9.call_9", "mer_2.call_1"])
    assert found == Composition("mer_2", a_case_of(2, "mer_2").id, "call_1", 1)
    assert await ports.compositions.claim_composition(NOW, UNTIL, ["mer_2.call_1"]) is None


async def test_what_is_held_on_to_is_not_claimed_and_what_is_not_is_tried_again(ports: Ports) -> None:
    await decided(ports, 1)
    first = await ports.compositions.claim_composition(NOW, UNTIL)
    assert first is not None
    await ports.compositions.composition_progress(first, 0.25, UNTIL + LEASE)
    assert await ports.compositions.claim_composition(UNTIL, UNTIL) is None
    state = await ports.compositions.composition_state("mer_1", first.case_id)
    assert state == CompositionState(0.25, 1, "")
    again = await ports.compositions.claim_composition(UNTIL + LEASE, UNTIL + 2 * LEASE)
    assert again == replace(first, attempts=2)
    await ports.compositions.composition_progress(first, 0.9, UNTIL + 9 * LEASE)
    await ports.compositions.composition_failed(first, "late", UNTIL + 9 * LEASE)
    state = await ports.compositions.composition_state("mer_1", first.case_id)
    assert state == CompositionState(0, 2, ""), "who lost the lease changed it"


async def test_one_that_failed_waits_and_says_why(ports: Ports) -> None:
    await decided(ports, 1)
    first = await ports.compositions.claim_composition(NOW, UNTIL)
    assert first is not None
    await ports.compositions.composition_failed(first, "ffmpeg: no space", NOW + 10 * SECOND)
    state = await ports.compositions.composition_state("mer_1", first.case_id)
    assert state == CompositionState(0, 1, "ffmpeg: no space")
    assert await ports.compositions.claim_composition(NOW + 9 * SECOND, UNTIL) is None
    again = await ports.compositions.claim_composition(NOW + 10 * SECOND, UNTIL)
    assert again == replace(first, attempts=2)


async def test_what_is_composed_is_done_also_while_it_is_reviewed(ports: Ports) -> None:
    await decided(ports, 1)
    case = await ports.video_kycs.case_by_id("mer_1", a_case_of().id)
    assert case is not None
    composed = after(case, [Composed("rec/x.mp4", "cd" * 32)], BEGUN_AT)
    assert await ports.video_kycs.save_case(composed, (), ())
    assert await ports.compositions.claim_composition(NOW, UNTIL) is None


async def test_many_workers_share_the_work_without_doing_anything_twice(ports: Ports) -> None:
    for number in range(1, 9):
        await decided(ports, number, ("mer_1", "mer_2")[number % 2])

    async def work() -> list[str]:
        done = []
        while (one := await ports.compositions.claim_composition(NOW, UNTIL)) is not None:
            done.append(one.case_id)
        return done

    shares = await asyncio.gather(*(work() for _ in range(4)))
    everything = sorted(case_id for share in shares for case_id in share)
    assert everything == sorted(a_case_of(n, ("mer_1", "mer_2")[n % 2]).id for n in range(1, 9))


async def test_after_a_crash_it_is_tried_again_when_the_lease_is_over(house: House) -> None:
    await decided(house.ports, 1)
    first = await house.ports.compositions.claim_composition(NOW, UNTIL)
    assert first is not None
    await house.crash()
    again = await house.ports.compositions.claim_composition(UNTIL, UNTIL + LEASE)
    assert again is not None
    assert again.case_id == first.case_id
    assert again.attempts >= 1


def a_view(number: int, merchant_id: str = "mer_1", case_id: str = "jrn_1") -> View:
    return View(merchant_id, case_id, f"mer/jrn/{number}.mp4", "opr_1", "203.0.113.9", NOW + number * SECOND)


async def test_views_are_read_oldest_first_of_their_case_only_and_survive_a_crash(house: House) -> None:
    for number in (2, 1, 3):
        await house.ports.evidence_views.note_view(a_view(number))
    await house.ports.evidence_views.note_view(a_view(4, "mer_2"))
    await house.ports.evidence_views.note_view(a_view(5, case_id="jrn_2"))
    await house.crash()
    assert await house.ports.evidence_views.views("mer_1", "jrn_1") == tuple(a_view(n) for n in (1, 2, 3))
    assert await house.ports.evidence_views.views("mer_1", "jrn_9") == ()
    assert b"203.0.113.9" not in await house.on_disk()
