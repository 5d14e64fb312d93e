"""All routes of the agent's part of the console.

In: the console's door, and what `app` plugs in. Out: routes to mount before `console_routes`, whose last one takes the
rest.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.responses import Response
from starlette.routing import Route

from dastak.accounts.operator import Role
from dastak.journeys.errors import JourneyError
from dastak.web.console.agent import case, decision, interview, meeting, queue, stills
from dastak.web.console.agent.console import CALL, CALLS, AgentAct, AgentConsole, AgentFormAct
from dastak.web.console.door import Door
from dastak.web.console.signed_in import Visit, posted, signed_in
from dastak.web.door import COME_AGAIN
from dastak.web.form import Form
from dastak.web.refusal import AWAY, Refused

ONE = CALL + "/{case_id}"


def agent_routes(door: Door, console: AgentConsole) -> list[Route]:
    """The routes, in the order in which they must be matched."""

    def shows(path: str, act: AgentAct) -> Route:
        return Route(path, signed_in(door, _settled(partial(act, console)), Role.AGENT), methods=["GET"])

    def takes(path: str, act: AgentFormAct) -> Route:
        return Route(path, posted(door, _settled(_noted(console, act)), Role.AGENT), methods=["POST"])

    def hears(path: str, act: meeting.MeetingAct) -> Route:
        return Route(path, meeting.spoken(console, door, act), methods=["POST"])

    return [
        shows(CALLS, queue.show_calls),
        shows(f"{CALLS}/live", queue.hear_queue),
        takes(f"{CALLS}/online", queue.go_online),
        takes(f"{CALLS}/offline", queue.go_offline),
        takes(f"{CALLS}/here", queue.be_here),
        takes(f"{CALLS}/accept", queue.accept),
        shows(ONE, case.show_case),
        shows(f"{ONE}/live", case.hear_case),
        hears(f"{ONE}/call/join", meeting.seeing(door, "live call", meeting.join)),
        hears(f"{ONE}/call/beat", meeting.beat),
        hears(f"{ONE}/call/leave", meeting.leave),
        takes(f"{ONE}/questions", interview.judge_question),
        takes(f"{ONE}/liveness", interview.judge_liveness),
        takes(f"{ONE}/liveness/draw", interview.draw_liveness),
        takes(f"{ONE}/notes", interview.write_notes),
        takes(f"{ONE}/stills", stills.take_still),
        shows(f"{ONE}/stills/{{still_id}}", stills.show_still),
        shows(f"{ONE}/stills/{{still_id}}/photo", stills.show_photo),
        takes(f"{ONE}/approve", decision.approve),
        takes(f"{ONE}/reject", decision.reject),
        takes(f"{ONE}/release", decision.release),
    ]


def _noted(console: AgentConsole, act: AgentFormAct) -> Callable[[Door, Visit, Form], Awaitable[Response]]:
    """The act; whoever does it is there."""

    async def done(door: Door, visit: Visit, form: Form) -> Response:
        await console.presence.acted(visit.operator.merchant_id, visit.operator.id)
        return await act(console, door, visit, form)

    return done


def _settled(act: Callable[..., Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
    """The act; where many sides change a case at once, the agent is asked to try again."""

    async def tried(*given: object) -> Response:
        try:
            return await act(*given)
        except JourneyError:
            raise Refused(AWAY, COME_AGAIN) from None

    return tried
