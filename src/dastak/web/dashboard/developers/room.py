"""What the pages of the developer corner work on, and the ways between them.

In: the registry and the published contract, from `app`. Out: a room for the handlers, tabs for their pages.
"""

from dataclasses import dataclass

from dastak.web.dashboard.developers.reference import Reference
from dastak.webhooks.registry import EndpointRegistry

HOME = "/dashboard/developers"
EVENTS, API, QUICK_START = f"{HOME}/events", f"{HOME}/api", f"{HOME}/quick-start"
WAYS = (
    ("Start", HOME),
    ("Webhooks", f"{HOME}/webhooks"),
    ("Events", EVENTS),
    ("API reference", API),
    ("Quick start", QUICK_START),
)


@dataclass(frozen=True, slots=True)
class DevelopersRoom:
    """What they work on."""

    registry: EndpointRegistry
    reference: Reference
    public_url: str
    """What addresses of the API begin with."""


def tabs(here: str) -> list[tuple[str, str, bool]]:
    """The ways, and which one is here."""
    return [(words, href, href == here) for words, href in WAYS]
