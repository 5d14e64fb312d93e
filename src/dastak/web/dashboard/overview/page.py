"""The dashboard's first page: how far today's journeys came, who waits, how the webhooks do.

In: a visit; `?day=` another day than today, `?template=` whose funnel. Out: the page.
"""

from starlette.responses import Response

from dastak.accounts.permission import Action
from dastak.journeys.kyc_link import progress as link_progress
from dastak.journeys.tally import CREATED, Kind
from dastak.journeys.video_kyc import progress as case_progress
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.overview.day import day_of
from dastak.web.dashboard.overview.funnels import case_funnel, link_funnel, made_by_hour, reached, used_templates
from dastak.web.dashboard.overview.health import health_of
from dastak.web.dashboard.overview.now import now_of
from dastak.web.dashboard.overview.room import PATH, OverviewRoom
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.design.charts.timeline import span_words


async def show_overview(room: OverviewRoom, door: Door, visit: Visit) -> Response:
    """The page."""
    asked = visit.request.query_params
    day = day_of(asked.get("day", ""), visit.now, visit.zone)
    links = await room.tallies.tallies(visit.merchant_id, Kind.KYC_LINK, day.start, day.end)
    cases = await room.tallies.tallies(visit.merchant_id, Kind.VIDEO_KYC, day.start, day.end)
    names = used_templates(links)
    name = asked.get("template", "") if asked.get("template") in names else next(iter(names), "")
    templates = {one.name: one for one in await room.templates.templates(visit.merchant_id)}
    now = await now_of(room, visit.merchant_id, visit.now)
    of_links, of_cases = reached(links), reached(cases)
    return show(
        door,
        visit,
        "overview/page",
        day=day,
        path=PATH,
        seen=visit.now,
        names=names,
        chosen=name,
        links=of_links,
        cases=of_cases,
        link_chart=link_funnel(day, links, name, templates.get(name)) if links else None,
        case_chart=case_funnel(day, cases) if cases else None,
        made=made_by_hour(day, visit.zone, links, cases) if links or cases else None,
        created=CREATED,
        done=link_progress.DONE,
        ended=link_progress.ENDED,
        approved=case_progress.APPROVED,
        rejected=case_progress.REJECTED,
        now=now,
        longest_wait=span_words(now.longest_wait) if now.longest_wait is not None else "",
        health=await health_of(room, visit.merchant_id, visit.now, visit.zone)
        if visit.may(Action.WEBHOOKS_READ)
        else None,
    )
