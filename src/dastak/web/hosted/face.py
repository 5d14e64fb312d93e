"""What a customer sees of the merchant: its name, colour, logo and contact, and the template's own words.

In: the merchant as `accounts` knows it, and the template that the link was made with. Out: a `Face` for pages. Every
page that knows its merchant shows one.
"""

from dataclasses import dataclass
from typing import Protocol

from dastak.accounts.merchant import Merchant
from dastak.journeys.kyc_link.template import Look, Template, Texts
from dastak.journeys.wording import filled
from dastak.web.design.theme import is_colour


@dataclass(frozen=True, slots=True)
class Face:
    """A merchant on a page."""

    name: str
    colour: str = ""
    """`#rrggbb`; empty: the usual one."""
    logo: str = ""
    """Path of the picture; empty: the usual mark."""
    support: str = ""
    """How customers reach the merchant, in its own words."""
    heading: str = ""
    intro: str = ""
    done: str = ""

    @property
    def style(self) -> str:
        """Path of the stylesheet that puts the colour over the usual ones."""
        return style_path(self.colour) if self.colour else ""


class Faces(Protocol):
    """Knows every merchant's face."""

    async def face(self, merchant_id: str, template_name: str = "") -> Face: ...


class Names(Protocol):
    """Any desk for customers."""

    async def merchant_name(self, merchant_id: str) -> str: ...


class Merchants(Protocol):
    """Fulfilled by `accounts.credentials.Accounts`."""

    async def merchant(self, merchant_id: str) -> Merchant: ...


class Templates(Protocol):
    """Fulfilled by `journeys.kyc_link.issuing.LinkIssuer`."""

    async def own_template(self, merchant_id: str, name: str) -> Template | None: ...


@dataclass(frozen=True, slots=True)
class MerchantFaces:
    """Faces as merchants have set them up."""

    merchants: Merchants
    templates: Templates

    async def face(self, merchant_id: str, template_name: str = "") -> Face:
        """The merchant's, with what the template says otherwise."""
        merchant = await self.merchants.merchant(merchant_id)
        template = await self.templates.own_template(merchant_id, template_name) if template_name else None
        return face_of(merchant, template)


def face_of(merchant: Merchant, template: Template | None = None) -> Face:
    """Pure: the template's look over the merchant's."""
    look = Look() if template is None else template.look
    texts = Texts() if template is None else template.texts
    colour = look.colour or merchant.brand.colour
    logo = look.logo or merchant.brand.logo
    return Face(
        name=merchant.name,
        colour=colour if is_colour(colour) else "",
        logo=logo_path(merchant.id, logo) if logo else "",
        support=merchant.brand.support,
        heading=_named(texts.heading, merchant.name),
        intro=_named(texts.intro, merchant.name),
        done=_named(texts.done, merchant.name),
    )


def style_path(colour: str) -> str:
    """Where the stylesheet of that colour is."""
    return f"/brand/colour/{colour.removeprefix('#')}.css"


def logo_path(merchant_id: str, logo: str) -> str:
    """Where a merchant's uploaded logo is."""
    return f"/brand/logo/{merchant_id}/{logo}.webp"


def _named(text: str, merchant: str) -> str:
    return filled(text, {"merchant": merchant})
