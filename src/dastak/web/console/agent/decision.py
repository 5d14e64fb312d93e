"""How a case leaves the agent: approved, rejected, or given back to the queue.

In: forms of the case's page. Out: the page of calls, which says what was done and offers the next customer. The room is
closed behind it; a room that cannot be closed ends by itself, and nobody waits for that.
"""

import structlog
from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.console.agent.acting import Act, NotAChoice, acted
from dastak.web.console.agent.console import CALLS, AgentConsole, go, who
from dastak.web.console.agent.interview import REMARKS_LIMIT
from dastak.web.console.door import Door
from dastak.web.console.signed_in import Visit
from dastak.web.form import Form

log = structlog.get_logger("dastak.web.console")


async def approve(console: AgentConsole, door: Door, visit: Visit, form: Form) -> Response:
    """`remarks`: for the auditor, may be empty."""

    async def act() -> VideoKyc:
        with door.noting(visit.operator, Deed.AGENT_DECIDED, decision="approved"):
            return await console.desk.approve(*who(visit), _remarks(form))

    return await _leave(console, door, visit, act, "approved")


async def reject(console: AgentConsole, door: Door, visit: Visit, form: Form) -> Response:
    """`reason`: of the template's list; `remarks` may be empty."""

    async def act() -> VideoKyc:
        reason = form.get("reason", "")
        with door.noting(visit.operator, Deed.AGENT_DECIDED, decision="rejected", reason=reason):
            return await console.desk.reject(*who(visit), reason, _remarks(form))

    return await _leave(console, door, visit, act, "rejected")


async def release(console: AgentConsole, door: Door, visit: Visit, form: Form) -> Response:
    """Give the customer back."""
    del form

    async def act() -> VideoKyc:
        with door.noting(visit.operator, Deed.CASE_GIVEN_BACK):
            return await console.desk.release(*who(visit))

    return await _leave(console, door, visit, act, "released")


async def _leave(console: AgentConsole, door: Door, visit: Visit, act: Act, news: str) -> Response:
    async def then(case: VideoKyc) -> Response:
        try:
            await console.rooms.close(console.seat(case, Party.AGENT))
        except Exception as problem:  # noqa: BLE001 - the decision stands
            log.warning("room_not_closed", call_id=case.calls[-1].id, error=type(problem).__name__)
        return go(door, visit, f"{CALLS}?news={news}")

    return await acted(console, door, visit, act, then)


def _remarks(form: Form) -> str | None:
    remarks = form.get("remarks", "").replace("\r\n", "\n")
    if len(remarks) > REMARKS_LIMIT:
        raise NotAChoice("too_long")
    return remarks or None
