"""What can be done about a journey: send its link again, cancel it, see its customer, give its booking back.

In: a posted form. Out: a redirect to the journey's page, or the page with what is wrong. Written once for both
products: `LINK` and `CASE` say in what they differ.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.journeys.errors import JourneyError
from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.journeys import case_page, link_page
from dastak.web.dashboard.journeys.channels import ticked
from dastak.web.dashboard.journeys.refused import words_of
from dastak.web.dashboard.journeys.room import CASES, LINKS, JourneysRoom
from dastak.web.dashboard.signed_in import Visit
from dastak.web.form import Form

J = TypeVar("J", KycLink, VideoKyc)
J_contra = TypeVar("J_contra", KycLink, VideoKyc, contravariant=True)


class PageOf(Protocol[J_contra]):
    """Shows one journey."""

    async def __call__(
        self,
        room: JourneysRoom,
        door: Door,
        visit: Visit,
        journey: J_contra,
        /,
        *,
        is_whole: bool = False,
        mistakes: tuple[tuple[str, str], ...] = (),
    ) -> Response: ...


@dataclass(frozen=True, slots=True)
class Product(Generic[J]):
    """One of the two, and what can be done about its journeys."""

    path: str
    """Of its list; a journey's page is below."""
    find: Callable[[JourneysRoom, Visit], Awaitable[J]]
    page: PageOf[J]
    invite: Callable[[JourneysRoom, J, Sequence[str]], Awaitable[J]]
    end: Callable[[JourneysRoom, J], Awaitable[J]]

    async def resend(self, room: JourneysRoom, door: Door, visit: Visit, form: Form) -> Response:
        """The invitation again."""
        journey = await self.find(room, visit)
        channels = tuple(one for one in ticked(form) if one != "email" or journey.email)
        if not channels:
            return await self.page(
                room, door, visit, journey, mistakes=(("resend", "Choose how to tell the customer."),)
            )
        try:
            with door.noting(visit.member, Deed.JOURNEY_RESENT, channels=" ".join(channels)):
                await self.invite(room, journey, channels)
        except JourneyError as error:
            return await self.refused(room, door, visit, error, "resend")
        return self.back(door, journey, "resent")

    async def cancel(self, room: JourneysRoom, door: Door, visit: Visit, _form: Form) -> Response:
        """End it now."""
        journey = await self.find(room, visit)
        try:
            with door.noting(visit.member, Deed.JOURNEY_CANCELLED):
                await self.end(room, journey)
        except JourneyError as error:
            return await self.refused(room, door, visit, error)
        return self.back(door, journey, "cancelled")

    async def reveal(self, room: JourneysRoom, door: Door, visit: Visit, _form: Form) -> Response:
        """The page with the customer's data; noted before it is shown."""
        journey = await self.find(room, visit)
        await door.note(visit.member, Deed.DATA_VIEWED, journey.id, shown="name, phone, e-mail")
        return await self.page(room, door, visit, journey, is_whole=True)

    async def refused(
        self, room: JourneysRoom, door: Door, visit: Visit, error: JourneyError, place: str = "main"
    ) -> Response:
        """The page as the journey stands now, with why it was not done at that place."""
        return await self.page(room, door, visit, await self.find(room, visit), mistakes=((place, words_of(error)),))

    def back(self, door: Door, journey: J, said: str) -> Response:
        """To the page, which says what was done."""
        return door.go(f"{self.path}/{journey.id}?said={said}")


LINK: Product[KycLink] = Product(
    path=LINKS,
    find=JourneysRoom.link,
    page=link_page.page,
    invite=lambda room, link, channels: room.links.resend(link.merchant_id, link.id, channels),
    end=lambda room, link: room.links.cancel(link.merchant_id, link.id),
)
CASE: Product[VideoKyc] = Product(
    path=CASES,
    find=JourneysRoom.case,
    page=case_page.page,
    invite=lambda room, case, channels: room.cases.resend(case.merchant_id, case.verification_id, channels),
    end=lambda room, case: room.cases.cancel(case.merchant_id, case.verification_id),
)


async def unschedule(room: JourneysRoom, door: Door, visit: Visit, _form: Form) -> Response:
    """Give a Video KYC's booking back."""
    case = await room.case(visit)
    try:
        with door.noting(visit.member, Deed.JOURNEY_UNBOOKED):
            await room.cases.unschedule(visit.merchant_id, case.verification_id)
    except JourneyError as error:
        return await CASE.refused(room, door, visit, error)
    return CASE.back(door, case, "unbooked")
