"""The Aadhaar step of a Video KYC: number and consent, then the OTP; the pages are those of KYC Link.

In: three forms. Out: the page again with what is wrong, or a redirect.
"""

from collections.abc import Awaitable, Callable, Sequence

from starlette.responses import Response

from dastak.journeys.facts import SourceUnavailable, SyntaxRefused
from dastak.journeys.video_kyc.errors import StepClosed
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.form import Form
from dastak.web.hosted.aadhaar import typed_number, typed_otp
from dastak.web.hosted.consent import consent_record, consent_text
from dastak.web.hosted.turns import mark
from dastak.web.hosted.video.inside import Inside
from dastak.web.hosted.video.place import Page
from dastak.web.hosted.view import Mistake, Notice, tries_text

UNAVAILABLE = Notice(
    "note", "Aadhaar is not answering right now. Nothing was counted as a try. Wait a minute and send it again."
)
CLOSED = Notice("bad", "No more Aadhaar codes can be sent for this link. Please ask the company that sent it.")
TOO_LATE = Notice("note", "The Aadhaar OTP was not typed in time. Ask for a new one.")


def stamp(case: VideoKyc) -> str:
    """A mark of the state in which a form was shown: it changes as soon as the form has been used."""
    step = case.aadhaar
    return mark(str(step.tries), str(step.starts), step.session.source_ref if step.session else "")


async def show_aadhaar(
    at: Inside, mistakes: Sequence[Mistake] = (), notice: Notice | None = None, status: int = 200
) -> Response:
    """The form for the number."""
    return at.show(
        Page.AADHAAR,
        status,
        consent=consent_text(at.face.name),
        step=stamp(at.case),
        mistakes=mistakes,
        notice=notice or _how_it_went(at.case),
    )


async def show_aadhaar_otp(
    at: Inside, mistakes: Sequence[Mistake] = (), notice: Notice | None = None, status: int = 200
) -> Response:
    """The form for the OTP that the Aadhaar's holder got."""
    last4 = at.case.aadhaar.session.last4 if at.case.aadhaar.session else ""
    return at.show(Page.AADHAAR_OTP, status, last4=last4, step=stamp(at.case), mistakes=mistakes, notice=notice)


async def start_aadhaar(at: Inside, form: Form) -> Response:
    """Ask the source for an OTP. Without consent the number goes nowhere."""
    number, mistakes = typed_number(form)
    text = consent_record(at.face.name)
    desk, visit = at.ports.desk, at.visit
    return await _perform(
        at,
        form,
        mistakes,
        lambda: desk.start_aadhaar(visit.code, number, consent=True, consent_text=text, client_ip=visit.address),
    )


async def finish_aadhaar(at: Inside, form: Form) -> Response:
    """Confirm with the OTP."""
    otp, mistakes = typed_otp(form)
    return await _perform(at, form, mistakes, lambda: at.ports.desk.finish_aadhaar(at.visit.code, otp))


async def cancel_aadhaar(at: Inside, form: Form) -> Response:
    """Back to the number."""
    return await _perform(at, form, (), lambda: at.ports.desk.cancel_aadhaar(at.visit.code))


async def _perform(
    at: Inside, form: Form, mistakes: Sequence[Mistake], call: Callable[[], Awaitable[VideoKyc]]
) -> Response:
    """Run it once for the form that asked for it; a form that was used before only leads back."""
    if at.case.aadhaar.is_done or form.get("step") != stamp(at.case):
        return at.back()
    again = show_aadhaar_otp if at.case.aadhaar.session else show_aadhaar
    if mistakes:
        return await again(at, mistakes, status=422)
    try:
        await call()
    except SyntaxRefused as refused:
        return await again(at, [Mistake(refused.field, refused.message)], status=422)
    except SourceUnavailable:
        return await again(at, notice=UNAVAILABLE, status=503)
    except StepClosed:
        return await again(at, notice=CLOSED, status=422)
    return at.back()


def _how_it_went(case: VideoKyc) -> Notice | None:
    """Why the step has to be done again."""
    if case.sub_status == "AADHAAR_VERIFICATION_EXPIRED":
        return TOO_LATE
    if case.sub_status == "AADHAAR_VERIFICATION_FAILED":
        return Notice("bad", f"Not confirmed. {case.aadhaar.reason} {tries_text(case.max_tries - case.aadhaar.tries)}")
    return None
