"""The list of KYC Links: newest first, narrowed, searched, page by page.

In: the query of the address. Out: the page.
"""

from starlette.responses import Response

from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.kyc_link.ports import LinkFilter
from dastak.journeys.paging import Cursor
from dastak.web.cursor import cursor_of
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.journeys.list_page import show_found
from dastak.web.dashboard.journeys.listed import ROWS, Found, Page, link_row, looked_up
from dastak.web.dashboard.journeys.narrowing import Narrowing, narrowing
from dastak.web.dashboard.journeys.room import LINKS, JourneysRoom
from dastak.web.dashboard.journeys.words import FORM
from dastak.web.dashboard.signed_in import Visit

STATUSES = {status.value: words for status, (words, _) in FORM.items()}


async def show_links(room: JourneysRoom, door: Door, visit: Visit) -> Response:
    """The page."""
    wanted = narrowing(visit.request.query_params, tuple(STATUSES))
    after = cursor_of(visit.request.query_params.get("after", ""))
    found = await _found(room, visit, wanted, after)
    return show_found(door, visit, found, wanted, after, path=LINKS, statuses=STATUSES, one="KYC Link")


def link_filter(wanted: Narrowing, visit: Visit, phone: str | None = None) -> LinkFilter:
    """What the store is asked for."""
    first, last = wanted.created(visit.zone)
    return LinkFilter((wanted.status,) if wanted.status else None, phone, first, last)


async def _found(room: JourneysRoom, visit: Visit, wanted: Narrowing, after: Cursor | None) -> Found:
    merchant_id, number = visit.merchant_id, wanted.reference_id

    async def named() -> KycLink | None:
        return await room.links.named(merchant_id, wanted.search)

    async def numbered() -> KycLink | None:
        return None if number is None else await room.links.numbered(merchant_id, number)

    async def page(phone: str | None) -> Page[KycLink]:
        return await room.links.page(merchant_id, link_filter(wanted, visit, phone), after, ROWS)

    return await looked_up(wanted, after, (named, numbered), page, link_row)
