"""Static links: public ones, from which everybody starts a KYC Link of their own. With a QR code to print.

In: a visit, the name of a template. Out: pages, or the code as a picture.
"""

import io
from dataclasses import dataclass

import segno
from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.journeys.kyc_link.errors import StaticLinkNotLinked, UnknownTemplate
from dastak.journeys.kyc_link.link import StaticLink
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.setup.room import SetupRoom
from dastak.web.dashboard.setup.tabs import STATIC_LINKS, show_tab
from dastak.web.dashboard.signed_in import Visit
from dastak.web.form import Form
from dastak.web.page_headers import PAGE_HEADERS
from dastak.web.refusal import Refused

DONE = {
    "opened": "The static link is open.",
    "closed": "The static link is closed. Who has started goes on.",
}
KINDS = {"svg": "image/svg+xml", "png": "image/png"}
PNG_SCALE = 16
"""Points per module: about 600 in all, enough for a poster."""


@dataclass(frozen=True, slots=True)
class StaticLinkPages:
    """Handlers; `routes` mounts them."""

    room: SetupRoom

    async def show_all(self, door: Door, visit: Visit) -> Response:
        """Every open one with its code, and templates that have none."""
        links = await self.room.templates.static_links(visit.merchant_id)
        linked = {link.template_name for link in links}
        templates = await self.room.templates.templates(visit.merchant_id)
        return show_tab(
            door,
            visit,
            "static_links",
            links=links,
            others=[(one.name, one.name) for one in templates if one.name not in linked],
            notice=DONE.get(visit.request.query_params.get("done", ""), ""),
        )

    async def open(self, door: Door, visit: Visit, form: Form) -> Response:
        """Open one; the template that has one keeps it."""
        try:
            with door.noting(visit.member, Deed.STATIC_LINK_OPENED):
                await self.room.templates.open_static_link(visit.merchant_id, form.get("template", ""))
        except UnknownTemplate:
            raise Refused(NOT_FOUND) from None
        return door.go(f"{STATIC_LINKS}?done=opened")

    async def close(self, door: Door, visit: Visit, _form: Form) -> Response:
        """Close one; that it is closed already does not matter."""
        try:
            with door.noting(visit.member, Deed.STATIC_LINK_CLOSED):
                await self.room.templates.close_static_link(visit.merchant_id, _template(visit))
        except UnknownTemplate:
            raise Refused(NOT_FOUND) from None
        except StaticLinkNotLinked:
            return door.go(f"{STATIC_LINKS}?done=closed")
        return door.go(f"{STATIC_LINKS}?done=closed")

    async def picture(self, _door: Door, visit: Visit) -> Response:
        """The QR code of one."""
        kind = visit.request.path_params["kind"]
        links = await self.room.templates.static_links(visit.merchant_id)
        link = next((one for one in links if one.template_name == _template(visit)), None)
        if link is None or kind not in KINDS:
            raise Refused(NOT_FOUND)
        return Response(qr_code(link, kind), media_type=KINDS[kind], headers=dict(PAGE_HEADERS))


def qr_code(link: StaticLink, kind: str) -> bytes:
    """The picture, with the quiet zone that readers need."""
    out = io.BytesIO()
    code = segno.make(link.url, error="m", micro=False)
    if kind == "png":
        code.save(out, kind="png", scale=PNG_SCALE)
    else:
        code.save(out, kind="svg", omitsize=True, light="#fff", xmldecl=False)
    return out.getvalue()


def _template(visit: Visit) -> str:
    name: str = visit.request.path_params["name"]
    return name
