"""The pages of setting up, beside each other.

In: a visit. Out: those that this member may open, as the frame's tabs; and the area's first page.
"""

from starlette.responses import Response

from dastak.accounts.permission import Action
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.signed_in import Visit, show

SETUP = "/dashboard/setup"
KEYS = f"{SETUP}/keys"
TEMPLATES = f"{SETUP}/templates"
STATIC_LINKS = f"{SETUP}/static-links"
OPERATORS = f"{SETUP}/operators"
MESSAGES = f"{SETUP}/messages"
COMPANY = f"{SETUP}/company"

TABS: tuple[tuple[str, str, Action, str], ...] = (
    ("API keys", KEYS, Action.KEYS_READ, "The pairs of client id and secret that your software calls with."),
    ("KYC Link templates", TEMPLATES, Action.SETUP_READ, "Which checks a link asks for, and what its pages say."),
    ("Static links", STATIC_LINKS, Action.SETUP_READ, "Public links with a QR code, one for each template."),
    ("Operators", OPERATORS, Action.OPERATORS_READ, "Agents and auditors of Video KYC, and their week."),
    ("Messages", MESSAGES, Action.SETUP_READ, "What customers get by SMS, WhatsApp and mail."),
    ("Company", COMPANY, Action.SETUP_READ, "Name, colour, logo and contact on customers' pages, and the time zone."),
)
"""Words, path, what one must be allowed to, and what the first page says of it."""

Tab = tuple[str, str, bool]


def tabs(visit: Visit) -> list[Tab]:
    """For the frame: words, path, whether it is here."""
    path = visit.request.url.path
    return [
        (words, href, path == href or path.startswith(f"{href}/"))
        for words, href, action, _ in TABS
        if visit.may(action)
    ]


async def show_setup(door: Door, visit: Visit) -> Response:
    """The area's first page: what can be set up."""
    cards = [(words, href, about) for words, href, action, about in TABS if visit.may(action)]
    return show(door, visit, "setup/page", cards=cards)


def show_tab(door: Door, visit: Visit, template: str, status: int = 200, **values: object) -> Response:
    """A page of this area."""
    return show(door, visit, f"setup/{template}", status, tabs=tabs(visit), **values)
