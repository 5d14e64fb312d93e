"""The merchant's side of KYC Links: make one, find one, static links, templates. The REST API calls this.

In: values that the API has already checked for form. Out: links, or an error from `errors`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from dastak.journeys.calendar import default_expiry, end_of
from dastak.journeys.happening import Message
from dastak.journeys.kyc_link.errors import LinkNotFound, StaticLinkNotLinked, UnknownTemplate
from dastak.journeys.kyc_link.link import Check, KycLink, StaticLink
from dastak.journeys.kyc_link.notifying import invitations
from dastak.journeys.kyc_link.ports import LinkStore, StaticLinkStore, Surroundings, TemplateStore
from dastak.journeys.kyc_link.template import BUILT_IN, Template
from dastak.journeys.merchants import MerchantBook
from dastak.journeys.words import MessageKind, voice
from dastak_sdk import CheckType, FormStatus


@dataclass(frozen=True, slots=True)
class NewLink:
    """What a merchant asks for."""

    verification_id: str
    template_name: str
    phone: str
    name: str | None
    email: str | None
    link_expiry: date | None
    """None: thirty days from today in India."""
    notification_types: tuple[str, ...]
    made_by: str = ""
    """As `KycLink.made_by`."""


class LinkIssuer:
    """Makes and finds links for merchants."""

    def __init__(
        self,
        store: LinkStore,
        templates: TemplateStore,
        static_links: StaticLinkStore,
        merchants: MerchantBook,
        surroundings: Surroundings,
    ) -> None:
        self._store = store
        self._templates = templates
        self._static_links = static_links
        self._merchants = merchants
        self._here = surroundings

    async def create(self, merchant_id: str, new: NewLink) -> KycLink:
        """Make a link and queue its invitations, in one transaction.

        Raises:
            UnknownTemplate: the merchant has no such template.
            DuplicateVerificationId: that verification_id was used before, also by a request at the same moment.
        """
        template = await self.template(merchant_id, new.template_name)
        now = self._here.now()
        expiry = new.link_expiry or default_expiry(now)
        code = self._here.new_code()
        link = KycLink(
            merchant_id=merchant_id,
            id=self._here.new_id("jrn"),
            code=code,
            verification_id=new.verification_id,
            reference_id=await self._store.next_reference_id(),
            name=new.name,
            phone=new.phone,
            email=new.email,
            template_name=template.name,
            checks=tuple(Check(type_) for type_ in template.checks),
            form_status=FormStatus.RECEIVED,
            link_expiry=expiry,
            expires_at=end_of(expiry),
            created_at=now,
            form_link=f"{self._here.public_url}/verification/{code}",
            max_tries=self._here.max_tries,
            made_by=new.made_by,
            trace=self._here.tracer.under(""),
        )
        await self._store.add_link(link, await self._invitations(link, new.notification_types))
        self._here.observer.link_made()
        return link

    async def find(self, merchant_id: str, verification_id: str | None, reference_id: int | None) -> KycLink:
        """The merchant's link by either id; with both, they must mean the same one."""
        link = None
        if verification_id is not None:
            link = await self._store.link_by_verification_id(merchant_id, verification_id)
        elif reference_id is not None:
            link = await self._store.link_by_reference_id(merchant_id, reference_id)
        if link is None or (reference_id is not None and link.reference_id != reference_id):
            raise LinkNotFound("no such link")
        return link

    async def template(self, merchant_id: str, name: str) -> Template:
        """The merchant's own template of that name, else the built-in one."""
        template = await self._templates.template(merchant_id, name) or BUILT_IN.get(name)
        if template is None:
            raise UnknownTemplate("no such template")
        return template

    async def own_template(self, merchant_id: str, name: str) -> Template | None:
        """The merchant's own of that name, if it has one."""
        return await self._templates.template(merchant_id, name)

    async def own_names(self, merchant_id: str) -> set[str]:
        """Names of the merchant's own templates."""
        return {template.name for template in await self._templates.templates(merchant_id)}

    async def templates(self, merchant_id: str) -> Sequence[Template]:
        """Every template that the merchant can name, own ones over built-in ones, by name."""
        own = {template.name: template for template in await self._templates.templates(merchant_id)}
        return sorted({**BUILT_IN, **own}.values(), key=lambda template: template.name)

    async def put_template(self, merchant_id: str, template: Template) -> None:
        """Add or replace one; links already made keep the checks they were made with."""
        await self._templates.put_template(merchant_id, template)

    async def put_checks(self, merchant_id: str, name: str, checks: tuple[CheckType, ...]) -> Template:
        """Add a template, or give one other checks; its texts and look stay."""
        own = await self._templates.template(merchant_id, name)
        template = Template(name, checks) if own is None else replace(own, checks=checks)
        await self._templates.put_template(merchant_id, template)
        return template

    async def delete_template(self, merchant_id: str, name: str) -> None:
        """Remove the merchant's own template. Raises `UnknownTemplate`."""
        if not await self._templates.delete_template(merchant_id, name):
            raise UnknownTemplate("no such template of your own")

    async def open_static_link(self, merchant_id: str, template_name: str) -> StaticLink:
        """The template's static link; asking again gives the same one. Raises `UnknownTemplate`."""
        template = await self.template(merchant_id, template_name)
        code = self._here.new_code()
        url = f"{self._here.public_url}/verification/global-link/{code}"
        return await self._static_links.put_static_link(StaticLink(merchant_id, code, template.name, url, active=True))

    async def static_links(self, merchant_id: str) -> Sequence[StaticLink]:
        """The active ones, by template."""
        return await self._static_links.static_links(merchant_id)

    async def close_static_link(self, merchant_id: str, template_name: str) -> StaticLink:
        """Deactivate it; links that visitors already started go on. Raises `UnknownTemplate`, `StaticLinkNotLinked`."""
        link = await self._static_links.deactivate_static_link(merchant_id, template_name)
        if link is None:
            await self.template(merchant_id, template_name)
            raise StaticLinkNotLinked("this template has no active static link")
        return link

    async def _invitations(self, link: KycLink, channels: Sequence[str]) -> Sequence[Message]:
        if not channels:
            return ()
        speaker = await voice(self._merchants, link.merchant_id, MessageKind.KYC_LINK)
        return invitations(link, speaker, channels, now=link.created_at, new_id=self._here.new_id)
