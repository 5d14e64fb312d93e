"""The auditor's decision: looked over once more, then made, once.

In: the form of the review screen; the same values again from the page that asks whether one is sure. Out: that page, or
the decision and a redirect.
"""

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.journeys.video_kyc.errors import AlreadyDecided, CaseClosed, StepClosed
from dastak.journeys.video_kyc.template import AGENT_TEMPLATES
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.console.door import Door
from dastak.web.console.review import facts
from dastak.web.console.review.room import PATH, AuditorConsole, case_of, names_of
from dastak.web.console.review.screen import is_reviewable, screen
from dastak.web.console.review.typed import APPROVE, Typed, mistakes_of, typed_of
from dastak.web.console.signed_in import Visit, show
from dastak.web.form import Form


async def decide(room: AuditorConsole, door: Door, visit: Visit, form: Form) -> Response:
    """Ask whether they are sure; decide when they are."""
    case, typed = await case_of(room, visit), typed_of(form)
    if "back" in form:
        return await screen(room, door, visit, case, typed=typed)
    mistakes = mistakes_of(typed, AGENT_TEMPLATES[case.agent_template].audit_reasons)
    if mistakes:
        return await screen(room, door, visit, case, typed=typed, mistakes=mistakes)
    if "sure" in form:
        return await _decided(room, door, visit, case, typed)
    if not is_reviewable(case):
        return door.go(f"{PATH}/{case.id}?late=1" if case.auditor else f"{PATH}/{case.id}?over=1")
    recording = case.recording.reference if case.recording else ""
    views = await room.views.views(case.merchant_id, case.id)
    return show(
        door,
        visit,
        "audit_confirm",
        case=case,
        path=f"{PATH}/{case.id}",
        title=case.name or case.user_id,
        agent=facts.decision(case.agent, await names_of(door, visit)),
        typed=typed,
        approves=typed.decision == APPROVE,
        is_ready=bool(recording),
        was_played=any((view.viewer, view.reference) == (visit.operator.id, recording) for view in views),
    )


async def _decided(room: AuditorConsole, door: Door, visit: Visit, case: VideoKyc, typed: Typed) -> Response:
    """The desk settles who was first; the same decision of the same auditor, sent twice, counts once."""
    merchant_id, auditor_id, remarks = visit.operator.merchant_id, visit.operator.id, typed.remarks or None
    try:
        if typed.decision == APPROVE:
            with door.noting(visit.operator, Deed.AUDITOR_DECIDED, decision="approved"):
                await room.desk.approve(merchant_id, auditor_id, case.id, remarks)
        else:
            with door.noting(visit.operator, Deed.AUDITOR_DECIDED, decision="rejected", reason=typed.reason):
                await room.desk.reject(merchant_id, auditor_id, case.id, typed.reason, remarks)
    except AlreadyDecided:
        return door.go(f"{PATH}/{case.id}?late=1")
    except (CaseClosed, StepClosed):
        return door.go(f"{PATH}/{case.id}?over=1")
    return door.go(f"{PATH}/{case.id}?decided=1")
