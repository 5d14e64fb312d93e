"""The first two steps inside: the customer's consent, and what the customer says of themselves.

In: a confirmed customer, a form. Out: the page, or a redirect to the next.
"""

from collections.abc import Mapping, Sequence

from starlette.responses import Response

from dastak.journeys.facts import SyntaxRefused
from dastak.journeys.video_kyc.template import USER_TEMPLATES
from dastak.web.form import Form
from dastak.web.hosted.video.consent import consent_record, consent_text
from dastak.web.hosted.video.inside import Inside
from dastak.web.hosted.video.place import Page
from dastak.web.hosted.view import Mistake

NEEDS_CONSENT = Mistake("consent", "Tick the box if you agree. Without it the Video KYC cannot begin.")


async def show_consent(at: Inside, mistakes: Sequence[Mistake] = ()) -> Response:
    """The words to agree to."""
    return at.show(Page.CONSENT, 422 if mistakes else 200, consent=consent_text(at.face.name), mistakes=mistakes)


async def give_consent(at: Inside, form: Form) -> Response:
    """Keep that the customer agreed, and to which words."""
    if form.get("consent") != "yes":
        return await show_consent(at, [NEEDS_CONSENT])
    await at.ports.desk.consent(at.visit.code, text=consent_record(at.face.name), client_ip=at.visit.address)
    return at.back()


async def show_details(
    at: Inside, mistakes: Sequence[Mistake] = (), values: Mapping[str, str] | None = None
) -> Response:
    """The fields of the case's user template."""
    return at.show(
        Page.DETAILS,
        422 if mistakes else 200,
        fields=USER_TEMPLATES[at.case.user_template].fields,
        mistakes=mistakes,
        values=values or {},
    )


async def give_details(at: Inside, form: Form) -> Response:
    """Keep the details, or show all that must be mended of the first field at fault."""
    try:
        await at.ports.desk.give_details(at.visit.code, form)
    except SyntaxRefused as refused:
        return await show_details(at, [Mistake(refused.field, refused.message)], form)
    return at.back()
