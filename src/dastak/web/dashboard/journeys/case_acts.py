"""What can be done about a Video KYC: send its link again, cancel it, give its booking back, see its customer.

In: a posted form. Out: a redirect to the case's page, or the page with what is wrong.
"""

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.journeys.errors import JourneyError
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.journeys.case_page import page
from dastak.web.dashboard.journeys.channels import ticked
from dastak.web.dashboard.journeys.refused import words_of
from dastak.web.dashboard.journeys.room import CASES, JourneysRoom
from dastak.web.dashboard.signed_in import Visit
from dastak.web.form import Form


async def resend(room: JourneysRoom, door: Door, visit: Visit, form: Form) -> Response:
    """The invitation again."""
    case = await room.case(visit)
    channels = tuple(one for one in ticked(form) if one != "email" or case.email)
    if not channels:
        return await page(room, door, visit, case, mistakes=(("resend", "Choose how to tell the customer."),))
    try:
        await room.cases.resend(visit.merchant_id, case.verification_id, channels)
    except JourneyError as error:
        return await page(room, door, visit, await room.case(visit), mistakes=(("resend", words_of(error)),))
    await door.note(visit.member, Deed.JOURNEY_RESENT, case.id, channels=" ".join(channels))
    return door.go(f"{CASES}/{case.id}?said=resent")


async def cancel(room: JourneysRoom, door: Door, visit: Visit, _form: Form) -> Response:
    """End it now."""
    case = await room.case(visit)
    try:
        await room.cases.cancel(visit.merchant_id, case.verification_id)
    except JourneyError as error:
        return await page(room, door, visit, await room.case(visit), mistakes=(("main", words_of(error)),))
    await door.note(visit.member, Deed.JOURNEY_CANCELLED, case.id)
    return door.go(f"{CASES}/{case.id}?said=cancelled")


async def unschedule(room: JourneysRoom, door: Door, visit: Visit, _form: Form) -> Response:
    """Give the booking back."""
    case = await room.case(visit)
    try:
        await room.cases.unschedule(visit.merchant_id, case.verification_id)
    except JourneyError as error:
        return await page(room, door, visit, await room.case(visit), mistakes=(("main", words_of(error)),))
    await door.note(visit.member, Deed.JOURNEY_UNBOOKED, case.id)
    return door.go(f"{CASES}/{case.id}?said=unbooked")


async def reveal(room: JourneysRoom, door: Door, visit: Visit, _form: Form) -> Response:
    """The page with the customer's data; noted before it is shown."""
    case = await room.case(visit)
    await door.note(visit.member, Deed.DATA_VIEWED, case.id, shown="name, phone, e-mail")
    return await page(room, door, visit, case, is_whole=True)
