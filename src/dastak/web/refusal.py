"""Plain pages that end a request: what they say and with which status.

In: any handler of a room raises `Refused`. Out: that room's door renders it. Here are the pages that all rooms with
sign-in say alike; those that speak of one room alone stand in that room.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class PlainPage:
    """A page of a few sentences."""

    status: int
    title: str
    text: str
    way_on: str = ""
    """Words of the link that leads on; empty: there is none."""
    href: str = ""
    """Where it leads; empty: to the room's first page, or to the customer's own."""
    advice: str = ""
    """What to do, apart from what happened; pages for customers say it."""


NOT_OUR_FORM = PlainPage(
    403,
    "We could not accept that",
    "The form did not come from the page we gave you, or that page was too old. Nothing was changed. Cookies must be "
    "allowed for this site.",
    "Try once more",
)
BAD_FORM = PlainPage(400, "We could not read that", "The form arrived broken. Nothing was changed.", "Try once more")
TOO_LARGE = PlainPage(413, "That was too much", "The form was larger than we accept. Nothing was changed.", "Go back")
TOO_MANY = PlainPage(429, "Please wait a little", "There were too many tries from your connection.")
SERVER_ERROR = PlainPage(
    500, "Something broke on our side", "It is not your fault. Wait a minute, then try again.", "To the first page"
)
AWAY = PlainPage(
    503, "We cannot save right now", "Our records cannot be reached for a moment. Nothing is lost.", "Try again"
)


class Refused(Exception):  # noqa: N818 - the name says what happened
    """This request ends with a plain page."""

    def __init__(self, page: PlainPage, retry_after: timedelta | None = None) -> None:
        super().__init__(page.title)
        self.page = page
        self.retry_after = retry_after
