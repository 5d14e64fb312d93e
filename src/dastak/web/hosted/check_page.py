"""The page of one check, and what happens when its form comes back.

In: `front` shows it; `aadhaar`, `pan`, `bank` and `upi` perform with it. Out: the page again, or a redirect.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from starlette.responses import Response

from dastak.journeys.errors import ConsentMissing
from dastak.journeys.facts import SourceUnavailable, SyntaxRefused
from dastak.journeys.kyc_link.errors import CheckClosed, LinkClosed
from dastak.journeys.kyc_link.link import Check, KycLink
from dastak.web.form import Form
from dastak.web.hosted.consent import consent_text
from dastak.web.hosted.door import Door
from dastak.web.hosted.form import kept_values
from dastak.web.hosted.session import Session
from dastak.web.hosted.turns import stamp
from dastak.web.hosted.view import Mistake, Notice, is_open, knocks
from dastak.web.hosted.visit import Visit
from dastak.web.hosted.words import WORDS
from dastak_sdk import CheckStatus, CheckType

UNAVAILABLE = Notice(
    "note",
    "This check is not answering right now. Nothing was counted as a try. "
    "Wait a minute and send it again, or choose another check above.",
)
CLOSED = Notice(
    "bad",
    "No more codes can be sent for this check. You can go on with the others; then ask the company that sent the link.",
)
NEEDS_CONSENT = Mistake("consent", "Tick the box if you agree. Without it we may not use your Aadhaar number.")


async def show_check(
    door: Door,
    visit: Visit,
    session: Session,
    link: KycLink,
    check: Check,
    *,
    status: int = 200,
    notice: Notice | None = None,
    mistakes: Sequence[Mistake] = (),
    values: Mapping[str, str] | None = None,
) -> Response:
    """The form of that check: for Aadhaar the number first, then the OTP."""
    face = await door.face(link.merchant_id, link.template_name)
    return door.show(
        visit,
        session,
        "aadhaar_otp" if check.aadhaar else WORDS[check.type].slug,
        status,
        face=face,
        knocks=knocks(link, visit.path, check.type),
        last4=check.aadhaar.last4 if check.aadhaar else "",
        step=stamp(check),
        consent=consent_text(face.name),
        notice=notice,
        mistakes=mistakes,
        values=values or {},
    )


async def perform(
    door: Door,
    visit: Visit,
    session: Session,
    form: Form,
    type_: CheckType,
    call: Callable[[], Awaitable[KycLink]],
    mistakes: Sequence[Mistake] = (),
) -> Response:
    """Run a check once for the form that asked for it, then redirect.

    A form whose stamp is not that of the check as it stands has been used before (double click, reload, second tab):
    it only leads back to the link.
    """
    async with door.turns.of(visit.code):
        link = await door.desk.link(visit.code)
        check = link.check(type_)
        if check is None or not is_open(link, check) or form.get("step") != stamp(check):
            return door.go(visit.path)
        if mistakes:
            return await _again(door, visit, session, link, check, form, mistakes)
        return await _run(door, visit, session, form, link, check, call)


async def _run(
    door: Door,
    visit: Visit,
    session: Session,
    form: Form,
    link: KycLink,
    check: Check,
    call: Callable[[], Awaitable[KycLink]],
) -> Response:
    try:
        after = await call()
    except SyntaxRefused as refused:
        mistake = Mistake(refused.field, refused.message)
        return await _again(door, visit, session, link, check, form, [mistake])
    except ConsentMissing:
        return await _again(door, visit, session, link, check, form, [NEEDS_CONSENT])
    except SourceUnavailable:
        return await _unavailable(door, visit, session, link, check, form)
    except LinkClosed:
        return door.go(visit.path)
    except CheckClosed:
        return await _closed(door, visit, session, check)
    return _onward(door, visit, session, check, after)


def _onward(door: Door, visit: Visit, session: Session, before: Check, after: KycLink) -> Response:
    """To the next check, or to this one again when it failed and has tries left."""
    slug = WORDS[before.type].slug
    check = after.check(before.type) or before
    has_run = check.tries != before.tries
    stays = is_open(after, check) and (check.aadhaar is not None or check.status is CheckStatus.FAILED or not has_run)
    renewed = replace(session, issued_at=visit.now, just_run=slug if has_run else "")
    return door.go(f"{visit.path}?check={slug}" if stays else visit.path, visit, renewed)


async def _again(
    door: Door,
    visit: Visit,
    session: Session,
    link: KycLink,
    check: Check,
    form: Form,
    mistakes: Sequence[Mistake],
) -> Response:
    return await show_check(door, visit, session, link, check, status=422, mistakes=mistakes, values=kept_values(form))


async def _unavailable(door: Door, visit: Visit, session: Session, link: KycLink, check: Check, form: Form) -> Response:
    return await show_check(door, visit, session, link, check, status=503, notice=UNAVAILABLE, values=kept_values(form))


async def _closed(door: Door, visit: Visit, session: Session, before: Check) -> Response:
    """The journey will not run this check: someone else just did, or its source may not be asked again."""
    link = await door.desk.link(visit.code)
    check = link.check(before.type)
    if check is None or not is_open(link, check) or stamp(check) != stamp(before):
        return door.go(visit.path)
    return await show_check(door, visit, session, link, check, status=422, notice=CLOSED)
