"""Ports of Video KYC in memory, for tests of decisions; the real stores have a conformance suite of their own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from dastak.journeys.errors import DuplicateVerificationId
from dastak.journeys.facts import SourceUnavailable
from dastak.journeys.happening import Consent, Message, SealedEvent
from dastak.journeys.paging import Cursor
from dastak.journeys.video_kyc.errors import AgentBusy, DuplicateUserId, SlotUnavailable
from dastak.journeys.video_kyc.ports import CaseFilter, Shift, SlotClaim
from dastak.journeys.video_kyc.precheck import IpFinding
from dastak.journeys.video_kyc.user import VkycUser
from dastak.journeys.video_kyc.video_kyc import VideoKyc


class MemoryCases:
    """Fulfils `VideoKycStore`. Every call lets other tasks go first, so that races are real."""

    def __init__(self) -> None:
        self.rows: dict[str, VideoKyc] = {}
        self.events: list[SealedEvent] = []
        self.messages: list[Message] = []
        self.consents: list[Consent] = []
        self.steps: list[str] = []
        """What was newly come to, by whatever case."""
        self.saves = 0
        self._number = 0

    async def add_case(self, case: VideoKyc, events: Sequence[SealedEvent], messages: Sequence[Message]) -> None:
        await asyncio.sleep(0)
        if await self.case_by_verification_id(case.merchant_id, case.verification_id):
            raise DuplicateVerificationId("used before")
        self.rows[case.id] = case
        self.events += events
        self.messages += messages

    async def save_case(
        self,
        case: VideoKyc,
        events: Sequence[SealedEvent],
        messages: Sequence[Message],
        consent: Consent | None = None,
        claim: SlotClaim | None = None,
        steps: Sequence[str] = (),
    ) -> bool:
        await asyncio.sleep(0)
        if self.rows[case.id].version != case.version:
            return False
        others = [row for row in self.rows.values() if row.merchant_id == case.merchant_id and row.id != case.id]
        if claim and sum(_has_slot(row, claim.at) for row in others) >= claim.places:
            raise SlotUnavailable("full")
        if case.live_agent_id and any(row.live_agent_id == case.live_agent_id for row in others):
            raise AgentBusy("busy")
        self.rows[case.id] = replace(case, version=case.version + 1)
        self.events += events
        self.messages += messages
        self.consents += [consent] if consent else []
        self.saves += 1
        self.steps += steps
        return True

    async def case_by_id(self, merchant_id: str, case_id: str) -> VideoKyc | None:
        return await self._one(lambda row: (row.merchant_id, row.id) == (merchant_id, case_id))

    async def case_by_code(self, code: str) -> VideoKyc | None:
        return await self._one(lambda row: row.code == code)

    async def case_by_verification_id(self, merchant_id: str, verification_id: str) -> VideoKyc | None:
        return await self._one(lambda row: (row.merchant_id, row.verification_id) == (merchant_id, verification_id))

    async def case_by_reference_id(self, merchant_id: str, reference_id: int) -> VideoKyc | None:
        return await self._one(lambda row: (row.merchant_id, row.reference_id) == (merchant_id, reference_id))

    async def case_of_agent(self, merchant_id: str, agent_id: str) -> VideoKyc | None:
        return await self._one(lambda row: (row.merchant_id, row.live_agent_id) == (merchant_id, agent_id))

    async def cases(self, merchant_id: str, wanted: CaseFilter, after: Cursor | None, limit: int) -> Sequence[VideoKyc]:
        rows = [row for row in self.rows.values() if row.merchant_id == merchant_id and _fits(row, wanted)]
        rows.sort(key=lambda row: (row.created_at, row.id), reverse=True)
        return [row for row in rows if after is None or (row.created_at, row.id) < (after.at, after.id)][:limit]

    async def cases_to_review(
        self, merchant_id: str, wanted: CaseFilter, after: Cursor | None, limit: int
    ) -> Sequence[VideoKyc]:
        rows = [
            (row.agent.at, row.id, row)
            for row in self.rows.values()
            if row.merchant_id == merchant_id and row.agent and row.status == "POST_VIDEO_CALL" and _fits(row, wanted)
        ]
        rows.sort(key=lambda one: one[:2])
        return [row for at, id_, row in rows if after is None or (at, id_) > (after.at, after.id)][:limit]

    async def count_cases(self, merchant_id: str, wanted: CaseFilter) -> Mapping[str, int]:
        counted: dict[str, int] = {}
        for row in await self.cases(merchant_id, wanted, None, 10_000):
            counted[row.sub_status] = counted.get(row.sub_status, 0) + 1
        return counted

    async def waiting(self, merchant_id: str, limit: int) -> Sequence[VideoKyc]:
        await asyncio.sleep(0)
        rows = [(r.queue.priority, r.queue.since, r.id, r) for r in self._of(merchant_id) if r.queue]
        return [row[3] for row in sorted(rows, key=lambda one: one[:3])][:limit]

    async def waiting_ahead(self, case: VideoKyc) -> int:
        ids = [row.id for row in await self.waiting(case.merchant_id, 10_000)]
        return ids.index(case.id) if case.id in ids else 0

    async def handling_times(self, merchant_id: str, limit: int) -> Sequence[timedelta]:
        rows = sorted(((r.agent.at, r) for r in self._of(merchant_id) if r.agent), key=lambda one: one[0], reverse=True)
        return [row.handling_time for _, row in rows[:limit] if row.handling_time is not None]

    async def slots_booked(self, merchant_id: str, start: datetime, end: datetime) -> Mapping[datetime, int]:
        booked: dict[datetime, int] = {}
        for row in self._of(merchant_id):
            if row.schedule and start <= row.schedule.at < end:
                booked[row.schedule.at] = booked.get(row.schedule.at, 0) + 1
        return booked

    async def cases_due(self, now: datetime, limit: int) -> Sequence[VideoKyc]:
        due = [(row.due_at, row.id, row) for row in self.rows.values() if row.due_at and row.due_at <= now]
        return [row for _, _, row in sorted(due, key=lambda one: one[:2])][:limit]

    async def next_due(self) -> datetime | None:
        return min((row.due_at for row in self.rows.values() if row.due_at), default=None)

    async def next_reference_id(self) -> int:
        self._number += 1
        return self._number

    def _of(self, merchant_id: str) -> list[VideoKyc]:
        return [row for row in self.rows.values() if row.merchant_id == merchant_id]

    async def _one(self, fits: Callable[[VideoKyc], bool]) -> VideoKyc | None:
        await asyncio.sleep(0)
        return next((row for row in self.rows.values() if fits(row)), None)


class MemoryUsers:
    """Fulfils `UserStore`."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], VkycUser] = {}

    async def add_user(self, user: VkycUser) -> None:
        if (user.merchant_id, user.user_id) in self.rows:
            raise DuplicateUserId("there is one")
        self.rows[user.merchant_id, user.user_id] = user

    async def save_user(self, user: VkycUser) -> bool:
        if self.rows[user.merchant_id, user.user_id].version != user.version:
            return False
        self.rows[user.merchant_id, user.user_id] = replace(user, version=user.version + 1)
        return True

    async def user_by_id(self, merchant_id: str, user_id: str) -> VkycUser | None:
        return self.rows.get((merchant_id, user_id))

    async def user_by_reference_id(self, merchant_id: str, user_reference_id: int) -> VkycUser | None:
        found = (user for (merchant, _), user in self.rows.items() if merchant == merchant_id)
        return next((user for user in found if user.user_reference_id == user_reference_id), None)


