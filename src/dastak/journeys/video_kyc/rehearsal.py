"""A Video KYC of the sandbox, gone through without people: each act does what customer, agent or auditor does.

In: the case and the name of an act. Out: the case as it stands, with the events that such an act makes; or an error of
the desks. There is no picture and no sound, so a rehearsed call has no recording. `/api/v1/sandbox` calls it, in the
sandbox alone.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from dastak.journeys.video_kyc.agent_desk import AgentDesk
from dastak.journeys.video_kyc.auditor_desk import AuditorDesk
from dastak.journeys.video_kyc.before_call import missing_for_call
from dastak.journeys.video_kyc.case_desk import CaseDesk
from dastak.journeys.video_kyc.desk import CustomerDesk
from dastak.journeys.video_kyc.errors import AgentBusy, NotReady, SlotUnavailable, StepClosed
from dastak.journeys.video_kyc.in_call import missing_for_approval
from dastak.journeys.video_kyc.interview import Still, StillKind
from dastak.journeys.video_kyc.precheck import DeviceReport
from dastak.journeys.video_kyc.template import AGENT_TEMPLATES, USER_TEMPLATES
from dastak.journeys.video_kyc.video_kyc import VideoKyc

CONSENT = "A rehearsal in the sandbox: nobody was asked."
HOME, IN_INDIA = "203.0.113.9", (18.52, 73.86, 20.0)
NOT_AT_ONCE = timedelta(hours=1)
"""A slot that is so far away is not under way when the customer comes to the queue."""
MOST_AGENTS = 20
"""Rehearsed calls that one merchant can have at the same time."""


class Staff(Protocol):
    """The operators who act in rehearsals; they are made when they are first needed."""

    async def agent(self, merchant_id: str, place: int) -> str:
        """The id of the agent of that number, from 0."""

    async def auditor(self, merchant_id: str) -> str: ...


class Pictures(Protocol):
    """Where an agent's pictures would come from."""

    async def keep(self, case: VideoKyc, kind: StillKind, now: datetime) -> Still:
        """A picture in the storage that says what it is."""


