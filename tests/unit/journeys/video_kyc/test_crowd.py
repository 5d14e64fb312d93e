"""Many customers, agents and auditors at once, doing whatever they like: nobody is stuck, nothing is told wrongly."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from dastak.journeys.errors import JourneyError
from dastak.journeys.video_kyc.interview import StillKind
from dastak.journeys.video_kyc.ports import CaseFilter
from dastak.journeys.video_kyc.table import FINAL, STAGES
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from unit.journeys.video_kyc.cases import a_still, minutes
from unit.journeys.video_kyc.house import DETAILS, MERCHANT, PUNE, WORKING, House

T = TypeVar("T")
Act = Callable[[], Awaitable[object]]

STEPS = 40


class Crowd:
    """People who act by chance; a refusal is an answer like any other, everything else is a defect."""

    def __init__(self, chance: random.Random, house: House, customers: int = 6, agents: int = 3) -> None:
        self.chance = chance
        self.house = house
        self.customers = customers
        self.operators = [f"opr_{number}" for number in range(1, agents + 1)]
        house.roster.who |= set(self.operators)

    async def customer(self, case: VideoKyc) -> None:
        desk, code = self.house.customer, case.code
        for _ in range(STEPS):
            now = await self.house.stored(case)
            call = now.calls[-1].id if now.calls else "call_none"
            slot = self.house.clock() + minutes(15 * self.chance.randint(1, 40))
            acts: tuple[Act, ...] = (
                partial(desk.consent, code, text="I agree.", client_ip="203.0.113.9"),
                partial(desk.give_details, code, DETAILS),
                partial(desk.check_ip, code, "203.0.113.9"),
                partial(desk.report_location, code, *PUNE),
                partial(desk.report_device, code, WORKING),
                partial(desk.refuse_location, code),
                partial(desk.book, code, slot),
                partial(desk.give_back, code),
                partial(desk.leave_queue, code),
                partial(desk.lose_call, code, call),
                partial(desk.leave_call, code, call),
            )
            ready: tuple[Act, ...] = (partial(desk.join_queue, code), partial(desk.join_call, code, call))
            await self.attempt(self.chance.choice((*acts, *ready * 15)))

    async def agent(self, who: str) -> None:
        desk = self.house.agents
        for _ in range(STEPS * 3):
            mine = await self.attempt(partial(desk.current, MERCHANT, who))
            if mine is None:
                await self.attempt(partial(desk.accept_next, MERCHANT, who))
                continue
            id_ = mine.id
            challenges = mine.liveness.challenges if mine.liveness else ()
            name = self.chance.choice(("code", *challenges))
            kind = self.chance.choice(list(StillKind))
            acts: tuple[Act, ...] = (
                partial(desk.join_call, MERCHANT, who, id_),
                partial(desk.join_call, MERCHANT, who, id_),
                partial(desk.judge_question, MERCHANT, who, id_, 1, passed=True),
                partial(desk.make_liveness, MERCHANT, who, id_),
                partial(desk.judge_liveness, MERCHANT, who, id_, name, passed=True),
                partial(desk.judge_liveness, MERCHANT, who, id_, name, passed=True),
                partial(desk.note_still, MERCHANT, who, id_, a_still(kind, f"stl_{kind.value}")),
                partial(desk.lose_call, MERCHANT, who, id_),
                partial(desk.release, MERCHANT, who, id_),
                partial(desk.approve, MERCHANT, who, id_, None),
                partial(desk.reject, MERCHANT, who, id_, "Other", None),
            )
            patience = (6, 6, 4, 1, 4, 4, 4, 1, 1, 6, 1)
            await self.attempt(self.chance.choices(acts, patience)[0])

    async def auditor(self, who: str) -> None:
        desk = self.house.auditors
        for _ in range(STEPS * 8):
            page, _ = await desk.pending(MERCHANT, who, CaseFilter(), None, 10)
            if page and self.chance.random() < 0.3:
                id_ = self.chance.choice(page).id
                await self.attempt(partial(desk.approve, MERCHANT, who, id_, None))
            await asyncio.sleep(0)

    async def clock(self) -> None:
        for _ in range(STEPS):
            self.house.clock.advance(minutes(self.chance.choice((0, 0, 0, 0.1, 0.2, 0.5, 2))))
            await self.attempt(self.house.sweeper.sweep)
            await asyncio.sleep(0)

    async def attempt(self, act: Callable[[], Awaitable[T]]) -> T | None:
        with suppress(JourneyError):
            return await act()
        return None

    async def live(self) -> list[VideoKyc]:
        cases = [await self.house.ready(f"v-{number}") for number in range(self.customers)]
        people = [self.customer(case) for case in cases]
        people += [self.agent(who) for who in self.operators]
        people += [self.auditor(who) for who in ("opr_auditor", self.operators[0])]
        await asyncio.gather(*people, self.clock())
        await self.end()
        return [await self.house.stored(case) for case in cases]

    async def end(self) -> None:
        """Everybody has gone; the clock alone brings what is left to its end."""
        while (due := await self.house.cases.next_due()) is not None:
            self.house.clock.now = max(self.house.clock.now, due)
            assert await self.house.sweeper.sweep(), "something is due, and nothing was done"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_everybody_does_at_once_every_case_ends_and_its_events_are_in_order(seed: int) -> None:
    crowd = Crowd(random.Random(seed), House())
    for case in asyncio.run(crowd.live()):
        assert STAGES[case.sub_status] in FINAL
        events = [one for one in crowd.house.cases.events if one.journey_id == case.id]
        assert [one.sequence for one in events] == list(range(1, len(events) + 1))
        assert len({one.id for one in events}) == len(events)
        heard = crowd.house.heard(case.verification_id)
        assert heard[0] == ("LINK_GENERATED", "LINK_GENERATED")
        assert heard[-1][1] == case.sub_status
        ends = [type_ for type_, _ in heard if type_ in {"LINK_EXPIRED", "AUDITOR_REVIEW_COMPLETED"}]
        assert len(ends) == 1
        assert case.auditor is None or case.auditor.operator_id not in case.agent_ids
        assert heard.count(("CALL_STARTED", "USER_ACCEPTED_MEETING")) == sum(
            1 for call in case.calls if call.started_at
        )
