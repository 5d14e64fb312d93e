"""Templates and static files of one room of pages, joined with those that every room shares.

In: a template's name and what it shows. Out: a response with every header set. The `pages` of each room fills it in.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from dastak.web.design.assets import HERE, Assets


class RoomPages:
    """Renders pages.

    Args:
        package: the room, whose templates come before the shared ones.
        files: its own static files, as `Assets` takes them; the mark is added.
        prefix: path under which they are served.
        defaults: what a template may always name; a page overrides what it has.
        headers: of every page.
        loaders: of more templates, after the room's and before the shared ones.
    """

    def __init__(
        self,
        package: str,
        files: Mapping[str, Sequence[Path]],
        prefix: str,
        defaults: Mapping[str, object],
        headers: Mapping[str, str],
        loaders: Sequence[BaseLoader] = (),
    ) -> None:
        self.assets = Assets({**files, "mark.svg": (HERE / "mark.svg",)}, prefix=prefix)
        self._defaults = dict(defaults)
        self._headers = dict(headers)
        self._templates = Environment(
            loader=ChoiceLoader([PackageLoader(package), *loaders, PackageLoader("dastak.web.design")]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["asset"] = self.assets.url

    def add_filter(self, name: str, act: Callable[..., object]) -> None:
        """One more filter for the room's templates."""
        self._templates.filters[name] = act

    def render(self, template: str, status: int = 200, **shown: object) -> HTMLResponse:
        """The page of that name."""
        return HTMLResponse(self.text(template, **shown), status_code=status, headers=self._headers)

    def text(self, template: str, **shown: object) -> str:
        """That template alone: a page, or the piece of one that is to be shown within it."""
        return self._templates.get_template(f"{template}.html").render(self._defaults | shown)

    def template_names(self) -> list[str]:
        """Every template that a page could be made of."""
        return self._templates.list_templates()

    def compile(self, name: str) -> None:
        """Read one template without rendering it. Raises jinja2's errors for what is wrong in it."""
        self._templates.get_template(name)
