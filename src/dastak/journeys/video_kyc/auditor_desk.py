"""The auditor's side of a Video KYC: what the console calls.

In: the operator and what the operator decided. Out: cases, counters, or an error from `errors`. Whoever calls has made
sure that the operator is an auditor of the merchant, and signed in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dastak.journeys.merchants import MerchantBook
from dastak.journeys.paging import Cursor
from dastak.journeys.video_kyc.errors import AlreadyDecided, AuditorIsAgent, CaseNotFound, UnknownReason
from dastak.journeys.video_kyc.moving import Change, Mover
from dastak.journeys.video_kyc.ports import CaseFilter, Surroundings, VideoKycStore
from dastak.journeys.video_kyc.signal import AuditorDecided
from dastak.journeys.video_kyc.table import STAGES, Stage
from dastak.journeys.video_kyc.template import AGENT_TEMPLATES
from dastak.journeys.video_kyc.video_kyc import VideoKyc

APPROVED, REJECTED = "AUDITOR_APPROVED", "AUDITOR_REJECTED"


class AuditorDesk:
    """Everything an auditor can do."""

    def __init__(self, store: VideoKycStore, merchants: MerchantBook, surroundings: Surroundings) -> None:
        self._store = store
        self._mover = Mover(store, merchants, surroundings)

    async def pending(
        self, merchant_id: str, auditor_id: str, wanted: CaseFilter, after: Cursor | None, limit: int
    ) -> tuple[Sequence[VideoKyc], Cursor | None]:
        """A page of what waits for review, oldest first, and where the next one begins.

        Cases in which the auditor took a call are left out, so a page may be short and still have a next one.
        """
        rows = await self._store.cases_to_review(merchant_id, wanted, after, limit + 1)
        page = rows[:limit]
        last = page[-1] if page else None
        following = Cursor(last.agent.at, last.id) if last and last.agent and len(rows) > limit else None
        return [case for case in page if auditor_id not in case.agent_ids], following

    async def reviewed(
        self, merchant_id: str, wanted: CaseFilter, after: Cursor | None, limit: int
    ) -> tuple[Sequence[VideoKyc], Cursor | None]:
        """A page of what was reviewed, newest case first; the filter says by whom, when, and how it ended."""
        only = {APPROVED, REJECTED} & set(wanted.sub_statuses or (APPROVED, REJECTED))
        if not only:
            return [], None
        narrowed = replace(wanted, sub_statuses=tuple(sorted(only)))
        rows = await self._store.cases(merchant_id, narrowed, after, limit + 1)
        page = rows[:limit]
        return page, Cursor(page[-1].created_at, page[-1].id) if len(rows) > limit else None

    async def counts(self, merchant_id: str, wanted: CaseFilter) -> Mapping[str, int]:
        """`pending`, `approved`, `rejected`; the filter's times and people concern the last two."""
        reviewed = await self._store.count_cases(merchant_id, replace(wanted, sub_statuses=(APPROVED, REJECTED)))
        decided = CaseFilter(sub_statuses=("AGENT_APPROVED", "AGENT_REJECTED"))
        waiting = await self._store.count_cases(merchant_id, decided)
        return {
            "pending": sum(waiting.values()),
            "approved": reviewed.get(APPROVED, 0),
            "rejected": reviewed.get(REJECTED, 0),
        }

    async def read(self, merchant_id: str, auditor_id: str, case_id: str) -> VideoKyc:
        """A case that is decided or reviewed.

        Raises:
            CaseNotFound: there is none, or it has not come so far.
            AuditorIsAgent: the auditor took a call of it.
        """
        case = await self._found(merchant_id, case_id)
        if STAGES[case.sub_status] not in {Stage.DECIDED, Stage.REVIEWED} and case.agent is None:
            raise CaseNotFound("no such case to review")
        if auditor_id in case.agent_ids:
            raise AuditorIsAgent("the auditor of a case is never its agent")
        return case

    async def approve(self, merchant_id: str, auditor_id: str, case_id: str, remarks: str | None) -> VideoKyc:
        """The final good outcome. Raises `AuditorIsAgent`, `AlreadyDecided`."""
        return await self._decide(merchant_id, case_id, AuditorDecided(auditor_id, True, remarks or None, None))

    async def reject(
        self, merchant_id: str, auditor_id: str, case_id: str, reason: str, remarks: str | None
    ) -> VideoKyc:
        """The final bad outcome. Raises `UnknownReason`, `AuditorIsAgent`, `AlreadyDecided`."""
        return await self._decide(merchant_id, case_id, AuditorDecided(auditor_id, False, remarks or None, reason))

    async def _decide(self, merchant_id: str, case_id: str, signal: AuditorDecided) -> VideoKyc:
        def decide(case: VideoKyc) -> Change:
            if not signal.approved and signal.reason not in AGENT_TEMPLATES[case.agent_template].audit_reasons:
                raise UnknownReason("choose a reason of the list")
            return self._mover.moved(case, signal)

        try:
            return await self._mover.change(lambda: self._found(merchant_id, case_id), decide)
        except AlreadyDecided:
            case = await self._found(merchant_id, case_id)
            before, same = case.auditor, (signal.auditor_id, signal.approved, signal.reason)
            if before is None or (before.operator_id, before.approved, before.reason) != same:
                raise
            return case  # the same decision, sent twice

    async def _found(self, merchant_id: str, case_id: str) -> VideoKyc:
        case = await self._store.case_by_id(merchant_id, case_id)
        if case is None:
            raise CaseNotFound("no such case")
        return case
