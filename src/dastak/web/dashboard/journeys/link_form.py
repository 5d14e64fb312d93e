"""Making a KYC Link by hand.

In: a form. Out: the form again with what is to be mended, or the link's page.
"""

from collections.abc import Mapping
from datetime import date

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.journeys.calendar import LONGEST_LIFE, is_allowed_expiry, today_in_india
from dastak.journeys.errors import DuplicateVerificationId
from dastak.journeys.kyc_link.errors import UnknownTemplate
from dastak.journeys.kyc_link.issuing import NewLink
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.journeys.channels import CHANNELS, ticked
from dastak.web.dashboard.journeys.refused import words_of
from dastak.web.dashboard.journeys.room import LINKS, JourneysRoom, tabs
from dastak.web.dashboard.journeys.typed import Mistakes, check_customer_fields, check_verification_id
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.form import Form

EXPIRY_WORDS = "Choose a day from today to thirty days on."


async def show_new_link(room: JourneysRoom, door: Door, visit: Visit) -> Response:
    """The empty form, with a verification ID that nobody has used."""
    typed = {"verification_id": room.new_id("kyc"), "by_sms": "yes"}
    return await _form(room, door, visit, typed, [])


async def make_link(room: JourneysRoom, door: Door, visit: Visit, form: Form) -> Response:
    """Make it, and go to its page."""
    mistakes: Mistakes = []
    new = new_link(form, visit, mistakes)
    if mistakes:
        return await _form(room, door, visit, form, mistakes)
    try:
        with door.noting(visit.member, Deed.JOURNEY_MADE, kind="kyc_link"):
            link = await room.link_issuer.create(visit.merchant_id, new)
    except DuplicateVerificationId as error:
        return await _form(room, door, visit, form, [("verification_id", words_of(error))])
    except UnknownTemplate as error:
        return await _form(room, door, visit, form, [("template", words_of(error))])
    return door.go(f"{LINKS}/{link.id}?said=made")


def new_link(form: Mapping[str, str], visit: Visit, mistakes: Mistakes) -> NewLink:
    """What was typed; what is wrong with it is added to the mistakes."""
    channels = ticked(form)
    phone, name, email = (form.get(field, "") for field in ("phone", "name", "email"))
    check_verification_id(form.get("verification_id", ""), mistakes)
    check_customer_fields(phone, name, email, channels, mistakes)
    return NewLink(
        verification_id=form.get("verification_id", ""),
        template_name=form.get("template", ""),
        phone=phone,
        name=name or None,
        email=email or None,
        link_expiry=_expiry(form.get("expiry", ""), visit, mistakes),
        notification_types=channels,
        made_by=visit.member.id,
    )


def _expiry(text: str, visit: Visit, mistakes: Mistakes) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not is_allowed_expiry(day, visit.now):
        mistakes.append(("expiry", EXPIRY_WORDS))
        return None
    return day


async def _form(room: JourneysRoom, door: Door, visit: Visit, typed: Mapping[str, str], mistakes: Mistakes) -> Response:
    today = today_in_india(visit.now)
    return show(
        door,
        visit,
        "journeys/new_link",
        422 if mistakes else 200,
        tabs=tabs(LINKS),
        path=LINKS,
        typed=typed,
        templates=[one.name for one in await room.link_issuer.templates(visit.merchant_id)],
        channels=CHANNELS,
        chosen=ticked(typed),
        first_day=today,
        last_day=today + LONGEST_LIFE,
        mistakes=mistakes,
        wrong={field for field, _ in mistakes},
    )
