"""The list of Video KYCs: newest first, narrowed, searched, page by page.

In: the query of the address. Out: the page.
"""

from starlette.responses import Response

from dastak.journeys.paging import Cursor
from dastak.journeys.video_kyc.ports import CaseFilter
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.cursor import cursor_of
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.journeys.list_page import show_found
from dastak.web.dashboard.journeys.listed import ROWS, Found, Page, case_row, looked_up
from dastak.web.dashboard.journeys.narrowing import Narrowing, narrowing
from dastak.web.dashboard.journeys.room import CASES, JourneysRoom
from dastak.web.dashboard.journeys.words import VIDEO
from dastak.web.dashboard.signed_in import Visit

STATUSES = {status.value: words for status, words in VIDEO.items()}


async def show_cases(room: JourneysRoom, door: Door, visit: Visit) -> Response:
    """The page."""
    wanted = narrowing(visit.request.query_params, tuple(STATUSES))
    after = cursor_of(visit.request.query_params.get("after", ""))
    found = await _found(room, visit, wanted, after)
    return show_found(door, visit, found, wanted, after, path=CASES, statuses=STATUSES, one="Video KYC")


def case_filter(wanted: Narrowing, visit: Visit, phone: str | None = None) -> CaseFilter:
    """What the store is asked for."""
    first, last = wanted.created(visit.zone)
    statuses = (wanted.status,) if wanted.status else None
    return CaseFilter(statuses=statuses, phone=phone, created_from=first, created_until=last)


async def _found(room: JourneysRoom, visit: Visit, wanted: Narrowing, after: Cursor | None) -> Found:
    merchant_id, number = visit.merchant_id, wanted.reference_id

    async def named() -> VideoKyc | None:
        return await room.case_store.case_by_verification_id(merchant_id, wanted.search)

    async def numbered() -> VideoKyc | None:
        return None if number is None else await room.case_store.case_by_reference_id(merchant_id, number)

    async def page(phone: str | None) -> Page[VideoKyc]:
        return await room.cases.page(merchant_id, case_filter(wanted, visit, phone), after, ROWS)

    return await looked_up(wanted, after, (named, numbered), page, case_row)