@dataclass
class Roster:
    """Fulfils `AgentRoster`: two agents from six to noon UTC, every day."""

    who: set[str]
    agents: int = 2
    merchant_id: str = "mer_1"

    async def shifts(self, merchant_id: str, start: datetime, end: datetime) -> Sequence[Shift]:
        days = [start.replace(hour=0, minute=0, second=0) + timedelta(days=n) for n in range((end - start).days + 2)]
        agents = self.agents if merchant_id == self.merchant_id else 0
        return [Shift(day + timedelta(hours=6), day + timedelta(hours=12), agents) for day in days]

    async def online(self, merchant_id: str) -> int:
        return len(self.who) if merchant_id == self.merchant_id else 0

    async def set_online(self, merchant_id: str, agent_id: str, *, online: bool) -> None:
        if merchant_id == self.merchant_id:
            (self.who.add if online else self.who.discard)(agent_id)

    async def is_online(self, merchant_id: str, agent_id: str) -> bool:
        return merchant_id == self.merchant_id and agent_id in self.who


class Merchants:
    """Fulfils `MerchantBook`."""

    own: Mapping[str, tuple[str, str]] = MappingProxyType({})
    """Words of messages."""

    async def merchant_name(self, merchant_id: str) -> str:
        return {"mer_1": "Asha Bank"}[merchant_id]

    async def own_words(self, merchant_id: str, kind: str) -> tuple[str, str] | None:
        return {"mer_1": self.own}[merchant_id].get(kind)

    async def signing_secret(self, merchant_id: str) -> str:
        return f"dks_secret_of_{merchant_id}"


@dataclass
class Addresses:
    """Fulfils `IpSource`: every address is what the test says."""

    finding: IpFinding | None = field(default_factory=lambda: IpFinding("IN", is_proxy=False))
    asked: list[str] = field(default_factory=list)

    async def look_up(self, address: str) -> IpFinding:
        self.asked.append(address)
        if self.finding is None:
            raise SourceUnavailable
        return self.finding


def _has_slot(row: VideoKyc, at: datetime) -> bool:
    return row.schedule is not None and row.schedule.at == at


def _fits(row: VideoKyc, wanted: CaseFilter) -> bool:
    reviewed = row.auditor.at if row.auditor else None
    return all(
        (
            wanted.statuses is None or row.status in wanted.statuses,
            wanted.sub_statuses is None or row.sub_status in wanted.sub_statuses,
            wanted.user_reference_id is None or row.user_reference_id == wanted.user_reference_id,
            wanted.phone is None or row.phone == wanted.phone,
            wanted.agent_id is None or (row.agent is not None and row.agent.operator_id == wanted.agent_id),
            wanted.auditor_id is None or (row.auditor is not None and row.auditor.operator_id == wanted.auditor_id),
            wanted.created_from is None or row.created_at >= wanted.created_from,
            wanted.created_until is None or row.created_at < wanted.created_until,
            wanted.reviewed_from is None or (reviewed is not None and reviewed >= wanted.reviewed_from),
            wanted.reviewed_until is None or (reviewed is not None and reviewed < wanted.reviewed_until),
        )
    )
