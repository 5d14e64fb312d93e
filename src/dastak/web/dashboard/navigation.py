"""The ways one can go in the dashboard: one literal table.

In: a member's role and the path of the page. Out: the entries that this member may open, and which one is here. An area
adds its row when it has a page.
"""

from dataclasses import dataclass

from dastak.accounts.member import Role
from dastak.accounts.permission import Action, may

NAV: tuple[tuple[str, str, str, Action], ...] = (
    ("Overview", "/dashboard", "/dashboard", Action.OVERVIEW_READ),
    ("Journeys", "/dashboard/journeys/kyc-links", "/dashboard/journeys", Action.JOURNEYS_READ),
    ("Developers", "/dashboard/developers", "/dashboard/developers", Action.WEBHOOKS_READ),
    ("Deliveries", "/dashboard/deliveries", "/dashboard/deliveries", Action.DELIVERIES_READ),
    ("Setting up", "/dashboard/setup", "/dashboard/setup", Action.SETUP_READ),
    ("People", "/dashboard/people", "/dashboard/people", Action.PEOPLE_READ),
    ("Audit log", "/dashboard/audit", "/dashboard/audit", Action.AUDIT_READ),
)
"""Words; where the entry leads; what begins the paths of its pages; what one must be allowed to."""


@dataclass(frozen=True, slots=True)
class Way:
    """One entry as a page shows it."""

    words: str
    href: str
    here: bool


def ways(role: Role, path: str) -> list[Way]:
    """The entries for that role, in order."""
    return [Way(words, href, _is_at(path, below)) for words, href, below, action in NAV if may(role, action)]


def _is_at(path: str, below: str) -> bool:
    """Whether a page belongs to an entry: its own page, or one below it; everything is below the overview."""
    return path == below or (below != "/dashboard" and path.startswith(f"{below}/"))
