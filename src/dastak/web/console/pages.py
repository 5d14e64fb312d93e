"""Templates and static files of the console, joined.

In: a template's name and what it shows. Out: a response with every header set. Called by `door` alone.
"""

from pathlib import Path

from dastak.web.design.assets import HERE as DESIGN
from dastak.web.design.room_pages import RoomPages
from dastak.web.page_headers import PAGE_HEADERS

STATIC = Path(__file__).parent / "static"

DEFAULTS: dict[str, object] = {
    "merchant": "",
    "operator": None,
    "nav": (),
    "token": "",
    "hint": "",
    "mistakes": (),
    "notice": "",
    "wide": False,
}
"""What a template may always name; a page overrides what it has."""


class Pages(RoomPages):
    """Renders the console's pages."""

    def __init__(self) -> None:
        files = {
            "console.css": (DESIGN / "base.css", DESIGN / "controls.css", STATIC / "console.css"),
            "console.js": (DESIGN / "forms.js",),
            "agent.css": (STATIC / "agent.css",),
            "device.js": (STATIC / "device.js",),
            "calls.js": (DESIGN / "live.js", STATIC / "keys.js", STATIC / "calls.js"),
            "case.js": (
                DESIGN / "call.js",
                DESIGN / "live.js",
                *(STATIC / f"{part}.js" for part in ("keys", "acts", "notes", "case")),
            ),
            "review.css": (STATIC / "review.css",),
            "review.js": (STATIC / "review.js",),
        }
        super().__init__("dastak.web.console", files, "/static/console", DEFAULTS, PAGE_HEADERS)
