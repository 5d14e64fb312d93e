"""The review screen of one case, and the stream that keeps it up to date.

In: a case; what an auditor typed, when the form comes back with a mistake. Out: the page; news of its recording and of
its decision.
"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from dastak.journeys.video_kyc.errors import AuditorIsAgent, CaseNotFound
from dastak.journeys.video_kyc.table import STAGES, Stage
from dastak.journeys.video_kyc.template import AGENT_TEMPLATES
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.console.door import Door
from dastak.web.console.review import facts
from dastak.web.console.review.recording import COMPOSING, for_stream, recording_state
from dastak.web.console.review.room import PATH, AuditorConsole, case_of, names_of
from dastak.web.console.review.typed import NOTHING, REMARKS_LIMIT, Typed
from dastak.web.console.review.words import exact
from dastak.web.console.signed_in import Visit, show
from dastak.web.event_stream import event_stream
from dastak.web.page_headers import PAGE_HEADERS

SAVED = "Your decision is saved, and the company is told."
OVER = "The time for reviewing this case is over. What you sent was not saved."
LATE = "{} on this case before: see below. What you sent just now was not saved."


async def show_case(room: AuditorConsole, door: Door, visit: Visit) -> Response:
    """Everything about the case, and the form of the decision while it is open."""
    case, query = await case_of(room, visit), visit.request.query_params
    warning = OVER if "over" in query else ""
    if "late" in query and case.auditor is not None:
        is_own = case.auditor.operator_id == visit.operator.id
        name = (await names_of(door, visit)).get(case.auditor.operator_id, "Somebody else")
        warning = LATE.format("You have decided" if is_own else f"{name} has decided")
    return await screen(room, door, visit, case, notice=SAVED if "decided" in query else "", warning=warning)


async def screen(
    room: AuditorConsole,
    door: Door,
    visit: Visit,
    case: VideoKyc,
    *,
    typed: Typed = NOTHING,
    mistakes: tuple[tuple[str, str], ...] = (),
    notice: str = "",
    warning: str = "",
) -> Response:
    """The page."""
    await door.sees(visit.operator, case.id, "review")
    names = await names_of(door, visit)
    recording = await recording_state(room, case)
    views = await room.views.views(case.merchant_id, case.id)
    is_open = is_reviewable(case)
    return show(
        door,
        visit,
        "audit_review",
        422 if mistakes else 200,
        case=case,
        path=f"{PATH}/{case.id}",
        title=case.name or case.user_id,
        head=facts.head(case, visit.now),
        recording=recording,
        sha256=case.recording.sha256 if case.recording else "",
        pictures=facts.pictures(case),
        older_pictures=facts.older_pictures(case),
        checks=facts.checks(case),
        groups=facts.groups(case),
        questions=facts.questions(case),
        liveness=facts.liveness(case),
        as_drawn=case.liveness is not None and facts.is_as_drawn(case, case.liveness),
        drawn_at=exact(case.liveness.made_at) if case.liveness else "",
        calls=facts.calls(case, names),
        agent=facts.decision(case.agent, names),
        auditor=facts.decision(case.auditor, names),
        timeline=facts.timeline(case, names),
        views=facts.seen(case, views, names),
        is_open=is_open,
        is_live=is_open or recording.state == COMPOSING,
        reasons=AGENT_TEMPLATES[case.agent_template].audit_reasons,
        limit=REMARKS_LIMIT,
        typed=typed,
        notice=notice,
        warning=warning,
        mistakes=mistakes,
        wrong={field for field, _ in mistakes},
    )


async def stream_case(room: AuditorConsole, _door: Door, visit: Visit) -> Response:
    """News of the recording and of the decision."""
    case = await case_of(room, visit)

    async def look() -> Mapping[str, Any] | None:
        try:
            now = await case_of(room, visit)
        except (CaseNotFound, AuditorIsAgent):
            return None
        return {"recording": for_stream(await recording_state(room, now)), "open": is_reviewable(now)}

    return event_stream(look, room.bell, case.id, PAGE_HEADERS)


def is_reviewable(case: VideoKyc) -> bool:
    """Whether an auditor can decide on it."""
    return STAGES[case.sub_status] is Stage.DECIDED
