"""What an open page hears: the case as it changes, as server-sent events.

In: a confirmed customer's page. Out: a small JSON object whenever it is another one: which page the case deserves, and
what that page shows live. Each new stream lets the session last anew.
"""

from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response

from dastak.journeys.errors import JourneyError
from dastak.journeys.kyc_link.errors import LinkNotFound
from dastak.journeys.video_kyc.errors import CaseNotFound
from dastak.web.event_stream import event_stream
from dastak.web.hosted.door import Door, Endpoint, admit, visit_of
from dastak.web.hosted.headers import PAGE_HEADERS
from dastak.web.hosted.video.inside import video_ports
from dastak.web.hosted.video.place import Page, place
from dastak.web.hosted.video.watching import Watching
from dastak.web.hosted.video.wire import Declined, confirmed_session, renew
from dastak.web.hosted.video.words import place_text, wait_text
from dastak.web.hosted.video_ports import VideoPorts
from dastak.web.refusal import Refused

log = structlog.get_logger("dastak.web.hosted")

NO_MORE = 204
"""A browser does not ask again for a stream that is answered so."""


def live(door: Door, watching: Watching) -> Endpoint:
    """The stream of one case."""

    async def endpoint(request: Request) -> Response:
        visit = visit_of(door, request)
        try:
            admit(door, visit)
            session = confirmed_session(visit)
            ports = video_ports(door)
            case = await ports.desk.case(visit.code)
        except Declined:
            return Response(status_code=NO_MORE, headers=PAGE_HEADERS)
        except Refused as refused:
            return Response(status_code=refused.page.status, headers=PAGE_HEADERS)
        except (CaseNotFound, LinkNotFound):
            return Response(status_code=404, headers=PAGE_HEADERS)
        except (JourneyError, ConnectionError):
            return Response(status_code=503, headers=PAGE_HEADERS)
        stream = event_stream(
            lambda: _standing(door, ports, visit.code),
            ports.bell,
            case.id,
            PAGE_HEADERS,
            watching.open(visit.code, ports.gone_after, lambda: _leave(ports, visit.code)),
        )
        return renew(door, visit, session, stream)

    return endpoint


async def _standing(door: Door, ports: VideoPorts, code: str) -> dict[str, Any] | None:
    """What the page is told: nothing that it could not show already."""
    try:
        case = await ports.desk.case(code)
    except JourneyError:
        return None
    page = place(case, door.clock())
    said: dict[str, Any] = {"page": page.value}
    if page is Page.QUEUE:
        standing = await ports.desk.standing(code)
        if standing is not None:
            said |= {"place": place_text(standing), "wait": wait_text(standing)}
    if page is Page.CALL and case.call is not None:
        said |= {
            "call": case.call.id,
            "agent": case.call.agent_joined_at is not None and case.call.agent_away_since is None,
            "photo": ports.photos.wanted(case) if ports.photos else "",
        }
    return said


async def _leave(ports: VideoPorts, code: str) -> None:
    """The customer has no page open any more."""
    try:
        await ports.desk.leave_queue(code)
    except (JourneyError, ConnectionError) as trouble:  # the clock ends the wait later
        log.warning("queue_not_left", error=type(trouble).__name__)
