"""Making a Video KYC by hand, for a new user or one who is known.

In: a form. Out: the form again with what is to be mended, or the case's page.
"""

from collections.abc import Mapping

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.journeys.errors import DuplicateVerificationId
from dastak.journeys.video_kyc.errors import DuplicateUserId, UnknownVkycTemplate, UserNotFound
from dastak.journeys.video_kyc.issuing import NewCase, NewUser
from dastak.journeys.video_kyc.template import AGENT_TEMPLATES, USER_TEMPLATES
from dastak.journeys.video_kyc.user import VkycUser
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.journeys.channels import CHANNELS, ticked
from dastak.web.dashboard.journeys.refused import words_of
from dastak.web.dashboard.journeys.room import CASES, JourneysRoom, tabs
from dastak.web.dashboard.journeys.typed import Mistakes, check_customer_fields, check_user_id, check_verification_id
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.form import Form

USED = "This verification ID was used before. Choose another one."


async def show_new_case(room: JourneysRoom, door: Door, visit: Visit) -> Response:
    """The empty form, with a verification ID that nobody has used."""
    typed = {"verification_id": room.new_id("vkyc"), "by_sms": "yes"}
    return _form(door, visit, typed, [])


async def make_case(room: JourneysRoom, door: Door, visit: Visit, form: Form) -> Response:
    """Make it, and go to its page."""
    mistakes: Mistakes = []
    channels = ticked(form)
    check_verification_id(form.get("verification_id", ""), mistakes)
    check_user_id(form.get("user_id", ""), mistakes)
    user = None if mistakes else await _known(room, visit, form)
    if user is None:
        phone, name, email = (form.get(field, "") for field in ("phone", "name", "email"))
        check_customer_fields(phone, name, email, channels, mistakes)
    elif "email" in channels and user.email is None:
        mistakes.append(("user_id", "This user has no e-mail address. Do not tell them by e-mail."))
    if not mistakes and await room.case_store.case_by_verification_id(visit.merchant_id, form["verification_id"]):
        mistakes.append(("verification_id", USED))
    if mistakes:
        return _form(door, visit, form, mistakes)
    return await _make(room, door, visit, form, user)


async def _make(room: JourneysRoom, door: Door, visit: Visit, form: Form, user: VkycUser | None) -> Response:
    try:
        whose = user or await _make_user(room, door, visit, form)
        with door.noting(visit.member, Deed.JOURNEY_MADE, kind="video_kyc"):
            case = await room.case_issuer.create_case(visit.merchant_id, _new_case(form, whose, visit))
    except DuplicateVerificationId as error:
        return _form(door, visit, form, [("verification_id", words_of(error))])
    except DuplicateUserId:
        return _form(door, visit, form, [("user_id", "This user was made at the same moment. Try once more.")])
    except UnknownVkycTemplate as error:
        return _form(door, visit, form, [("user_template", words_of(error))])
    return door.go(f"{CASES}/{case.id}?said=made")


async def _make_user(room: JourneysRoom, door: Door, visit: Visit, form: Form) -> VkycUser:
    with door.noting(visit.member, Deed.USER_MADE):
        return await room.case_issuer.create_user(visit.merchant_id, _new_user(form, visit))


async def _known(room: JourneysRoom, visit: Visit, form: Mapping[str, str]) -> VkycUser | None:
    """The user who is named, if there is one."""
    name = form.get("user_id", "")
    if not name:
        return None
    try:
        return await room.case_issuer.find_user(visit.merchant_id, name, None)
    except UserNotFound:
        return None


def _new_user(form: Mapping[str, str], visit: Visit) -> NewUser:
    given = {field: form.get(field, "") or None for field in ("user_id", "email", "name")}
    return NewUser(phone=form["phone"], made_by=visit.member.id, **given)


def _new_case(form: Mapping[str, str], user: VkycUser, visit: Visit) -> NewCase:
    return NewCase(
        verification_id=form["verification_id"],
        user_id=user.user_id,
        user_template=form.get("user_template") or None,
        agent_template=form.get("agent_template") or None,
        notification_types=ticked(form),
        made_by=visit.member.id,
    )


def _form(door: Door, visit: Visit, typed: Mapping[str, str], mistakes: Mistakes) -> Response:
    return show(
        door,
        visit,
        "journeys/new_case",
        422 if mistakes else 200,
        tabs=tabs(CASES),
        path=CASES,
        typed=typed,
        user_templates=sorted(USER_TEMPLATES),
        agent_templates=sorted(AGENT_TEMPLATES),
        channels=CHANNELS,
        chosen=ticked(typed),
        mistakes=mistakes,
        wrong={field for field, _ in mistakes},
    )