@dataclass(frozen=True, slots=True)
class CaseRehearsal:
    """The acts."""

    customer: CustomerDesk
    agents: AgentDesk
    auditors: AuditorDesk
    merchant: CaseDesk
    staff: Staff
    pictures: Pictures
    now: Callable[[], datetime]
    right: tuple[str, str]
    """Aadhaar number and OTP that are confirmed."""
    wrong: str
    """An Aadhaar number that is not."""
    proxy: str
    """An address that is a proxy's."""

    def acts(self) -> Mapping[str, Callable[[VideoKyc], Awaitable[VideoKyc]]]:
        """By name."""
        return {
            "customer_passes_aadhaar": self._pass_aadhaar,
            "customer_fails_aadhaar": lambda case: self._start_aadhaar(case, self.wrong),
            "customer_fails_precheck": lambda case: self.customer.check_ip(case.code, self.proxy),
            "customer_books": self._book,
            "customer_queues": self._queue,
            "call_starts": self._start_call,
            "customer_drops_off": self._drop_off,
            "agent_approves": self._approve,
            "agent_rejects": self._reject,
            "auditor_approves": self._pass_review,
            "auditor_rejects": self._fail_review,
            "link_expires": lambda case: self.merchant.cancel(case.merchant_id, case.verification_id),
        }

    async def _start_aadhaar(self, case: VideoKyc, number: str) -> VideoKyc:
        if case.consented_at is None:
            await self.customer.consent(case.code, text=CONSENT, client_ip=HOME)
        return await self.customer.start_aadhaar(case.code, number, consent=True, consent_text=CONSENT, client_ip=HOME)

    async def _pass_aadhaar(self, case: VideoKyc) -> VideoKyc:
        number, otp = self.right
        if case.aadhaar.session is None:
            await self._start_aadhaar(case, number)
        return await self.customer.finish_aadhaar(case.code, otp)

    async def _book(self, case: VideoKyc) -> VideoKyc:
        await self.staff.agent(case.merchant_id, 0)
        slots = await self.customer.slots(case.code, self.now() + NOT_AT_ONCE)
        if not slots:
            raise SlotUnavailable("every time that can be booked is taken")
        return await self.customer.book(case.code, slots[0].at)

    async def _queue(self, case: VideoKyc) -> VideoKyc:
        """Whatever is missing before the call is done first."""
        desk, code = self.customer, case.code
        fields = USER_TEMPLATES[case.user_template].fields
        details = {field.name: field.choices[0] if field.choices else "Rehearsal" for field in fields}
        steps: Mapping[str, Callable[[], Awaitable[object]]] = {
            "consent": lambda: desk.consent(code, text=CONSENT, client_ip=HOME),
            "details": lambda: desk.give_details(code, details),
            "aadhaar": lambda: self._pass_aadhaar(case),
            "ip": lambda: desk.check_ip(code, HOME),
            "location": lambda: desk.report_location(code, *IN_INDIA),
            "device": lambda: desk.report_device(code, DeviceReport(camera=True, microphone=True)),
        }
        for name in missing_for_call(case, self.now()):
            await steps[name]()
        return await desk.join_queue(code)

    async def _start_call(self, case: VideoKyc) -> VideoKyc:
        """A free agent of the rehearsal takes this very customer, and both are in the room."""
        for place in range(MOST_AGENTS):
            agent = await self.staff.agent(case.merchant_id, place)
            await self.agents.go_online(case.merchant_id, agent)
            try:
                taken = await self.agents.accept(case.merchant_id, agent, case.id)
            except AgentBusy:
                continue
            finally:
                await self.agents.go_offline(case.merchant_id, agent)
            await self.agents.join_call(case.merchant_id, agent, case.id)
            return await self.customer.join_call(case.code, taken.calls[-1].id)
        raise AgentBusy(f"{MOST_AGENTS} rehearsed calls are under way; end one first")

    async def _drop_off(self, case: VideoKyc) -> VideoKyc:
        if case.call is None:
            raise StepClosed("there is no call")
        return await self.customer.leave_call(case.code, case.call.id)

    async def _approve(self, case: VideoKyc) -> VideoKyc:
        """Whatever an approval needs is done first."""
        agent = self._agent(case)
        whose = (case.merchant_id, agent, case.id)
        for question in case.questions:
            if question.passed is None:
                await self.agents.judge_question(*whose, question.order, passed=True)
        if case.liveness is None or not case.liveness.is_passed:
            case = await self.agents.make_liveness(*whose)
            for name in ("code", *(case.liveness.challenges if case.liveness else ())):
                case = await self.agents.judge_liveness(*whose, name, passed=True)
        for missing in missing_for_approval(case):
            if missing.endswith("_still"):
                still = await self.pictures.keep(case, StillKind(missing.removesuffix("_still")), self.now())
                await self.agents.note_still(*whose, still)
        return await self.agents.approve(*whose, "Approved in a rehearsal.")

    async def _reject(self, case: VideoKyc) -> VideoKyc:
        reason = AGENT_TEMPLATES[case.agent_template].reject_reasons[0]
        agent = self._agent(case)
        return await self.agents.reject(case.merchant_id, agent, case.id, reason, "Rejected in a rehearsal.")

    async def _pass_review(self, case: VideoKyc) -> VideoKyc:
        auditor = await self.staff.auditor(case.merchant_id)
        return await self.auditors.approve(case.merchant_id, auditor, case.id, "Approved in a rehearsal.")

    async def _fail_review(self, case: VideoKyc) -> VideoKyc:
        auditor = await self.staff.auditor(case.merchant_id)
        reason = AGENT_TEMPLATES[case.agent_template].audit_reasons[0]
        return await self.auditors.reject(case.merchant_id, auditor, case.id, reason, "Rejected in a rehearsal.")

    def _agent(self, case: VideoKyc) -> str:
        if case.live_agent_id is None:
            raise NotReady(("call",))
        return case.live_agent_id
