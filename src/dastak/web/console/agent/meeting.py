"""The agent's side of the call, as the page's script talks to the server: coming in, signs of life, going away.

In: JSON from our own page, with the token of a seat, which only that page could have. Out: JSON. What the room notices,
it tells the case itself.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dastak.accounts.operator import Role
from dastak.journeys.video_kyc import seat_token
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import BadOffer, RoomClosed, Seat
from dastak.web.body import BodyTooLarge, BodyUnreadable, limited_body
from dastak.web.console.agent.acting import GONE
from dastak.web.console.agent.console import AgentConsole
from dastak.web.console.case_id import case_id_of
from dastak.web.console.door import Door, Endpoint, guarded
from dastak.web.console.signed_in import Visit, visit_of
from dastak.web.origin import is_own_origin

BODY_LIMIT = 128 * 1024
"""Bytes; an offer of a browser with many network addresses has some twenty thousand."""

PAGE_LIMIT = 64

Said = dict[str, Any]
MeetingAct = Callable[[AgentConsole, Visit, Seat, Said], Awaitable[Response]]


def spoken(console: AgentConsole, door: Door, act: MeetingAct) -> Endpoint:
    """A handler of the call: for the agent who has the case, with a token of the agent's own seat in the present call.

    Answers 401 to who must sign in, 403 to what is not from our page, 409 when that call is over,
    or goes on in another page of the agent.
    """

    async def answer(visit: Visit, said: Said) -> Response:
        token = said.get("seat")
        if not isinstance(token, str):
            return _refused(403, "not_your_seat")
        seat = seat_token.seat_of(console.seat_key, token, visit.operator.id, visit.now)
        mine = visit.operator.merchant_id, case_id_of(visit), Party.AGENT
        if seat is None or (seat.merchant_id, seat.case_id, seat.party) != mine:
            return _refused(403, "not_your_seat")
        try:
            case = await console.mine(visit)
        except GONE:
            return CALL_OVER
        return await act(console, visit, seat, said) if case.calls[-1].id == seat.call_id else CALL_OVER

    async def heard(request: Request) -> Response:
        try:
            said = json.loads(await limited_body(request, BODY_LIMIT))
        except (BodyTooLarge, BodyUnreadable, ValueError, RecursionError):
            return _refused(400, "unreadable")
        if not is_own_origin(request) or not isinstance(said, dict):
            return _refused(403, "not_our_page")
        visit = await visit_of(door, request)
        if visit is None:
            return _refused(401, "signed_out")
        return await answer(visit, said) if Role.AGENT in visit.roles else _refused(403, "not_an_agent")

    return guarded(door, heard, "call")


def seeing(door: Door, part: str, act: MeetingAct) -> MeetingAct:
    """The act, by which the agent comes to see that part of a customer: noted before."""

    async def noted(console: AgentConsole, visit: Visit, seat: Seat, said: Said) -> Response:
        await door.sees(visit.operator, seat.case_id, part)
        return await act(console, visit, seat, said)

    return noted


async def join(console: AgentConsole, visit: Visit, seat: Seat, said: Said) -> Response:
    """`sdp`: the browser's offer with all its candidates; `page`: the page's own name. Answers with the room's."""
    del visit
    if not console.newest.take(seat.call_id, _page(said)):
        return ELSEWHERE
    try:
        return JSONResponse({"sdp": await console.rooms.join(seat, str(said.get("sdp", "")))})
    except RoomClosed:
        return CALL_OVER
    except BadOffer:
        return _refused(422, "bad_offer")


async def beat(console: AgentConsole, visit: Visit, seat: Seat, said: Said) -> Response:
    """The page is alive. Answers with a fresh token."""
    if not console.newest.is_newest(seat.call_id, _page(said)):
        return ELSEWHERE
    console.rooms.beat(seat)
    return JSONResponse({"seat": seat_token.make(console.seat_key, seat, visit.operator.id, visit.now)})


async def leave(console: AgentConsole, visit: Visit, seat: Seat, said: Said) -> Response:
    """The page goes away; an older one than that which has the call takes nothing with it."""
    del visit
    if console.newest.is_newest(seat.call_id, _page(said)):
        await console.rooms.leave(seat)
    return JSONResponse({})


def _page(said: Said) -> str:
    return str(said.get("page", ""))[:PAGE_LIMIT]


def _refused(status: int, code: str) -> Response:
    return JSONResponse({"error": code}, status)


CALL_OVER = _refused(409, "call_over")
ELSEWHERE = _refused(409, "elsewhere")
"""Another page of this agent has the call."""
