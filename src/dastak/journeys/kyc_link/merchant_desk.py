"""What merchants can do with KYC Links beyond the contract: list, cancel, send again. The dashboard calls it.

In: the merchant, a link's id, what to do. Out: the link as it stands, or an error from `errors`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from dastak.journeys.errors import TooSoon
from dastak.journeys.kyc_link.errors import LinkClosed, LinkNotFound
from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.kyc_link.moving import Change, Mover
from dastak.journeys.kyc_link.notifying import invitations
from dastak.journeys.kyc_link.ports import LinkFilter, LinkStore, Surroundings
from dastak.journeys.kyc_link.signal import LinkCancelled
from dastak.journeys.merchants import MerchantBook
from dastak.journeys.paging import Cursor
from dastak.journeys.words import MessageKind, voice
from dastak_sdk import FormStatus

RESEND_AFTER = timedelta(minutes=1)


class MerchantDesk:
    """The merchant's acts on links."""

    def __init__(self, store: LinkStore, merchants: MerchantBook, mover: Mover, surroundings: Surroundings) -> None:
        self._store = store
        self._merchants = merchants
        self._mover = mover
        self._here = surroundings

    async def read(self, merchant_id: str, link_id: str) -> KycLink:
        """The link. Raises `LinkNotFound`."""
        link = await self._store.link_by_id(merchant_id, link_id)
        if link is None:
            raise LinkNotFound("no such link")
        return link

    async def named(self, merchant_id: str, verification_id: str) -> KycLink | None:
        """The link of that verification_id."""
        return await self._store.link_by_verification_id(merchant_id, verification_id)

    async def numbered(self, merchant_id: str, reference_id: int) -> KycLink | None:
        """The link of that reference_id."""
        return await self._store.link_by_reference_id(merchant_id, reference_id)

    async def page(
        self, merchant_id: str, wanted: LinkFilter, after: Cursor | None, limit: int
    ) -> tuple[Sequence[KycLink], Cursor | None]:
        """Some links, newest first, and where the next one begins; None after the last."""
        rows = await self._store.links(merchant_id, wanted, after, limit + 1)
        page = rows[:limit]
        return page, Cursor(page[-1].created_at, page[-1].id) if len(rows) > limit else None

    async def cancel(self, merchant_id: str, link_id: str) -> KycLink:
        """End the link now, told as KYC_LINK_EXPIRED. One that has ended so already is left as it is.

        Raises:
            LinkClosed: the customer has finished it.
        """
        link = await self.read(merchant_id, link_id)
        if link.form_status is FormStatus.EXPIRED:
            return link
        return await self._mover.signal(lambda: self.read(merchant_id, link_id), LinkCancelled())

    async def resend(self, merchant_id: str, link_id: str, channels: Sequence[str]) -> KycLink:
        """Send the invitation again, on these channels.

        Raises:
            LinkClosed: the link cannot be used any longer.
            TooSoon: it was sent again within the last minute.
        """
        speaker = await voice(self._merchants, merchant_id, MessageKind.KYC_LINK)

        def decide(link: KycLink) -> Change:
            now = self._here.now()
            if link.form_status is not FormStatus.RECEIVED or now >= link.expires_at:
                raise LinkClosed("the link is not in use any longer")
            if link.invited_at is not None and now - link.invited_at < RESEND_AFTER:
                raise TooSoon(RESEND_AFTER - (now - link.invited_at))
            again = invitations(link, speaker, channels, now=now, new_id=self._here.new_id)
            return Change(replace(link, invited_at=now), messages=again)

        return await self._mover.change(lambda: self.read(merchant_id, link_id), decide)
