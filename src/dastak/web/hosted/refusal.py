"""Plain pages that end a visit: what they say and with which status.

In: any handler raises `Refused`. Out: `door` renders it. None of these pages says anything of a customer or a link.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class PlainPage:
    """A page of a few sentences."""

    status: int
    title: str
    text: str
    advice: str = ""
    retry: bool = False
    """Offer the way back to the link."""
    way_back: str = "Back to my link"


NOT_FOUND = PlainPage(
    404,
    "We cannot find this link",
    "It may be incomplete, or it is no longer in use.",
    "Open the link from your message again. If that does not help, ask the company that sent it for a new one.",
)
TOO_MANY = PlainPage(
    429,
    "Please wait a little",
    "There were too many tries from your connection.",
    "Nothing is lost. Wait, then open the link from your message again.",
)
NO_MORE_CODES = PlainPage(
    429,
    "This link sends no more codes",
    "Too many codes were asked for and not used.",
    "Ask the company that sent you the link for a new one.",
)
NOT_OUR_FORM = PlainPage(
    403,
    "We could not accept that",
    "The form did not come from the page we gave you, or that page was too old.",
    "Nothing was checked. Go back to your link and try once more. Cookies must be allowed for this site.",
    retry=True,
)
TOO_LARGE = PlainPage(
    413,
    "That was too much",
    "The form was larger than we accept.",
    "Nothing was checked. Please try again.",
    retry=True,
)
BAD_FORM = PlainPage(
    400, "We could not read that", "The form arrived broken.", "Nothing was checked. Please try again.", retry=True
)
SERVER_ERROR = PlainPage(
    500,
    "Something broke on our side",
    "It is not your fault, and what you finished before is kept.",
    "Wait a minute, then open your link again.",
    retry=True,
)
AWAY = PlainPage(
    503,
    "We cannot save right now",
    "Our records cannot be reached for a moment. Nothing is lost.",
    "Wait a little, then try again.",
    retry=True,
    way_back="Try again",
)


class Refused(Exception):  # noqa: N818 - the name says what happened
    """This visit ends with a plain page."""

    def __init__(self, page: PlainPage, retry_after: timedelta | None = None) -> None:
        super().__init__(page.title)
        self.page = page
        self.retry_after = retry_after
