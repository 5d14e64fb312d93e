"""Templates and static files of the console, joined.

In: a template's name and what it shows. Out: a response with every header set. Called by `door` alone.
"""

from pathlib import Path

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from dastak.web.console.headers import PAGE_HEADERS
from dastak.web.design.assets import HERE as DESIGN
from dastak.web.design.assets import Assets

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


class Pages:
    """Renders pages."""

    def __init__(self) -> None:
        self.assets = Assets(
            {
                "console.css": (DESIGN / "base.css", STATIC / "console.css"),
                "console.js": (STATIC / "console.js",),
                "mark.svg": (DESIGN / "mark.svg",),
            },
            prefix="/static/console",
        )
        self._templates = Environment(
            loader=ChoiceLoader([PackageLoader("dastak.web.console"), PackageLoader("dastak.web.design")]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["asset"] = self.assets.url

    def render(self, template: str, status: int = 200, **shown: object) -> HTMLResponse:
        """The page of that name."""
        html = self._templates.get_template(f"{template}.html").render(DEFAULTS | shown)
        return HTMLResponse(html, status_code=status, headers=dict(PAGE_HEADERS))
