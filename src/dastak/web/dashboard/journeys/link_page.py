"""One KYC Link: where it stands, its checks, its story, and what can be done with it.

In: a visit. Out: the page; customers masked, unless it is shown whole to one who asked for that (`reveal`).
"""

from starlette.responses import Response

from dastak.accounts.permission import Action
from dastak.journeys.kyc_link.link import Check, KycLink
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.journeys.channels import CHANNELS
from dastak.web.dashboard.journeys.link_story import link_lines, link_states
from dastak.web.dashboard.journeys.listed import tag_of
from dastak.web.dashboard.journeys.masking import masked, whole
from dastak.web.dashboard.journeys.notices import said
from dastak.web.dashboard.journeys.reading import around, maker_of
from dastak.web.dashboard.journeys.room import LINKS, JourneysRoom, tabs
from dastak.web.dashboard.journeys.story import told
from dastak.web.dashboard.journeys.words import CHECK, CHECKS, FORM
from dastak.web.dashboard.moment import spoken
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.design.charts.timeline import timeline
from dastak_sdk import FormStatus

Mistakes = tuple[tuple[str, str], ...]


async def show_link(room: JourneysRoom, door: Door, visit: Visit) -> Response:
    """The page, masked."""
    return await page(room, door, visit, await room.link(visit))


async def page(
    room: JourneysRoom,
    door: Door,
    visit: Visit,
    link: KycLink,
    *,
    is_whole: bool = False,
    mistakes: Mistakes = (),
) -> Response:
    """The page of that link."""
    known = await around(room, visit.merchant_id, link.id, link.verification_id)
    states = link_states(link, known.events, visit.now)
    lines = link_lines(link, known.events)
    story = told(states, lines, known.events, known.deliveries, known.endpoints, visit.now)
    words, tone = FORM[link.form_status]
    customer = (whole if is_whole else masked)(link.name, link.phone, link.email)
    show_all = visit.request.query_params.get("all") == "yes"
    is_open = link.form_status is FormStatus.RECEIVED and visit.now < link.expires_at
    return show(
        door,
        visit,
        "journeys/link",
        422 if mistakes else 200,
        tabs=tabs(LINKS),
        href=f"{LINKS}/{link.id}",
        path=LINKS,
        link=link,
        maker=await maker_of(door, visit.merchant_id, link.made_by),
        customer=customer,
        standing=words,
        tag=tag_of(tone),
        is_open=is_open,
        checks=[_check_row(link, check) for check in link.checks],
        channels=[(value, name) for value, name in CHANNELS if value != "email" or link.email],
        drawing=timeline("story-drawing", "What happened, in time", story.lanes, lambda at: spoken(at, visit.zone)),
        lines=story.latest(whole=show_all),
        hidden=0 if show_all else len(story.lines) - len(story.latest(whole=False)),
        shows_link=visit.may(Action.JOURNEYS_WRITE) and is_open,
        notice="" if mistakes else said(visit.request.query_params),
        mistakes=mistakes,
    )


def _check_row(link: KycLink, check: Check) -> dict[str, object]:
    words, tone = CHECK[check.status]
    return {
        "name": CHECKS[check.type],
        "status": words,
        "tag": tag_of(tone),
        "reference_id": check.reference_id or "",
        "tries": f"{check.tries} of {link.max_tries}",
        "reason": check.reason,
    }
