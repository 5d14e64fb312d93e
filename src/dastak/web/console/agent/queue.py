"""The page of calls: going online after a device check, who waits, and taking the next customer.

In: a visit of an agent. Out: the device check, the live queue, or the way to the case that the agent has already.
"""

from collections.abc import Mapping
from datetime import timedelta

from starlette.responses import JSONResponse, Response

from dastak.accounts.deed import Deed
from dastak.journeys.video_kyc.errors import AgentBusy, CaseClosed, CaseNotFound, NotReady, NotWaiting
from dastak.web.console.agent.console import (
    CALLS,
    OVER,
    AgentConsole,
    Queue,
    case_path,
    go,
    show_with_camera,
    wants_json,
)
from dastak.web.console.agent.pulse import Pulse
from dastak.web.console.agent.shown import queue_news, queue_values
from dastak.web.console.case_facts import short_clock
from dastak.web.console.door import Door
from dastak.web.console.signed_in import Visit
from dastak.web.event_stream import event_stream
from dastak.web.form import Form
from dastak.web.page_headers import PAGE_HEADERS

DEVICES = ("camera", "microphone")
BOOKED_AHEAD = timedelta(hours=2)

NEWS: dict[str, tuple[str, str]] = {
    "approved": ("good", "Approved. An auditor reviews the case next."),
    "rejected": ("good", "Rejected. An auditor reviews the case next."),
    "released": ("good", "The customer is back at the front of the queue."),
    "missed": ("note", "Another agent was a moment faster, or the customer has left. Here is who waits now."),
    "nobody": ("note", "Nobody waits just now. The next customer shows up here by itself."),
    "offline": (
        "note",
        "You went offline: the page was cut off, or nobody answered whether you are there. Try your devices again.",
    ),
    "untried": ("bad", "You go online once your camera and your microphone work here. Try them first."),
}
"""Word of the address → tone, and words."""


async def show_calls(console: AgentConsole, door: Door, visit: Visit) -> Response:
    """The case that the agent has; else the queue; else the device check."""
    who = visit.operator.merchant_id, visit.operator.id
    case = await console.desk.current(*who)
    if case is not None:
        return door.go(case_path(case.id))
    news = NEWS.get(visit.request.query_params.get("news", ""))
    if not await console.presence.is_online(*who):
        return show_with_camera(door, visit, "agent_offline", news=news)
    if news is NEWS["offline"]:
        news = None  # which was before
    return show_with_camera(door, visit, "agent_calls", news=news, asked="", **await _queue(console, visit))


async def go_online(console: AgentConsole, door: Door, visit: Visit, form: Form) -> Response:
    """Take calls from now on; the page says that it has tried camera and microphone, and that both work."""
    if any(form.get(device) != "works" for device in DEVICES):
        return door.go(f"{CALLS}?news=untried")
    with door.noting(visit.operator, Deed.OPERATOR_ONLINE):
        await console.desk.go_online(visit.operator.merchant_id, visit.operator.id)
    return door.go(CALLS)


async def go_offline(console: AgentConsole, door: Door, visit: Visit, form: Form) -> Response:
    """Take no further calls."""
    del form
    with door.noting(visit.operator, Deed.OPERATOR_OFFLINE):
        await console.desk.go_offline(visit.operator.merchant_id, visit.operator.id)
    return door.go(CALLS)


async def be_here(console: AgentConsole, door: Door, visit: Visit, form: Form) -> Response:
    """Somebody is in front of the page. That it was posted says all; the page has no question any more."""
    del form
    if not wants_json(visit.request):
        return door.go(CALLS)
    return JSONResponse(queue_news(door, visit, await _queue(console, visit), ""))


async def accept(console: AgentConsole, door: Door, visit: Visit, form: Form) -> Response:
    """Take that customer, or, if none is named, the next."""
    who = visit.operator.merchant_id, visit.operator.id
    case_id = form.get("case", "")
    try:
        with door.noting(visit.operator, Deed.CASE_TAKEN):
            case = await (console.desk.accept(*who, case_id) if case_id else console.desk.accept_next(*who))
    except NotReady:
        return go(door, visit, f"{CALLS}?news=offline")
    except AgentBusy:
        return go(door, visit, CALLS)  # which leads to the case that the agent has
    except (NotWaiting, CaseClosed, CaseNotFound):
        return go(door, visit, f"{CALLS}?news=missed")
    return go(door, visit, f"{CALLS}?news=nobody" if case is None else case_path(case.id))


async def hear_queue(console: AgentConsole, door: Door, visit: Visit) -> Response:
    """The stream of the page: who waits. While it is open, the agent is online."""
    merchant_id, agent_id = visit.operator.merchant_id, visit.operator.id
    pulse = Pulse(console, door, visit)
    shown: dict[str, object] = {}
    news: Mapping[str, object] = {}

    async def look() -> Mapping[str, object]:
        nonlocal shown, news
        if not await pulse.beat() or not pulse.is_online:
            return OVER
        asked = short_clock(pulse.asked_until) if pulse.asked_until else ""
        values = {**await _queue(console, pulse.visit), "asked": asked}
        if values == shown:
            return news
        if await console.desk.current(merchant_id, agent_id) is not None:
            return OVER  # taken on another page of the same agent
        shown, news = values, queue_news(door, visit, values, asked)
        return news

    return event_stream(look, console.bell, merchant_id, PAGE_HEADERS)


async def _queue(console: AgentConsole, visit: Visit) -> dict[str, object]:
    merchant_id, now = visit.operator.merchant_id, visit.now

    async def read() -> Queue:
        waiting = await console.desk.queue(merchant_id)
        return waiting, await console.cases.slots_booked(merchant_id, now, now + BOOKED_AHEAD)

    waiting, booked = await console.queues.read(merchant_id, read)
    return queue_values(waiting, booked, now)
