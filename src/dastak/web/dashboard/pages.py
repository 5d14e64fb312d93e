"""Templates and static files of the dashboard, joined: its frame, and those of every area.

In: a template's name and what it shows. Out: a response with every header set. An area's template `list.html` is
`<area>/list`, and a file `list.js` of its folder `static` is `asset("<area>/list.js")`; nothing has to be written here.
"""

from pathlib import Path

from jinja2 import BaseLoader, FileSystemLoader, PrefixLoader

from dastak.web.dashboard.moment import moment
from dastak.web.design.assets import HERE as DESIGN
from dastak.web.design.room_pages import RoomPages
from dastak.web.page_headers import PAGE_HEADERS

ROOT = Path(__file__).parent

DEFAULTS: dict[str, object] = {
    "merchant": "",
    "member": None,
    "nav": (),
    "token": "",
    "hint": "",
    "mistakes": (),
    "notice": "",
    "zone": None,
    "tabs": (),
}
"""What a template may always name; a page overrides what it has."""

BEFORE: dict[str, tuple[Path, ...]] = {
    "deliveries/log.js": (DESIGN / "live.js",),
    "deliveries/replay.js": (DESIGN / "live.js",),
}
"""What of the shared files an area's file works with, and comes with it."""


class Pages(RoomPages):
    """Renders the dashboard's pages."""

    def __init__(self) -> None:
        files = {
            "dashboard.css": (
                *(DESIGN / f"{part}.css" for part in ("base", "charts", "controls")),
                ROOT / "static" / "dashboard.css",
            ),
            "dashboard.js": (DESIGN / "forms.js",),
            "charts.css": (DESIGN / "charts.css",),
            **{name: (*BEFORE.get(name, ()), file) for name, file in _files()},
        }
        super().__init__(
            "dastak.web.dashboard", files, "/static/dashboard", DEFAULTS, PAGE_HEADERS, loaders=(_areas(),)
        )
        self.add_filter("moment", moment)


def _files() -> list[tuple[str, Path]]:
    """Every area's static files, by the names that templates use."""
    return [(f"{file.parent.parent.name}/{file.name}", file) for file in sorted(ROOT.glob("*/static/*.*"))]


def _areas() -> BaseLoader:
    folders = [folder for folder in sorted(ROOT.glob("*/templates")) if folder.is_dir()]
    return PrefixLoader({folder.parent.name: FileSystemLoader(folder) for folder in folders})
