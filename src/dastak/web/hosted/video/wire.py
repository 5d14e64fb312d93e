"""What a page's script sends while the page is open: small JSON bodies, and one picture. Answers are JSON as well.

In: a handler. Out: an endpoint with the door's checks: own origin, a confirmed session, its token, limits, the case.
Each answer renews the session, so that a long wait does not end it. Nothing gets past here but an answer.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dastak.journeys.errors import JourneyError
from dastak.journeys.kyc_link.errors import LinkNotFound
from dastak.journeys.video_kyc.errors import CaseClosed, CaseNotFound
from dastak.web.body import BodyTooLarge, BodyUnreadable, limited_body
from dastak.web.failure_place import trace_of
from dastak.web.hosted.csrf import FIELD
from dastak.web.hosted.door import Door, Endpoint, admit, visit_of
from dastak.web.hosted.session import Session
from dastak.web.hosted.video.inside import Inside, inside
from dastak.web.hosted.visit import Visit
from dastak.web.origin import is_own_origin
from dastak.web.refusal import Refused

log = structlog.get_logger("dastak.web.hosted")

JSON_LIMIT = 64 * 1024
"""Bytes; a session description with all its candidates has about ten thousand."""
TOKEN_HEADER = "x-dastak-token"  # noqa: S105 - a name
NO_STORE = {"cache-control": "no-store", "x-content-type-options": "nosniff"}

Said = Mapping[str, Any]
WireAct = Callable[[Inside, Said], Awaitable[Said]]
PictureAct = Callable[[Inside, bytes], Awaitable[Said]]


@dataclass(eq=False)
class Declined(Exception):  # noqa: N818 - the name says what happened
    """The page's request is answered with a code that its script knows."""

    status: int
    code: str


SESSION_ENDED = (401, "session_ended")
NOT_OURS = (403, "not_our_page")
UNREADABLE = (400, "unreadable")
TOO_LARGE = (413, "too_large")
OVER = (409, "over")
"""The case has moved on: the page shows what is no longer so."""


def called(door: Door, act: WireAct) -> Endpoint:
    """An endpoint for a JSON object that carries the page's token."""

    async def answer(request: Request, visit: Visit) -> Response:
        said = _object(await limited_body(request, JSON_LIMIT))
        token = said.get(FIELD)
        at = await _inside(door, visit, token if isinstance(token, str) else "")
        return _renewed(at, await act(at, said))

    return _endpoint(door, answer)


def pictured(door: Door, act: PictureAct, limit: int) -> Endpoint:
    """An endpoint for one JPEG; the page's token is in a header."""

    async def answer(request: Request, visit: Visit) -> Response:
        at = await _inside(door, visit, request.headers.get(TOKEN_HEADER, ""))
        return _renewed(at, await act(at, await limited_body(request, limit)))

    return _endpoint(door, answer)


def confirmed_session(visit: Visit) -> Session:
    """The session of a customer inside. Raises `Declined`."""
    if visit.session is None or not visit.session.confirmed:
        raise Declined(*SESSION_ENDED)
    return visit.session


def renew(door: Door, visit: Visit, session: Session, response: Response) -> Response:
    """The same response; the session lasts anew from now on."""
    door.sessions.write(response, visit.place, replace(session, issued_at=visit.now))
    return response


def _endpoint(door: Door, answer: Callable[[Request, Visit], Awaitable[Response]]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        visit = visit_of(door, request)
        try:
            admit(door, visit)
            if not is_own_origin(request):
                raise Declined(*NOT_OURS)
            return await answer(request, visit)
        except Exception as problem:  # noqa: BLE001 - the script gets an answer whatever broke; the log gets the place
            return _declined(problem, request.method)

    return endpoint


def _declined(problem: Exception, method: str) -> Response:  # noqa: PLR0911 - a line per kind
    match problem:
        case Declined(status=status, code=code):
            return _problem(status, code)
        case Refused(page=page, retry_after=wait):
            retry = {"retry-after": str(max(1, ceil(wait.total_seconds())))} if wait else {}
            return _problem(page.status, "too_many", retry)
        case BodyTooLarge():
            return _problem(*TOO_LARGE)
        case BodyUnreadable():
            return _problem(*UNREADABLE)
        case CaseNotFound() | LinkNotFound():
            return _problem(404, "not_found")
        case CaseClosed():
            return _problem(*OVER)
        case JourneyError():
            return _problem(409, problem.code)
        case ConnectionError():
            return _problem(503, "away", {"retry-after": "2"})
    # not log.exception: its traceback could hold what the customer's browser sent
    log.error("hosted_call_failed", method=method, error=type(problem).__name__, trace=trace_of(problem))
    return _problem(500, "broken")


def _problem(status: int, code: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": code}, status, headers={**NO_STORE, **(headers or {})})


async def _inside(door: Door, visit: Visit, token: str) -> Inside:
    session = confirmed_session(visit)
    if not door.csrf.holds(visit.place, session, token):
        raise Declined(*NOT_OURS)
    return await inside(door, visit, session)


def _renewed(at: Inside, said: Said) -> Response:
    return renew(at.door, at.visit, at.session, JSONResponse(dict(said), headers=NO_STORE))


def _object(body: bytes) -> Said:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise Declined(*UNREADABLE) from None
    if not isinstance(said, dict):
        raise Declined(*UNREADABLE)
    return said
