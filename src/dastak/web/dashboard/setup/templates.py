"""Templates of KYC Links: listed, made, changed, previewed, removed.

In: a visit, what was typed. Out: pages. A template that Dastak brings is changed by making one's own of the same name;
removing that brings the other back. Links keep the checks that they were made with; texts and look count at once.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.journeys.kyc_link.errors import StaticLinkNotLinked, UnknownTemplate
from dastak.journeys.kyc_link.template import BUILT_IN, NAME, Look, Template
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.setup import look
from dastak.web.dashboard.setup.room import SetupRoom
from dastak.web.dashboard.setup.tabs import TEMPLATES, show_tab
from dastak.web.dashboard.setup.template_form import NAMES, Mistakes, choices, chosen, read
from dastak.web.dashboard.signed_in import Visit
from dastak.web.form import Form
from dastak.web.multipart import Parts
from dastak.web.refusal import Refused
from dastak_sdk import CheckType

MOST_TEMPLATES = 200
"""Of one's own."""

DONE = {
    "made": "The template is made. Choose its checks and words.",
    "saved": "Saved. Pages of links that are out already show it, too.",
    "logo": "The logo is changed.",
    "removed": "The template is removed.",
}


@dataclass(frozen=True, slots=True)
class TemplatePages:
    """Handlers; `routes` mounts them."""

    room: SetupRoom

    async def show_all(self, door: Door, visit: Visit) -> Response:
        """Every template, and the form that makes one."""
        return await self._all(door, visit)

    async def create(self, door: Door, visit: Visit, form: Form) -> Response:
        """Make a template, to be filled in on its own page."""
        name = form.get("name", "")
        if not NAME.fullmatch(name) or not name.strip("."):
            return await self._all(door, visit, [("name", "Give up to 50 letters, digits, dots, dashes, underscores.")])
        own = await self._own(visit)
        if name in own or name in BUILT_IN:
            return await self._all(door, visit, [("name", "There is a template of that name. Open it instead.")])
        if len(own) >= MOST_TEMPLATES:
            return await self._all(door, visit, [("name", f"You have {MOST_TEMPLATES} templates. Remove one first.")])
        with door.noting(visit.member, Deed.TEMPLATE_MADE):
            await self.room.templates.put_template(visit.merchant_id, Template(name, (CheckType.AADHAAR,)))
        return door.go(f"{TEMPLATES}/{name}?done=made")

    async def show_one(self, door: Door, visit: Visit) -> Response:
        """A template, to be changed."""
        return await self._one(door, visit, await self._found(visit))

    async def save(self, door: Door, visit: Visit, form: Form) -> Response:
        """Keep what the form says."""
        form_read = read(await self._found(visit), form)
        if form_read.mistakes:
            return await self._one(door, visit, form_read.template, form_read.mistakes)
        with door.noting(visit.member, Deed.TEMPLATE_CHANGED):
            await self.room.templates.put_template(visit.merchant_id, form_read.template)
        return _saved(door, visit, "saved")

    async def preview(self, _door: Door, visit: Visit) -> Response:
        """A page of the customer's, as it is kept."""
        return await self._preview(visit, await self._found(visit), visit.request.query_params.get("page", "start"))

    async def preview_typed(self, door: Door, visit: Visit, form: Form) -> Response:
        """A page of the customer's, with what is typed but not saved."""
        form_read = read(await self._found(visit), form)
        if form_read.mistakes:
            return await self._one(door, visit, form_read.template, form_read.mistakes)
        return await self._preview(visit, form_read.template, form.get("page", "start"))

    async def upload(self, door: Door, visit: Visit, parts: Parts) -> Response:
        """Another logo for this template."""
        template = await self._found(visit)
        logo, wrong = await look.kept_logo(self.room.brand, visit.merchant_id, parts)
        if wrong:
            return await self._one(door, visit, template, [("logo", wrong)])
        return await self._with_logo(door, visit, template, logo)

    async def remove_logo(self, door: Door, visit: Visit, _form: Form) -> Response:
        """Back to the company's logo."""
        return await self._with_logo(door, visit, await self._found(visit), "")

    async def remove(self, door: Door, visit: Visit, form: Form) -> Response:
        """Remove the merchant's own template."""
        template = await self._found(visit)
        if form.get("sure") != "yes":
            return await self._one(door, visit, template, [("sure", "Tick the box to remove the template.")])
        if template.name not in BUILT_IN:
            with contextlib.suppress(StaticLinkNotLinked), door.noting(visit.member, Deed.STATIC_LINK_CLOSED):
                await self.room.templates.close_static_link(visit.merchant_id, template.name)
        try:
            with door.noting(visit.member, Deed.TEMPLATE_REMOVED):
                await self.room.templates.delete_template(visit.merchant_id, template.name)
        except UnknownTemplate:
            raise Refused(NOT_FOUND) from None
        await self._drop(visit, template.look.logo)
        return door.go(f"{TEMPLATES}?done=removed")

    async def _with_logo(self, door: Door, visit: Visit, template: Template, logo: str) -> Response:
        after = replace(template, look=Look(template.look.colour, logo))
        with door.noting(visit.member, Deed.TEMPLATE_CHANGED, logo=logo or "removed"):
            await self.room.templates.put_template(visit.merchant_id, after)
        await self._drop(visit, template.look.logo)
        return _saved(door, visit, "logo")

    async def _drop(self, visit: Visit, logo: str) -> None:
        if logo:
            await self.room.brand.drop_logo(visit.merchant_id, logo)

    async def _preview(self, visit: Visit, template: Template, page: str) -> Response:
        merchant = await self.room.brand.merchant(visit.merchant_id)
        return self.room.preview.page(merchant, template, page, visit.now)

    async def _all(self, door: Door, visit: Visit, mistakes: Mistakes = ()) -> Response:
        own = await self._own(visit)
        templates: Sequence[Template] = await self.room.templates.templates(visit.merchant_id)
        links = {link.template_name for link in await self.room.templates.static_links(visit.merchant_id)}
        return show_tab(
            door,
            visit,
            "templates",
            422 if mistakes else 200,
            rows=[
                (one, ", then ".join(NAMES[check.name] for check in one.checks), one.name in own) for one in templates
            ],
            links=links,
            mistakes=mistakes,
            notice=DONE.get(visit.request.query_params.get("done", ""), ""),
        )

    async def _one(self, door: Door, visit: Visit, template: Template, mistakes: Mistakes = ()) -> Response:
        merchant = await self.room.brand.merchant(visit.merchant_id)
        links = await self.room.templates.static_links(visit.merchant_id)
        answer = show_tab(
            door,
            visit,
            "template",
            422 if mistakes else 200,
            one=template,
            has_built_in=template.name in BUILT_IN,
            is_own=template.name in await self._own(visit),
            places=chosen(template),
            choices=choices(),
            logo=template.look.logo,
            inherited=merchant.brand.logo,
            merchant_id=merchant.id,
            pages=self.room.preview.pages,
            static=next((link for link in links if link.template_name == template.name), None),
            mistakes=mistakes,
            notice=DONE.get(visit.request.query_params.get("done", ""), ""),
            **look.shown(template.look.colour),
        )
        return look.may_frame(answer)

    async def _own(self, visit: Visit) -> set[str]:
        return await self.room.templates.own_names(visit.merchant_id)

    async def _found(self, visit: Visit) -> Template:
        try:
            return await self.room.templates.template(visit.merchant_id, visit.request.path_params["name"])
        except UnknownTemplate:
            raise Refused(NOT_FOUND) from None


def _saved(door: Door, visit: Visit, done: str) -> Response:
    return door.go(f"{TEMPLATES}/{visit.request.path_params['name']}?done={done}")
