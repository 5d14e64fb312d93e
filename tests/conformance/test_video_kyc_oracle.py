"""Any cases, any filter, any page: a store says what the ports in memory say that decisions are tested on."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from conformance.cases import a_case_of, ids, moved_to
from conformance.house import Ports
from conformance.values import SECOND, a_merchant
from dastak.journeys.errors import JourneyError
from dastak.journeys.paging import Cursor
from dastak.journeys.video_kyc.ports import CaseFilter, SlotClaim, VideoKycStore
from dastak.journeys.video_kyc.table import STAGES, Stage
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak_sdk import SUB_STATUSES, VideoKycStatus
from unit.journeys.video_kyc.cases import NOW as BEGUN_AT
from unit.journeys.video_kyc.cases import SLOT_AT, WAYS
from unit.journeys.video_kyc.memory import MemoryCases

MERCHANTS = ("mer_1", "mer_2")
AGENTS = tuple(f"opr_{number}" for number in range(6))
PHONES = ("9876543210", "9000000001", "9000000002")
CASES, FILTERS = 90, 120
END = BEGUN_AT + timedelta(days=400)
Ask = Callable[[VideoKycStore], Awaitable[object]]


@pytest.mark.parametrize("seed", range(2))
async def test_every_answer_is_that_of_the_store_in_memory(ports: Ports, seed: int) -> None:
    chance = random.Random(seed)
    for merchant_id in MERCHANTS:
        await ports.merchants.add_merchant(a_merchant(merchant_id))
    oracle = MemoryCases()
    refused = 0
    for number in range(1, CASES + 1):
        refused += await _live(chance, number, ports.video_kycs, oracle)
    assert 0 < refused < CASES / 2, "some are refused, and not too many"
    assert {STAGES[row.sub_status] for row in oracle.rows.values()} == set(WAYS)
    for ask in _questions(chance, list(oracle.rows.values())):
        assert await ask(ports.video_kycs) == await ask(oracle)


async def _live(chance: random.Random, number: int, store: VideoKycStore, oracle: MemoryCases) -> int:
    """A case is made and comes to some stage, in both; whether the last step was refused, by both."""
    case = replace(
        a_case_of(number, chance.choice(MERCHANTS)),
        phone=chance.choice(PHONES),
        user_reference_id=chance.randrange(4),
        created_at=BEGUN_AT + chance.randrange(20) * SECOND,
    )
    for one in (store, oracle):
        await one.add_case(case, (), ())
    stage = chance.choice(list(WAYS))
    at = BEGUN_AT + chance.randrange(30) * SECOND
    moved = moved_to(stage, case, chance.choice(AGENTS), at)
    claim = SlotClaim(SLOT_AT, 4) if stage is Stage.SCHEDULED else None
    answers = [await _answer(one.save_case(moved, (), (), None, claim)) for one in (store, oracle)]
    assert answers[0] == answers[1]
    return answers[0] is not True


async def _answer(asked: Awaitable[bool]) -> object:
    try:
        return await asked
    except JourneyError as error:
        return error.code


def _questions(chance: random.Random, rows: Sequence[VideoKyc]) -> list[Ask]:
    asked: list[Ask] = [lambda store: store.next_due()]
    for merchant in MERCHANTS:
        asked += _of_merchant(merchant)
    for row in rows:
        asked += _of_case(row)
    for _ in range(FILTERS):
        asked += _pages(chance, rows)
    return asked


def _of_merchant(merchant: str) -> list[Ask]:
    def of_agent(agent: str) -> Ask:
        return lambda store: store.case_of_agent(merchant, agent)

    return [
        *(of_agent(agent) for agent in AGENTS),
        lambda store: store.waiting(merchant, 50),
        lambda store: store.waiting(merchant, 2),
        lambda store: _sorted_times(store, merchant),
        lambda store: store.slots_booked(merchant, SLOT_AT - SECOND, SLOT_AT + SECOND),
        lambda store: store.slots_booked(merchant, SLOT_AT + SECOND, END),
    ]


async def _sorted_times(store: VideoKycStore, merchant: str) -> list[timedelta]:
    """Of one instant any comes first."""
    return sorted(await store.handling_times(merchant, 100))


def _of_case(row: VideoKyc) -> list[Ask]:
    return [
        lambda store: store.case_by_id(row.merchant_id, row.id),
        lambda store: store.case_by_code(row.code),
        lambda store: store.case_by_verification_id(row.merchant_id, row.verification_id),
        lambda store: store.case_by_reference_id(row.merchant_id, row.reference_id),
        lambda store: store.waiting_ahead(row),
        lambda store: store.cases_due(row.due_at or BEGUN_AT, 7),
    ]


def _pages(chance: random.Random, rows: Sequence[VideoKyc]) -> list[Ask]:
    merchant, limit, wanted = chance.choice(MERCHANTS), chance.randrange(1, 9), _filter(chance)
    newest, decided = _cursor(chance, rows, "created"), _cursor(chance, rows, "decided")
    return [
        lambda store: _listed(store.cases(merchant, wanted, newest, limit)),
        lambda store: _listed(store.cases_to_review(merchant, wanted, decided, limit)),
        lambda store: store.count_cases(merchant, wanted),
    ]


async def _listed(asked: Awaitable[Sequence[VideoKyc]]) -> tuple[list[str], list[VideoKyc]]:
    found = list(await asked)
    return ids(found), found


def _cursor(chance: random.Random, rows: Sequence[VideoKyc], what: str) -> Cursor | None:
    row = chance.choice(rows)
    at = row.created_at if what == "created" else row.agent.at if row.agent else BEGUN_AT
    return chance.choice((None, Cursor(at, row.id)))


def _filter(chance: random.Random) -> CaseFilter:
    seconds = [BEGUN_AT + chance.randrange(-5, 30) * SECOND for _ in range(4)]
    fields: dict[str, Any] = {
        "statuses": tuple(one.value for one in chance.sample(list(VideoKycStatus), chance.randrange(3))),
        "sub_statuses": tuple(chance.sample(sorted(SUB_STATUSES), chance.randrange(9))),
        "user_reference_id": chance.randrange(4),
        "phone": chance.choice(PHONES),
        "agent_id": chance.choice(AGENTS),
        "auditor_id": "opr_auditor",
        "created_from": seconds[0],
        "created_until": seconds[1],
        "reviewed_from": seconds[2],
        "reviewed_until": seconds[3],
    }
    return CaseFilter(**{name: value for name, value in fields.items() if chance.random() < 0.25})
