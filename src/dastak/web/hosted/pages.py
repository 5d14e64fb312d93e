"""Templates and static files of the customer's pages, joined.

In: a template's name and what it shows. Out: a response with every header set. Called by `door` alone.
"""

from pathlib import Path

from starlette.responses import HTMLResponse

from dastak.web.design.assets import HERE as DESIGN
from dastak.web.design.room_pages import RoomPages
from dastak.web.hosted.face import Face
from dastak.web.hosted.headers import PAGE_HEADERS

STATIC = Path(__file__).parent / "static"

DEFAULTS: dict[str, object] = {
    "merchant": "",
    "face": None,
    "preview": False,
    "knocks": (),
    "hints": (),
    "mistakes": (),
    "values": {},
    "token": "",
    "path": "",
    "step": "",
    "notice": None,
    "typed": {},
}
"""What a template may always name; a page overrides what it has."""


class Pages(RoomPages):
    """Renders the customer's pages."""

    def __init__(self) -> None:
        files = {
            "customer.css": (DESIGN / "base.css", STATIC / "customer.css"),
            "customer.js": (STATIC / "customer.js", DESIGN / "forms.js"),
            "video.css": (STATIC / "video.css",),
            "checks.js": (STATIC / "wire.js", STATIC / "checks.js"),
            "queue.js": (STATIC / "wire.js", STATIC / "queue.js"),
            "call.js": (STATIC / "wire.js", DESIGN / "call.js", STATIC / "in_call.js"),
        }
        super().__init__("dastak.web.hosted", files, "/static", DEFAULTS, PAGE_HEADERS)

    def render(self, template: str, status: int = 200, **shown: object) -> HTMLResponse:
        """The page of that name; with a face, its merchant's name is known to it."""
        face = shown.get("face")
        named = {"merchant": face.name} if isinstance(face, Face) else {}
        return super().render(template, status, **named | shown)
