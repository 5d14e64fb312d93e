"""What a link says when it shows no recording: a page for people, the contract's error shape for machines.

In: a `Refused`, raised by the room. Out: a response with every header set.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dastak.web.api.problem import API_HEADERS
from dastak.web.design.assets import HERE as DESIGN
from dastak.web.design.room_pages import RoomPages

STATIC = Path(__file__).parent / "static"

PAGE_HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "private, no-store",
    "x-robots-tag": "noindex, nofollow",
}
LOOK_AGAIN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Saying:
    """Why there is nothing to watch."""

    status: int
    type: str
    code: str
    title: str
    text: str
    refresh: bool = False
    """Whether the page looks again by itself."""


COMPOSING = Saying(
    202,
    "not_ready",
    "recording_not_ready",
    "The recording is being put together",
    "It is a matter of seconds to minutes. The page looks again by itself.",
    refresh=True,
)
NOTHING = Saying(
    410,
    "not_found_error",
    "nothing_recorded",
    "Nothing was recorded of this call",
    "There is no recording to wait for. What the agent decided, and why, is in the console.",
)
NOT_FOUND = Saying(
    404,
    "not_found_error",
    "recording_not_found",
    "We cannot find this recording",
    "The link may be incomplete. Copy it once more from where you found it.",
)
ENDED = Saying(
    410,
    "link_expired",
    "recording_link_expired",
    "This link has ended",
    "Links to recordings work for a limited time. An auditor still finds the recording in the console.",
)
NOT_KEPT = Saying(
    410,
    "not_found_error",
    "recording_not_kept",
    "This recording is no longer kept",
    "It was removed when the time for which recordings are kept had passed.",
)
TOO_MANY = Saying(
    429,
    "rate_limit_error",
    "too_many_requests",
    "Please wait a little",
    "There were too many requests from your connection.",
)
SERVER_ERROR = Saying(
    500,
    "internal_error",
    "request_failed",
    "Something broke on our side",
    "It is not your fault. Wait a minute, then open the link again.",
)
AWAY = Saying(
    503,
    "internal_error",
    "temporarily_unavailable",
    "We cannot show this right now",
    "Our records cannot be reached for a moment. Nothing is lost: try again.",
)


class Refused(Exception):  # noqa: N818 - the name says what happened
    """This request ends with a saying."""

    def __init__(self, saying: Saying, retry_after: timedelta | None = None) -> None:
        super().__init__(saying.code)
        self.saying = saying
        self.retry_after = retry_after


class Pages(RoomPages):
    """Renders the room's one page."""

    def __init__(self) -> None:
        files = {"recordings.css": (DESIGN / "base.css", STATIC / "recordings.css")}
        super().__init__("dastak.web.recordings", files, "/static/recordings", {}, PAGE_HEADERS)

    def answer(self, request: Request, refused: Refused) -> Response:
        """A page for whoever takes HTML, else JSON."""
        saying, headers = refused.saying, {}
        if refused.retry_after is not None:
            headers["retry-after"] = str(max(1, ceil(refused.retry_after.total_seconds())))
        if "text/html" not in request.headers.get("accept", ""):
            body = {"type": saying.type, "code": saying.code, "message": f"{saying.title}. {saying.text}"}
            return JSONResponse(body, saying.status, headers={**API_HEADERS, **headers})
        seconds = LOOK_AGAIN.total_seconds() if saying.refresh else 0
        page = self.render("saying", saying.status, saying=saying, seconds=int(seconds))
        page.headers.update(headers)
        return page
