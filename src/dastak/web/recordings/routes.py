"""The address behind a `recording_link`: the composed recording of one call, to be played and sought in.

In: the token of a link. Out: the file or a part of it; 202 while it is being composed; 404 for a link that we did not
make, 410 for one that has ended. Whoever holds the link is shown the recording, and that is noted.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dastak.accounts.audit import LINK
from dastak.journeys.video_kyc.recording_token import PATH, reading
from dastak.journeys.video_kyc.rooms import Library, NotKept
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.failure_place import trace_of
from dastak.web.kept_file import kept_file, named_after, shows
from dastak.web.network import limit_key
from dastak.web.recordings.answer import (
    AWAY,
    COMPOSING,
    ENDED,
    LOOK_AGAIN,
    NOT_FOUND,
    NOT_KEPT,
    NOTHING,
    SERVER_ERROR,
    TOO_MANY,
    Pages,
    Refused,
)
from dastak.web.viewing import Viewings

log = structlog.get_logger("dastak.web.recordings")

COME_AGAIN = timedelta(seconds=2)
TOKEN_LIMIT = 512
"""Characters; ours have about two hundred."""


class Cases(Protocol):
    """Where cases are found; a `VideoKycStore` is one."""

    async def case_by_id(self, merchant_id: str, case_id: str) -> VideoKyc | None: ...


class Limiter(Protocol):
    """Counts one use of a bucket by a key."""

    def allow(self, bucket: str, key: str) -> timedelta | None:
        """None when allowed, else how long to wait."""


@dataclass(frozen=True, slots=True)
class Recordings:
    """What the room needs.

    Args:
        cases: finds cases.
        library: keeps recordings.
        viewings: notes who was shown what.
        key: the one that links were signed with.
        limiter: has a bucket `page`.
        clock: aware UTC now.
    """

    cases: Cases
    library: Library
    viewings: Viewings
    key: bytes
    limiter: Limiter
    clock: Callable[[], datetime]
    pages: Pages = field(default_factory=Pages)


def recording_routes(room: Recordings) -> list[Route]:
    """The routes to mount."""

    async def endpoint(request: Request) -> Response:
        try:
            return await _shown(room, request)
        except Refused as refused:
            return room.pages.answer(request, refused)
        except NotKept:
            return room.pages.answer(request, Refused(NOT_KEPT))
        except ConnectionError:
            log.warning("recording_unavailable")
            return room.pages.answer(request, Refused(AWAY, COME_AGAIN))
        except Exception as problem:  # noqa: BLE001 - whoever watches gets words whatever broke; the log gets the place
            # not log.exception: the address that it would print opens the recording
            log.error("recording_failed", error=type(problem).__name__, trace=trace_of(problem))  # noqa: TRY400
            return room.pages.answer(request, Refused(SERVER_ERROR))

    return [*room.pages.assets.routes(), Route(f"{PATH}{{token}}", endpoint, methods=["GET"])]


async def _shown(room: Recordings, request: Request) -> Response:
    client_ip = request.client.host if request.client else ""
    wait = room.limiter.allow("page", f"recording:{limit_key(client_ip)}")
    if wait is not None:
        raise Refused(TOO_MANY, wait)
    case, reference = await _found(room, request.path_params["token"])
    if not reference:
        raise Refused(NOTHING) if case.call_to_compose is None else Refused(COMPOSING, LOOK_AGAIN)
    sha256 = case.recording.sha256 if case.recording else ""
    answer = await kept_file(request, room.library, reference, name=named_after(case, reference), mark=sha256)
    if shows(request, answer):
        await room.viewings.note(case, reference, LINK, client_ip)
    return answer


async def _found(room: Recordings, token: str) -> tuple[VideoKyc, str]:
    """The case, and where the recording is kept; empty: nowhere yet. Raises `Refused`."""
    linked = reading(room.key, token, room.clock()) if len(token) <= TOKEN_LIMIT else None
    if linked is None:
        raise Refused(NOT_FOUND)
    if linked.is_over:
        raise Refused(ENDED)
    case = await room.cases.case_by_id(linked.merchant_id, linked.case_id)
    if case is None or case.recording is None or case.recording.call_id != linked.call_id:
        raise Refused(NOT_FOUND)
    return case, case.recording.reference
