"""The agent's side of a Video KYC: what the console calls.

In: the operator and what the operator did. Out: the case as it stands, or an error from `errors`. Whoever calls has
made sure that the operator is an agent of the merchant, and signed in.
"""

from collections.abc import Sequence
from contextlib import suppress

from dastak.journeys.errors import IllegalSignal
from dastak.journeys.merchants import MerchantBook
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.chance import are_drawn, draw_liveness, draw_questions
from dastak.journeys.video_kyc.errors import (
    AgentBusy,
    AlreadyDecided,
    CaseClosed,
    CaseNotFound,
    NotReady,
    NotWaiting,
    NotYours,
    UnknownReason,
)
from dastak.journeys.video_kyc.in_call import missing_for_approval
from dastak.journeys.video_kyc.interview import SecurityQuestion, Still
from dastak.journeys.video_kyc.moving import Change, Find, Mover
from dastak.journeys.video_kyc.ports import AgentRoster, Surroundings, VideoKycStore
from dastak.journeys.video_kyc.signal import (
    Accepted,
    AgentDecided,
    Away,
    Joined,
    LivenessJudged,
    LivenessMade,
    Noted,
    QuestionJudged,
    Released,
    Signal,
    StillTaken,
    TimeUp,
)
from dastak.journeys.video_kyc.template import AGENT_TEMPLATES
from dastak.journeys.video_kyc.video_kyc import VideoKyc

TRIED_AT_ONCE = 20
"""Heads of the queue that one request for the next customer tries."""


