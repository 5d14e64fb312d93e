"""What can be done about a KYC Link: send it again, cancel it, see its customer.

In: a posted form. Out: a redirect to the link's page, or the page with what is wrong.
"""

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.journeys.errors import JourneyError
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.journeys.channels import ticked
from dastak.web.dashboard.journeys.link_page import page
from dastak.web.dashboard.journeys.refused import words_of
from dastak.web.dashboard.journeys.room import LINKS, JourneysRoom
from dastak.web.dashboard.signed_in import Visit
from dastak.web.form import Form


async def resend(room: JourneysRoom, door: Door, visit: Visit, form: Form) -> Response:
    """The invitation again."""
    link = await room.link(visit)
    channels = tuple(one for one in ticked(form) if one != "email" or link.email)
    if not channels:
        return await page(room, door, visit, link, mistakes=(("resend", "Choose how to tell the customer."),))
    try:
        await room.links.resend(visit.merchant_id, link.id, channels)
    except JourneyError as error:
        return await page(room, door, visit, await room.link(visit), mistakes=(("resend", words_of(error)),))
    await door.note(visit.member, Deed.JOURNEY_RESENT, link.id, channels=" ".join(channels))
    return door.go(f"{LINKS}/{link.id}?said=resent")


async def cancel(room: JourneysRoom, door: Door, visit: Visit, _form: Form) -> Response:
    """End it now."""
    link = await room.link(visit)
    try:
        await room.links.cancel(visit.merchant_id, link.id)
    except JourneyError as error:
        return await page(room, door, visit, await room.link(visit), mistakes=(("main", words_of(error)),))
    await door.note(visit.member, Deed.JOURNEY_CANCELLED, link.id)
    return door.go(f"{LINKS}/{link.id}?said=cancelled")


async def reveal(room: JourneysRoom, door: Door, visit: Visit, _form: Form) -> Response:
    """The page with the customer's data; noted before it is shown."""
    link = await room.link(visit)
    await door.note(visit.member, Deed.DATA_VIEWED, link.id, shown="name, phone, e-mail")
    return await page(room, door, visit, link, is_whole=True)
