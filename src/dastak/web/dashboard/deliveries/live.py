"""The log, live: which rows of the page look different now, and which are new.

In: a visit; the address is the page's own. Out: a stream of events, each with the HTML of the rows that changed. The
page decides where they go; whoever reads an older page hears of its rows alone.
"""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from dastak.accounts.permission import Action
from dastak.web.dashboard.deliveries.log_page import PAGE, cut, sought_by
from dastak.web.dashboard.deliveries.narrowing import narrowing, position
from dastak.web.dashboard.deliveries.room import Deliveries
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.signed_in import Visit, visit_of
from dastak.web.event_stream import event_stream
from dastak.web.page_headers import PAGE_HEADERS
from dastak.webhooks.browsing import SCANNED, Sought
from dastak.webhooks.log import DeliveryRow

SCANNED_AGAIN = 2_000
"""Rows that a look sees after the first; more than that between two looks, and the page says that there is a gap."""
KEPT = 200
"""Rows of a page that are watched; the newest are."""


async def hear_log(room: Deliveries, door: Door, visit: Visit) -> Response:
    """The stream of the page."""
    query = visit.request.query_params
    wanted = narrowing(query, visit.zone)
    sought = await sought_by(room, visit.merchant_id, wanted)
    watch = _Watch(room, door, visit, sought, position(query.get("before", "")))
    return event_stream(watch.look, room.bell, f"deliveries of {visit.merchant_id}", PAGE_HEADERS)


class _Watch:
    """What one open page knows."""

    def __init__(self, room: Deliveries, door: Door, visit: Visit, sought: Sought, before: int | None) -> None:
        self._room, self._door, self._visit = room, door, visit
        self._sought, self._before = sought, before
        self._known: dict[str, tuple[int, str]] = {}
        """Position and HTML of each row, by its id."""
        self._newest = 0
        """Where the log ended at the last look."""
        self._looks = self._news = 0

    async def look(self) -> Mapping[str, Any] | None:
        """What is different since the last look; empty: nothing; None: whoever reads may read no longer."""
        visit = await visit_of(self._door, self._visit.request)
        if visit is None or not visit.may(Action.DELIVERIES_READ):
            return None
        rows, is_gap = await self._rows()
        news = []
        for row in await self._room.shown(visit.merchant_id, rows):
            html = self._door.pages.text("deliveries/row", row=row, zone=visit.zone)
            if self._known.get(row.id) != (row.position, html):
                self._known[row.id] = row.position, html
                news.append([row.id, str(row.position), html])
        for id_, _ in sorted(self._known.items(), key=lambda one: -one[1][0])[KEPT:]:
            del self._known[id_]
        if not news and not is_gap:
            return {}
        self._news += 1
        return {"news": self._news, "rows": news, "gap": is_gap}

    async def _rows(self) -> tuple[list[DeliveryRow], bool]:
        """Rows of the page as they are now; and whether more was added than a look can see."""
        merchant_id, browser = self._visit.merchant_id, self._room.browser
        if self._before is not None and self._looks:
            return list(await browser.named(merchant_id, self._known)), False
        newest = await browser.page(merchant_id, Sought(), None, 1, 1)
        scan = SCANNED_AGAIN if self._looks else SCANNED
        page = await browser.page(merchant_id, self._sought, self._before, PAGE + 1, scan)
        looked = cut(page)
        is_gap = bool(self._looks) and looked.following is not None and looked.following > self._newest
        self._newest = newest.rows[0].position if newest.rows else 0
        self._looks += 1
        seen = {row.id for row in looked.rows}
        return [
            *looked.rows,
            *await browser.named(merchant_id, [id_ for id_ in self._known if id_ not in seen]),
        ], is_gap
