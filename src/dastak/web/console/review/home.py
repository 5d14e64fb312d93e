"""The auditor's first page: how much waits, and how reviews of some days have ended.

In: days and whose reviews. Out: the page, or a redirect to the case that has waited longest.
"""

from starlette.responses import Response

from dastak.journeys.video_kyc.ports import CaseFilter
from dastak.web.console.door import Door
from dastak.web.console.review.narrowing import narrowing
from dastak.web.console.review.room import PATH, PENDING, AuditorConsole
from dastak.web.console.signed_in import Visit, show

LOOKED_THROUGH = 50
"""Cases of the queue that are looked through for one that the auditor may review."""


async def show_home(room: AuditorConsole, door: Door, visit: Visit) -> Response:
    """The counters."""
    merchant_id, wanted = visit.operator.merchant_id, narrowing(visit.request.query_params)
    counts = await room.desk.counts(merchant_id, wanted.reviewed(visit.operator.id))
    waiting = await room.cases.count_cases(merchant_id, CaseFilter(sub_statuses=("AGENT_APPROVED", "AGENT_REJECTED")))
    return show(
        door,
        visit,
        "audit_home",
        422 if wanted.mistakes else 200,
        counts=counts,
        agent_approved=waiting.get("AGENT_APPROVED", 0),
        agent_rejected=waiting.get("AGENT_REJECTED", 0),
        wanted=wanted,
        mistakes=wanted.mistakes,
        wrong={field for field, _ in wanted.mistakes},
    )


async def go_to_next(room: AuditorConsole, door: Door, visit: Visit) -> Response:
    """The oldest case that this auditor may review; the list, when there is none."""
    merchant_id, auditor_id = visit.operator.merchant_id, visit.operator.id
    cases, _ = await room.desk.pending(merchant_id, auditor_id, CaseFilter(), None, LOOKED_THROUGH)
    return door.go(f"{PATH}/{cases[0].id}" if cases else PENDING)
