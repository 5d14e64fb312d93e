"""Customers, agents, auditors and the clock of Video KYCs, who act by chance upon the desks of a real deployment.

In: the desks, a store that holds cases of one merchant, a seed. Out: cases that have moved; a refusal is an answer like
any other, everything else is a defect and ends the crowd. It keeps nothing in mind, so that it goes on after a kill
where the store stands. Called by `crowded_server.py`.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from dastak.accounts.operator import OperatorStore, Role
from dastak.app.video_kyc import VideoKycParts
from dastak.journeys.errors import JourneyError
from dastak.journeys.facts import SourceUnavailable, SyntaxRefused
from dastak.journeys.video_kyc.before_call import missing_for_call
from dastak.journeys.video_kyc.interview import Still, StillKind
from dastak.journeys.video_kyc.ports import CaseFilter, VideoKycStore
from dastak.journeys.video_kyc.precheck import DeviceReport
from dastak.journeys.video_kyc.table import STAGES, Stage
from dastak.journeys.video_kyc.video_kyc import VideoKyc

Act = Callable[[], Awaitable[object]]

CUSTOMERS_AT_ONCE = 6
ACTS_BETWEEN_LEAPS = 30
SURE = 0.85
"""How likely a customer does the right thing next."""
BESIDE = 0.4
"""How often one who is in a call acts, before all the others."""
IN_INDIA, IN_PARIS = (18.52, 73.86, 20.0), (48.85, 2.35, 20.0)
HOME, ABROAD, THROUGH_A_PROXY = "203.0.113.9", "192.0.2.9", "198.51.100.9"
AADHAAR, WRONG_OTP, RIGHT_OTP = "655675523712", "000000", "111000"
DETAILS = {
    "employment_type": "Salaried",
    "monthly_income": "Below ₹25,000",
    "gender": "Female",
    "guardian_name": "Ravi Gupta",
}
REVIEWED = CaseFilter(statuses=("AUDITOR_REVIEWED",))
ENOUGH = 12
OPEN = ("RECEIVED", "PRE_VIDEO_CALL", "VIDEO_CALL")
REASON = "Fraud suspected"
"""Both lists of reasons have it."""
MOST_JUMPS = 20_000


class LeapingClock:
    """The right time and a leap more; leaps are kept in a file, so that time never goes back at a restart."""

    def __init__(self, file: Path, right: Callable[[], datetime]) -> None:
        self._file = file
        self._right = right
        self._ahead = timedelta(seconds=float(file.read_text())) if file.exists() else timedelta(0)

    def __call__(self) -> datetime:
        return self._right() + self._ahead

    def leap(self, span: timedelta) -> None:
        """Time goes on by so much at once."""
        self._ahead += span
        new = self._file.with_suffix(".new")
        new.write_text(str(self._ahead.total_seconds()))
        new.replace(self._file)


@dataclass
class Crowd:
    """Everybody at once."""

    parts: VideoKycParts
    cases: VideoKycStore
    operators: OperatorStore
    merchant_id: str
    clock: LeapingClock
    wake: Callable[[], None]
    """What falls due by a leap is looked at now."""
    chance: random.Random
    _open: list[VideoKyc] = field(default_factory=list)
    """Cases that are not over, as they were seen last."""
    _acts: int = 0
    _reviewed: int = 0

    async def live(self, is_over: Callable[[], bool]) -> None:
        """Act until it is over, and enough cases have come to their good or bad end."""
        lives: list[Callable[[], Awaitable[None]]] = [self._customer] * CUSTOMERS_AT_ONCE
        lives += [partial(self._agent, who) for who in await self._people(Role.AGENT)]
        lives += [self._auditors, self._time]
        async with asyncio.TaskGroup() as tasks:
            for life in lives:
                tasks.create_task(self._again_and_again(life, lambda: self._reviewed >= ENOUGH and is_over()))

    async def wind_up(self) -> None:
        """Nobody acts any more; time runs on until nothing is due."""
        for _ in range(MOST_JUMPS):
            due = await self.cases.next_due()
            if due is None:
                return
            self.clock.leap(max(timedelta(0), due - self.clock()) + timedelta(milliseconds=1))
            await self.parts.sweeper.sweep()
            self.wake()
        raise AssertionError("something is due again and again")

    async def _again_and_again(self, life: Callable[[], Awaitable[None]], is_over: Callable[[], bool]) -> None:
        while not is_over():
            await life()
            await asyncio.sleep(0)

    async def _look_around(self) -> None:
        wanted = CaseFilter(statuses=OPEN)
        self._open = list(await self.cases.cases(self.merchant_id, wanted, None, 200))
        self._reviewed = sum((await self.cases.count_cases(self.merchant_id, REVIEWED)).values())

    async def _time(self) -> None:
        """However busy the machine is: so many acts, so much time."""
        before = self._acts
        while self._acts - before < ACTS_BETWEEN_LEAPS:
            await asyncio.sleep(0.02)
            self._acts += 1  # if nobody acts, time goes on all the same
        seconds = self.chance.choices((0.5, 5, 25, 100, 1000), (30, 20, 3, 1, 0.3))[0]
        self.clock.leap(timedelta(seconds=seconds))
        await self.parts.sweeper.sweep()
        self.wake()
        await self._look_around()

    async def _customer(self) -> None:
        if not self._open:
            await asyncio.sleep(0.02)
            return
        in_a_call = [case for case in self._open if case.call is not None]
        case = self.chance.choice(in_a_call if in_a_call and self.chance.random() < BESIDE else self._open)
        for _ in range(self.chance.randint(1, 4)):
            case = await self.parts.customer.case(case.code)
            await self._attempt(self._next_act(case))

    def _next_act(self, case: VideoKyc) -> Act:
        stage, is_sure = STAGES[case.sub_status], self.chance.random() < SURE
        if stage in {Stage.ASSIGNED, Stage.IN_CALL}:
            return self._in_the_call(case, is_sure=is_sure)
        if stage is Stage.WAITING:
            desk, code = self.parts.customer, case.code
            leave = (partial(desk.leave_queue, code), partial(desk.book, code, self._slot()))
            return partial(desk.standing, code) if is_sure else self.chance.choice(leave)
        return self._forward(case) if is_sure else self._astray(case)

    def _forward(self, case: VideoKyc) -> Act:
        desk, code = self.parts.customer, case.code
        missing = missing_for_call(case, self.clock())
        steps: dict[str, Act] = {
            "consent": partial(desk.consent, code, text="I agree.", client_ip=HOME),
            "details": partial(desk.give_details, code, DETAILS),
            "aadhaar": self._aadhaar(case, RIGHT_OTP),
            "ip": partial(desk.check_ip, code, HOME),
            "location": partial(desk.report_location, code, *IN_INDIA),
            "device": partial(desk.report_device, code, DeviceReport(camera=True, microphone=True)),
        }
        return steps[missing[0]] if missing else partial(desk.join_queue, code)

    def _astray(self, case: VideoKyc) -> Act:
        desk, code = self.parts.customer, case.code
        slow = DeviceReport(camera=True, microphone=True, round_trip_ms=9000)
        return self.chance.choice(
            (
                partial(desk.check_ip, code, ABROAD),
                partial(desk.check_ip, code, THROUGH_A_PROXY),
                partial(desk.refuse_location, code),
                partial(desk.report_location, code, *IN_PARIS),
                partial(desk.report_device, code, DeviceReport(camera=False, microphone=True)),
                partial(desk.report_device, code, DeviceReport(camera=True, microphone=False)),
                partial(desk.report_device, code, slow),
                self._aadhaar(case, WRONG_OTP),
                partial(desk.cancel_aadhaar, code),
                partial(desk.book, code, self._slot()),
                partial(desk.give_back, code),
            )
        )

    def _aadhaar(self, case: VideoKyc, otp: str) -> Act:
        desk, code = self.parts.customer, case.code
        if case.aadhaar.session is not None:
            return partial(desk.finish_aadhaar, code, otp)
        return partial(desk.start_aadhaar, code, AADHAAR, consent=True, consent_text="I agree.", client_ip=HOME)

    def _in_the_call(self, case: VideoKyc, *, is_sure: bool) -> Act:
        desk, code, call = self.parts.customer, case.code, case.calls[-1].id
        if is_sure:
            return partial(desk.join_call, code, call)
        return self.chance.choice((partial(desk.lose_call, code, call), partial(desk.leave_call, code, call)))

    def _slot(self) -> datetime:
        quarter = timedelta(minutes=15)
        start = datetime.fromtimestamp(self.clock().timestamp() // 900 * 900, self.clock().tzinfo)
        return start + quarter * self.chance.randint(1, 8)

    async def _agent(self, who: str) -> None:
        desk = self.parts.agents
        if not await self.parts.roster.is_online(self.merchant_id, who):
            await desk.go_online(self.merchant_id, who)
        mine = await desk.current(self.merchant_id, who)
        if mine is None:
            await self._attempt(partial(desk.accept_next, self.merchant_id, who))
            await asyncio.sleep(0.02)
            return
        await asyncio.gather(*map(self._attempt, self._work(who, mine)))

    def _work(self, who: str, case: VideoKyc) -> Sequence[Act]:
        """What the agent does next; sometimes two things at once, such as deciding twice."""
        desk, whose = self.parts.agents, (self.merchant_id, who, case.id)
        approve, reject = partial(desk.approve, *whose, "Good to go"), partial(desk.reject, *whose, REASON, None)
        if case.call is None or case.call.agent_joined_at is None or case.call.agent_away_since is not None:
            return (partial(desk.join_call, *whose),)
        odd = self.chance.random()
        if odd < 0.04:
            return (self.chance.choice((partial(desk.lose_call, *whose), partial(desk.release, *whose), reject)),)
        missing = desk.missing(case)
        if not missing:
            return (approve, reject, approve) if odd > 0.5 else (approve,)
        return self._interview(whose, case)

    def _interview(self, whose: tuple[str, str, str], case: VideoKyc) -> Sequence[Act]:
        desk = self.parts.agents
        if case.liveness is None or case.liveness.made_at < case.calls[-1].accepted_at:
            return (partial(desk.make_liveness, *whose),)
        judged = [
            partial(desk.judge_question, *whose, one.order, passed=True) for one in case.questions if not one.passed
        ]
        names = ("code", *case.liveness.challenges)
        alive = [
            partial(desk.judge_liveness, *whose, one, passed=True) for one in names if one not in case.liveness.done
        ]
        taken = [partial(desk.note_still, *whose, self._still(kind, case)) for kind in StillKind]
        return (*judged, *alive, *taken)

    def _still(self, kind: StillKind, case: VideoKyc) -> Still:
        name = f"stl_{self.chance.getrandbits(48):012x}"
        return Still(name, kind, case.calls[-1].id, self.clock(), f"stills/{name}", "ab" * 32)

    async def _auditors(self) -> None:
        await asyncio.sleep(0.05)
        for who in (people := await self._people(Role.AUDITOR)):
            page, _ = await self.parts.auditors.pending(self.merchant_id, who, CaseFilter(), None, 5)
            for case in page:
                await asyncio.gather(*(self._attempt(self._review(one, case)) for one in people))

    def _review(self, who: str, case: VideoKyc) -> Act:
        desk = self.parts.auditors
        if self.chance.random() < 0.7:
            return partial(desk.approve, self.merchant_id, who, case.id, "Looks Good")
        return partial(desk.reject, self.merchant_id, who, case.id, REASON, None)

    async def _people(self, role: Role) -> list[str]:
        return [one.id for one in await self.operators.operators(self.merchant_id) if role in one.roles]

    async def _attempt(self, act: Act) -> None:
        self._acts += 1
        with suppress(JourneyError, SourceUnavailable, SyntaxRefused):
            await act()
