"""The page of the case that an agent has: the customer's facts, the call, the interview, the decision.

In: a visit of the agent who has the case. Out: the page, and the stream of what changes on it.
"""

import json
from collections.abc import Mapping

from starlette.responses import Response

from dastak.journeys.video_kyc import seat_token
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import IceServer
from dastak.journeys.video_kyc.template import AGENT_TEMPLATES
from dastak.web.console.agent.acting import GONE, PROBLEMS, show_gone
from dastak.web.console.agent.console import OVER, AgentConsole, show_with_camera
from dastak.web.console.agent.interview import NOTES_LIMIT, REMARKS_LIMIT
from dastak.web.console.agent.pulse import Pulse
from dastak.web.console.agent.shown import case_news, case_values
from dastak.web.console.case_facts import case_groups
from dastak.web.console.case_id import case_id_of
from dastak.web.console.door import Door
from dastak.web.console.signed_in import Visit
from dastak.web.event_stream import event_stream
from dastak.web.page_headers import PAGE_HEADERS

AGES_SECONDS = 15
"""How often what the page says of times is looked at, while nothing happens."""


async def show_case(console: AgentConsole, door: Door, visit: Visit) -> Response:
    """The page; for a case that the agent has no more, what became of it."""
    try:
        case = await console.mine(visit)
    except GONE:
        return await show_gone(console, door, visit)
    await door.sees(visit.operator, case.id, "call")
    seat = console.seat(case, Party.AGENT)
    return show_with_camera(
        door,
        visit,
        "agent_case",
        **case_values(console, visit, case),
        case=case,
        groups=case_groups(case),
        reasons=AGENT_TEMPLATES[case.agent_template].reject_reasons,
        problem=PROBLEMS.get(visit.request.query_params.get("problem", ""), ""),
        seat=seat_token.make(console.seat_key, seat, visit.operator.id, visit.now),
        ice=json.dumps([_ice(server) for server in console.rooms.ice_servers()]),
        notes_limit=NOTES_LIMIT,
        remarks_limit=REMARKS_LIMIT,
    )


async def hear_case(console: AgentConsole, door: Door, visit: Visit) -> Response:
    """The stream of the page. It ends for good when the case is not with the agent any more."""
    pulse = Pulse(console, door, visit, is_at_work=True)

    shown: tuple[int, float] | None = None
    news: Mapping[str, object] = {}

    async def look() -> Mapping[str, object]:
        nonlocal shown, news
        if not await pulse.beat():
            return OVER
        try:
            case = await console.mine(visit)
        except GONE:
            return OVER
        visit_now = pulse.visit
        moment = case.version, visit_now.now.timestamp() // AGES_SECONDS
        if moment != shown:
            shown, news = moment, case_news(console, door, visit_now, case)
        return news

    return event_stream(look, console.bell, case_id_of(visit), PAGE_HEADERS)


def _ice(server: IceServer) -> dict[str, object]:
    """As `RTCIceServer` of a browser has it."""
    secret = {"username": server.username, "credential": server.credential} if server.username else {}
    return {"urls": list(server.urls), **secret}
