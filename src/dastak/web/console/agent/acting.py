"""How every act on a case is answered: the page anew, its pieces for a script, or in words why it was not done.

In: what to do. Out: a response. A case that is not with the agent any more is said plainly, with a way on, wherever it
is noticed.
"""

from collections.abc import Awaitable, Callable, Mapping

from starlette.responses import JSONResponse, Response

from dastak.journeys.errors import IllegalSignal, JourneyError
from dastak.journeys.video_kyc.call import CallEnd
from dastak.journeys.video_kyc.errors import (
    AlreadyDecided,
    CaseClosed,
    CaseNotFound,
    NotReady,
    NotYours,
    StepClosed,
    UnknownReason,
)
from dastak.journeys.video_kyc.rooms import NoPicture, RoomClosed
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.console.agent.console import AgentConsole, case_path, go, wants_json
from dastak.web.console.agent.shown import case_news
from dastak.web.console.case_facts import short_clock
from dastak.web.console.case_id import case_id_of
from dastak.web.console.door import Door
from dastak.web.console.signed_in import Visit, show
from dastak.web.refusal import PlainPage

GONE = (NotYours, CaseNotFound, CaseClosed, AlreadyDecided, IllegalSignal)
"""The case is not with this agent, or not in a call."""

PROBLEMS = {
    "not_ready": "That cannot be done yet: see what is missing.",
    "step_closed": "That was not changed: it is done already, or was not asked of the customer.",
    "not_begun": "The call has not begun: both of you must be in the room first.",
    "no_picture": "There is no picture of the customer just now. Wait until you see the customer, then try again.",
    "room_closed": "The room of this call is closed, so no picture can be taken.",
    "unknown_reason": "Choose a reason of the list.",
    "no_such_choice": "That is not one of the choices of this page.",
    "too_long": "That is too long. Shorten it, then save it again.",
}
"""Word of the address → what to do."""

_PROBLEM_OF: dict[type[JourneyError], str] = {
    NotReady: "not_ready",
    StepClosed: "step_closed",
    NoPicture: "no_picture",
    RoomClosed: "room_closed",
    UnknownReason: "unknown_reason",
}

_ENDS: Mapping[CallEnd | None, str] = {
    CallEnd.CUSTOMER_LEFT: "The customer left the call, or the connection was lost for too long. Whoever comes back "
    "through the link is called ahead of others.",
    CallEnd.CUSTOMER_ABSENT: "The customer did not come into the room in time.",
    CallEnd.AGENT_LOST: "You gave the customer back, or your connection was lost for too long. The customer waits at "
    "the front of the queue.",
    CallEnd.TOO_LONG: "The call took longer than any call may.",
    CallEnd.CANCELLED: "The company cancelled this case.",
}

Act = Callable[[], Awaitable[VideoKyc]]
Then = Callable[[VideoKyc], Awaitable[Response]]


class NotAChoice(Exception):  # noqa: N818 - the name says what happened
    """A form holds what our page cannot have sent.

    Attributes:
        problem: a word of `PROBLEMS`.
    """

    def __init__(self, problem: str = "no_such_choice") -> None:
        super().__init__(problem)
        self.problem = problem


async def acted(console: AgentConsole, door: Door, visit: Visit, act: Act, then: Then | None = None) -> Response:
    """Do it, and show the case as it is then, or answer with what `then` makes of it."""
    try:
        case = await act()
    except GONE:
        return gone_from(door, visit)
    except NotAChoice as wrong:
        return await _not_done(console, door, visit, wrong.problem)
    except tuple(_PROBLEM_OF) as problem:
        return await _not_done(console, door, visit, _PROBLEM_OF[type(problem)])
    if then is not None:
        return await then(case)
    if wants_json(visit.request):
        return JSONResponse(case_news(console, door, visit, case))
    return door.go(case_path(case.id))


def gone_from(door: Door, visit: Visit) -> Response:
    """The page of the case says what has become of it."""
    return go(door, visit, case_path(case_id_of(visit)))


async def show_gone(console: AgentConsole, door: Door, visit: Visit) -> Response:
    """A case that is not with the agent: what became of it, to whoever had it; nothing, to others."""
    case = await console.cases.case_by_id(visit.operator.merchant_id, case_id_of(visit))
    text = "The address is old, or somebody else has this customer."
    if case is not None and visit.operator.id in case.agent_ids:
        text = _what_became(case, visit.operator.id)
    page = PlainPage(409, "This customer is not with you any more", text, "To the queue", "/console/calls")
    return show(door, visit, "plain", page.status, page=page)


def _what_became(case: VideoKyc, agent_id: str) -> str:
    if case.agent is not None and case.agent.operator_id == agent_id:
        word = "approved" if case.agent.approved else "rejected"
        return f"You {word} the case at {short_clock(case.agent.at)}. An auditor reviews it."
    mine = next(call for call in reversed(case.calls) if call.agent_id == agent_id)
    return _ENDS.get(mine.end, "The call is over.")


async def _not_done(console: AgentConsole, door: Door, visit: Visit, problem: str) -> Response:
    try:
        case = await console.mine(visit)
    except GONE:
        return gone_from(door, visit)
    if problem == "step_closed" and case.calls[-1].started_at is None:
        problem = "not_begun"
    if not wants_json(visit.request):
        return door.go(f"{case_path(case.id)}?problem={problem}")
    return JSONResponse({"problem": PROBLEMS[problem], **case_news(console, door, visit, case)}, 422)
