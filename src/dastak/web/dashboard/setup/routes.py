"""Routes of setting up.

In: the door, and what the pages work on. Out: routes to mount.
"""

from dastak.accounts.permission import Action
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.routing import DashboardRoute, form, page
from dastak.web.dashboard.setup.keys import KeyPages
from dastak.web.dashboard.setup.room import SetupRoom
from dastak.web.dashboard.setup.tabs import KEYS, SETUP, show_setup


def setup_routes(door: Door, room: SetupRoom) -> list[DashboardRoute]:
    """All of them."""
    return [page(door, SETUP, show_setup, Action.SETUP_READ), *_key_routes(door, KeyPages(room.keys))]


def _key_routes(door: Door, pages: KeyPages) -> list[DashboardRoute]:
    one = f"{KEYS}/{{client_id}}"
    return [
        page(door, KEYS, pages.show_all, Action.KEYS_READ),
        form(door, KEYS, pages.create, Action.KEYS_WRITE),
        page(door, one, pages.show_one, Action.KEYS_READ),
        form(door, f"{one}/rotate", pages.rotate, Action.KEYS_WRITE),
        form(door, f"{one}/sign", pages.sign, Action.KEYS_WRITE),
        form(door, f"{one}/label", pages.label, Action.KEYS_WRITE),
        form(door, f"{one}/revoke", pages.revoke, Action.KEYS_WRITE),
    ]
