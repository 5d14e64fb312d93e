"""The log of deliveries: newest first, narrowed by a form, page by page.

In: a visit; the address says what is looked for and where the last page ended. Out: the page, or the way to the one
delivery whose id was searched for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from dastak.accounts.permission import Action
from dastak.web.dashboard.deliveries.narrowing import EVENTS, Narrowing, narrowing, position
from dastak.web.dashboard.deliveries.room import Deliveries
from dastak.web.dashboard.deliveries.shown import HOME, OUTCOMES, Shown
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.signed_in import Visit, show
from dastak.webhooks.browsing import SCANNED, LogPage, Sought
from dastak.webhooks.log import DeliveryRow, EventFilter

PAGE = 50
TABS = (("Log", HOME), ("Replays", f"{HOME}/replays"))


@dataclass(frozen=True, slots=True)
class Looked:
    """A page of the log, and the ways on from it."""

    rows: Sequence[DeliveryRow]
    following: int | None
    """Where the next page begins; None: there is none."""
    is_short: bool
    """More may fit further back: this page had looked as far as it may."""


async def show_log(room: Deliveries, door: Door, visit: Visit) -> Response:
    """The page."""
    query = visit.request.query_params
    wanted = narrowing(query, visit.zone)
    if wanted.search.startswith("dlv_") and await room.log.delivery(visit.merchant_id, wanted.search):
        return door.go(f"{HOME}/{wanted.search}")
    before = position(query.get("before", ""))
    sought = await sought_by(room, visit.merchant_id, wanted)
    looked = cut(await room.browser.page(visit.merchant_id, sought, before, PAGE + 1, SCANNED))
    rows = await room.shown(visit.merchant_id, looked.rows)
    return show(
        door,
        visit,
        "deliveries/log",
        tabs=tabs("Log"),
        mistakes=wanted.mistakes,
        wanted=wanted,
        rows=rows,
        endpoints=await _choices(room, visit.merchant_id, wanted),
        event_types=EVENTS,
        outcomes=OUTCOMES.items(),
        beginning=f"{HOME}{wanted.query()}" if before else "",
        following=f"{HOME}{wanted.query(before=str(looked.following))}" if looked.following else "",
        is_short=looked.is_short,
        live=f"{HOME}/live{wanted.query(before=query.get('before', ''))}",
        is_newest=before is None,
        replay=_replay(visit, wanted, sought, rows),
    )


async def sought_by(room: Deliveries, merchant_id: str, wanted: Narrowing) -> Sought:
    """What the store is asked for: the text is the id of an event, an endpoint or a journey, else a verification_id."""
    text = wanted.search
    if not text:
        return wanted.sought()
    if text.startswith("evt_") and await room.log.event(merchant_id, text):
        return wanted.sought(event_id=text)
    if text.startswith("ep_") and await room.endpoints.endpoint(merchant_id, text):
        return replace(wanted, endpoint_id=text).sought()
    if await room.log.events(merchant_id, EventFilter(journey_id=text), 0, 1):
        return wanted.sought(journey_id=text)
    return wanted.sought(of=text)


def cut(page: LogPage) -> Looked:
    """The page of so many, when one more was asked for: so it is known whether there is a next one."""
    if len(page.rows) > PAGE:
        return Looked(page.rows[:PAGE], page.rows[PAGE - 1].position, is_short=False)
    return Looked(page.rows, None if page.is_last else page.reached, is_short=not page.is_last)


def tabs(here: str) -> list[tuple[str, str, bool]]:
    """The pages of the area."""
    return [(words, href, words == here) for words, href in TABS]


async def _choices(room: Deliveries, merchant_id: str, wanted: Narrowing) -> list[tuple[str, str]]:
    """Endpoints by name, for the filter; a deleted one only while it is chosen."""
    named = await room.names(merchant_id, {wanted.endpoint_id} - {""})
    return sorted(named.items(), key=lambda one: one[1].lower())


def _replay(visit: Visit, wanted: Narrowing, sought: Sought, rows: Sequence[Shown]) -> str:
    """The way to send again what fits, for whoever may; empty when a replay cannot be narrowed so."""
    if not rows or sought.event_id or sought.journey_id or not visit.may(Action.DELIVERIES_RESEND):
        return ""
    return f"{HOME}/replays/new{wanted.query()}"
