"""The Aadhaar check: number and consent, then the OTP that the holder's phone got.

In: three forms. Out: what `check_page` makes of them.
"""

from starlette.responses import Response

from dastak.web.form import Form
from dastak.web.hosted.check_page import NEEDS_CONSENT, perform
from dastak.web.hosted.consent import consent_record
from dastak.web.hosted.door import Door
from dastak.web.hosted.form import compact
from dastak.web.hosted.session import Session
from dastak.web.hosted.view import Mistake
from dastak.web.hosted.visit import Visit
from dastak_sdk import CheckType


def typed_number(form: Form) -> tuple[str, list[Mistake]]:
    """The number as it was typed, and what is missing of number and consent."""
    number = compact(form.get("aadhaar_number", ""))
    mistakes = [] if number else [Mistake("aadhaar_number", "Type your 12-digit Aadhaar number.")]
    return number, mistakes + ([] if form.get("consent") == "yes" else [NEEDS_CONSENT])


def typed_otp(form: Form) -> tuple[str, list[Mistake]]:
    """The OTP as it was typed, and whether it is missing."""
    otp = compact(form.get("otp", ""))
    return otp, [] if otp else [Mistake("otp", "Type the 6 digits from the message.")]


async def start_aadhaar(door: Door, visit: Visit, session: Session, form: Form) -> Response:
    """Ask the source for an OTP. Without consent the number goes nowhere."""
    number, mistakes = typed_number(form)
    link = await door.desk.link(visit.code)
    text = consent_record(await door.desk.merchant_name(link.merchant_id))
    return await perform(
        door,
        visit,
        session,
        form,
        CheckType.AADHAAR,
        lambda: door.desk.start_aadhaar(visit.code, number, consent=True, consent_text=text, client_ip=visit.client_ip),
        mistakes,
    )


async def finish_aadhaar(door: Door, visit: Visit, session: Session, form: Form) -> Response:
    """Confirm with the OTP."""
    otp, mistakes = typed_otp(form)
    return await perform(
        door, visit, session, form, CheckType.AADHAAR, lambda: door.desk.finish_aadhaar(visit.code, otp), mistakes
    )


async def cancel_aadhaar(door: Door, visit: Visit, session: Session, form: Form) -> Response:
    """Back to the number."""
    return await perform(door, visit, session, form, CheckType.AADHAAR, lambda: door.desk.cancel_aadhaar(visit.code))