class AgentDesk:
    """Everything an agent can do."""

    def __init__(
        self, store: VideoKycStore, roster: AgentRoster, merchants: MerchantBook, surroundings: Surroundings
    ) -> None:
        self._store = store
        self._roster = roster
        self._here = surroundings
        self._mover = Mover(store, merchants, surroundings)

    async def go_online(self, merchant_id: str, agent_id: str) -> None:
        """The agent takes calls."""
        await self._roster.set_online(merchant_id, agent_id, online=True)

    async def go_offline(self, merchant_id: str, agent_id: str) -> None:
        """The agent takes no further calls; one under way goes on."""
        await self._roster.set_online(merchant_id, agent_id, online=False)

    async def queue(self, merchant_id: str, limit: int = 50) -> Sequence[VideoKyc]:
        """Who waits, the next first."""
        return await self._store.waiting(merchant_id, limit)

    async def current(self, merchant_id: str, agent_id: str) -> VideoKyc | None:
        """The case that the agent has, to resume after a crash too; None for none."""
        case = await self._store.case_of_agent(merchant_id, agent_id)
        if case is None or case.due_at is None or self._here.now() < case.due_at:
            return case
        with suppress(IllegalSignal, CaseClosed):  # its time is over: let the clock say what has become of it
            await self._mover.signal(self._finder(merchant_id, case.id), TimeUp())
        return await self._store.case_of_agent(merchant_id, agent_id)

    async def accept(self, merchant_id: str, agent_id: str, case_id: str) -> VideoKyc:
        """Take this customer. Of many agents who try at once, exactly one does.

        Raises:
            NotReady: the agent is not online.
            AgentBusy: the agent has another case.
            NotWaiting: another agent was first, or the customer has left.
        """
        if not await self._roster.is_online(merchant_id, agent_id):
            raise NotReady(("online",))
        mine = await self.current(merchant_id, agent_id)
        if mine is not None and mine.id != case_id:
            raise AgentBusy("end the case that you have first")
        if mine is not None:
            return mine
        call_id = self._here.new_id("call")

        def decide(case: VideoKyc) -> Change:
            return self._mover.moved(case, Accepted(call_id, agent_id, self._questions(case)))

        return await self._mover.change(self._finder(merchant_id, case_id), decide)

    def _questions(self, case: VideoKyc) -> tuple[SecurityQuestion, ...]:
        """Other ones than in the call before, unless they are the merchant's own; empty: the case's stay."""
        template = AGENT_TEMPLATES[case.agent_template]
        if not case.calls or not are_drawn(case.questions, template):
            return ()
        return draw_questions(self._here.new_seed(), template, case.questions)

    async def accept_next(self, merchant_id: str, agent_id: str) -> VideoKyc | None:
        """Take whoever is next; None when nobody waits. Raises as `accept`, but for `NotWaiting`."""
        for case in await self._store.waiting(merchant_id, TRIED_AT_ONCE):
            try:
                return await self.accept(merchant_id, agent_id, case.id)
            except (NotWaiting, CaseClosed):
                continue
        return None

    async def read(self, merchant_id: str, agent_id: str, case_id: str) -> VideoKyc:
        """The agent's own case. Raises `NotYours`."""
        return await self._mine(merchant_id, agent_id, case_id)

    async def join_call(self, merchant_id: str, agent_id: str, case_id: str) -> VideoKyc:
        """The agent's connection stands, or stands again."""
        case = await self._mine(merchant_id, agent_id, case_id)
        return await self._work(case, agent_id, Joined(Party.AGENT, case.calls[-1].id))

    async def lose_call(self, merchant_id: str, agent_id: str, case_id: str) -> VideoKyc:
        """The agent's connection is lost; the customer waits for the agent, but not for long."""
        case = await self._mine(merchant_id, agent_id, case_id)
        return await self._work(case, agent_id, Away(Party.AGENT, case.calls[-1].id))

    async def release(self, merchant_id: str, agent_id: str, case_id: str) -> VideoKyc:
        """Give the customer back, to the front of the queue."""
        case = await self._mine(merchant_id, agent_id, case_id)
        return await self._work(case, agent_id, Released(case.calls[-1].id))

    async def judge_question(
        self, merchant_id: str, agent_id: str, case_id: str, order: int, *, passed: bool
    ) -> VideoKyc:
        """Pass or fail an answer; it can be changed until the decision."""
        case = await self._mine(merchant_id, agent_id, case_id)
        return await self._work(case, agent_id, QuestionJudged(order, passed=passed))

    async def make_liveness(self, merchant_id: str, agent_id: str, case_id: str) -> VideoKyc:
        """Draw the code and the challenges of this call; asked again before they are confirmed, they are drawn anew."""
        case = await self._mine(merchant_id, agent_id, case_id)
        template = AGENT_TEMPLATES[case.agent_template]
        drawn = draw_liveness(self._here.new_seed(), template, self._here.now())
        return await self._work(case, agent_id, LivenessMade(drawn))

    async def judge_liveness(
        self, merchant_id: str, agent_id: str, case_id: str, name: str, *, passed: bool
    ) -> VideoKyc:
        """Say whether the code was read (`code`), or a challenge done (its name)."""
        case = await self._mine(merchant_id, agent_id, case_id)
        return await self._work(case, agent_id, LivenessJudged(name, passed=passed))

    async def note_still(self, merchant_id: str, agent_id: str, case_id: str, still: Still) -> VideoKyc:
        """A picture was taken of the call and is in the storage."""
        case = await self._mine(merchant_id, agent_id, case_id)
        return await self._work(case, agent_id, StillTaken(still))

    async def write_notes(self, merchant_id: str, agent_id: str, case_id: str, notes: str) -> VideoKyc:
        """Notes for the auditor; the latest text counts."""
        case = await self._mine(merchant_id, agent_id, case_id)
        return await self._work(case, agent_id, Noted(notes))

    def missing(self, case: VideoKyc) -> tuple[str, ...]:
        """What is to be done before an approval."""
        return missing_for_approval(case)

    async def approve(self, merchant_id: str, agent_id: str, case_id: str, remarks: str | None) -> VideoKyc:
        """End the call with an approval. Raises `NotReady`, `NotYours`, `AlreadyDecided`."""
        return await self._decide(merchant_id, agent_id, case_id, approved=True, remarks=remarks, reason=None)

    async def reject(self, merchant_id: str, agent_id: str, case_id: str, reason: str, remarks: str | None) -> VideoKyc:
        """End the call with a rejection. Raises `UnknownReason`, `NotYours`, `AlreadyDecided`."""
        return await self._decide(merchant_id, agent_id, case_id, approved=False, remarks=remarks, reason=reason)

    async def _decide(
        self, merchant_id: str, agent_id: str, case_id: str, *, approved: bool, remarks: str | None, reason: str | None
    ) -> VideoKyc:
        def decide(case: VideoKyc) -> Change:
            if reason is not None and reason not in AGENT_TEMPLATES[case.agent_template].reject_reasons:
                raise UnknownReason("choose a reason of the list")
            link = self._here.recording_link(case)
            return self._mover.moved(case, AgentDecided(agent_id, approved, remarks or None, reason, link))

        find = self._finder(merchant_id, case_id)
        try:
            return await self._mover.change(find, decide)
        except AlreadyDecided:
            case = await find()
            before = case.agent
            if before is None or (before.operator_id, before.approved, before.reason) != (agent_id, approved, reason):
                raise
            return case  # the same decision, sent twice

    async def _work(self, case: VideoKyc, agent_id: str, signal: Signal) -> VideoKyc:
        """The signal, if the case is still the agent's when it is committed."""
        merchant_id, case_id = case.merchant_id, case.id
        return await self._mover.signal(lambda: self._mine(merchant_id, agent_id, case_id), signal)

    async def _mine(self, merchant_id: str, agent_id: str, case_id: str) -> VideoKyc:
        case = await self._finder(merchant_id, case_id)()
        if case.live_agent_id != agent_id:
            raise NotYours("this case is not with you")
        return case

    def _finder(self, merchant_id: str, case_id: str) -> Find:
        async def find() -> VideoKyc:
            case = await self._store.case_by_id(merchant_id, case_id)
            if case is None:
                raise CaseNotFound("no such case")
            return case

        return find
