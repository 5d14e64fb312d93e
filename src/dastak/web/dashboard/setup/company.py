"""What customers see of the company on every page: name, contact, colour, logo; and the time zone of the dashboard.

In: a visit, what was typed. Out: pages. A template may have a colour and a logo of its own instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import available_timezones

from starlette.responses import Response

from dastak.accounts.brand import NAME_LIMIT, SUPPORT_LIMIT, BrandChange
from dastak.accounts.credentials import UnknownTimeZone
from dastak.accounts.deed import Deed
from dastak.accounts.merchant import Brand, Merchant
from dastak.accounts.person import is_name
from dastak.journeys.kyc_link.template import BUILT_IN
from dastak.journeys.wording import fault
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.setup import look
from dastak.web.dashboard.setup.room import SetupRoom
from dastak.web.dashboard.setup.tabs import COMPANY, show_tab
from dastak.web.dashboard.signed_in import Visit
from dastak.web.form import Form
from dastak.web.multipart import Parts

Mistakes = Sequence[tuple[str, str]]

SAMPLE = BUILT_IN["Full_kyc"]
"""Whose pages the preview shows."""
ZONES = tuple(sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")))
DONE = {
    "saved": "Saved. Customers see it from their next page on.",
    "logo": "The logo is changed.",
    "zone": "Times are shown in that zone from now on.",
}


@dataclass(frozen=True, slots=True)
class CompanyPages:
    """Handlers; `routes` mounts them."""

    room: SetupRoom

    async def show(self, door: Door, visit: Visit) -> Response:
        """The page."""
        return self._page(door, visit, await self.room.brand.merchant(visit.merchant_id))

    async def save(self, door: Door, visit: Visit, form: Form) -> Response:
        """Name, contact, colour."""
        merchant = await self.room.brand.merchant(visit.merchant_id)
        typed, mistakes = _read(merchant, form)
        if mistakes:
            return self._page(door, visit, typed, mistakes)
        with door.noting(visit.member, Deed.COMPANY_CHANGED, what="name, contact, colour"):
            await self.room.brand.change(visit.merchant_id, BrandChange(name=typed.name, brand=typed.brand))
        return door.go(f"{COMPANY}?done=saved")

    async def preview(self, _door: Door, visit: Visit) -> Response:
        """A page of the customer's, as it is kept."""
        merchant = await self.room.brand.merchant(visit.merchant_id)
        page = visit.request.query_params.get("page", "start")
        return self.room.preview.page(merchant, SAMPLE, page, visit.now)

    async def preview_typed(self, door: Door, visit: Visit, form: Form) -> Response:
        """The first page, with what is typed but not saved."""
        merchant = await self.room.brand.merchant(visit.merchant_id)
        typed, mistakes = _read(merchant, form)
        if mistakes:
            return self._page(door, visit, typed, mistakes)
        return self.room.preview.page(typed, SAMPLE, "start", visit.now)

    async def upload(self, door: Door, visit: Visit, parts: Parts) -> Response:
        """Another logo."""
        logo, wrong = await look.kept_logo(self.room.brand, visit.merchant_id, parts)
        if wrong:
            merchant = await self.room.brand.merchant(visit.merchant_id)
            return self._page(door, visit, merchant, [("logo", wrong)])
        return await self._with_logo(door, visit, logo)

    async def remove_logo(self, door: Door, visit: Visit, _form: Form) -> Response:
        """Back to the usual mark."""
        return await self._with_logo(door, visit, "")

    async def save_zone(self, door: Door, visit: Visit, form: Form) -> Response:
        """In which the dashboard shows times."""
        zone = form.get("zone", "")
        try:
            with door.noting(visit.member, Deed.COMPANY_CHANGED, what="time zone", zone=zone):
                await door.accounts.set_time_zone(visit.merchant_id, zone)
        except UnknownTimeZone:
            merchant = await self.room.brand.merchant(visit.merchant_id)
            return self._page(door, visit, merchant, [("zone", "Choose one of the zones.")])
        return door.go(f"{COMPANY}?done=zone")

    async def _with_logo(self, door: Door, visit: Visit, logo: str) -> Response:
        before = await self.room.brand.merchant(visit.merchant_id)
        with door.noting(visit.member, Deed.COMPANY_CHANGED, logo=logo or "removed"):
            await self.room.brand.change(visit.merchant_id, BrandChange(brand=replace(before.brand, logo=logo)))
        if before.brand.logo:
            await self.room.brand.drop_logo(visit.merchant_id, before.brand.logo)
        return door.go(f"{COMPANY}?done=logo")

    def _page(self, door: Door, visit: Visit, merchant: Merchant, mistakes: Mistakes = ()) -> Response:
        answer = show_tab(
            door,
            visit,
            "company",
            422 if mistakes else 200,
            company=merchant,
            limits=(NAME_LIMIT, SUPPORT_LIMIT),
            logo=merchant.brand.logo,
            merchant_id=merchant.id,
            pages=self.room.preview.pages,
            zones=[(name, name.replace("_", " ")) for name in _zones(merchant)],
            mistakes=mistakes,
            notice=DONE.get(visit.request.query_params.get("done", ""), ""),
            **look.shown(merchant.brand.colour),
        )
        return look.may_frame(answer)


def _read(before: Merchant, form: Form) -> tuple[Merchant, Mistakes]:
    """The merchant as typed, and what is wrong with that."""
    name = " ".join(form.get("name", "").split())
    support = " ".join(form.get("support", "").split())
    colour = look.colour_in(form)
    mistakes = []
    if len(name) > NAME_LIMIT or not is_name(name):
        mistakes.append(("name", f"Give a name of 1 to {NAME_LIMIT} characters, on one line."))
    if wrong := fault(support, limit=SUPPORT_LIMIT, known=()):
        mistakes.append(("support", wrong))
    if colour is None:
        mistakes.append(("colour", look.COLOUR_RULE))
    brand = Brand(colour or "", before.brand.logo, support)
    return replace(before, name=name, brand=brand), mistakes


def _zones(merchant: Merchant) -> list[str]:
    """Those one can choose; the present one in any case."""
    return sorted({*ZONES, merchant.time_zone})
