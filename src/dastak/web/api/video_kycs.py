"""`/api/v1/video-kycs`: what merchants need of Video KYCs beyond the contract: lists, the whole story, slots, acts.

In: requests of a merchant. Out: JSON. A field that nobody knows is refused: a misspelt one would change nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dastak.accounts.merchant import Merchant
from dastak.accounts.noting import say, withdraw
from dastak.journeys.customer import PHONE
from dastak.journeys.paging import Cursor
from dastak.journeys.video_kyc.case_desk import CaseDesk
from dastak.journeys.video_kyc.ports import CaseFilter
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.api.fields import (
    MOMENT_RULE,
    choices,
    known_fields,
    moment,
    optional_identifier,
    optional_number,
    optional_text,
    whole_number,
)
from dastak.web.api.kyc_link import CHANNELS
from dastak.web.api.problem import invalid, missing
from dastak.web.api.video_kyc_json import case_json, row_json, slot_json
from dastak.web.api.vkyc_user import LARGEST_ID
from dastak.web.cursor import cursor_of, cursor_text
from dastak_sdk import SUB_STATUSES, VideoKycStatus

PAGE, LARGEST_PAGE = 50, 100
"""Each row is a whole case, unsealed: more at once would keep others waiting."""
STATUSES = tuple(status.value for status in VideoKycStatus)
FIRST_YEAR, LAST_YEAR = 2000, 9000
"""Times near the ends of the calendar cannot be reckoned with in every zone."""


@dataclass(frozen=True, slots=True)
class CaseApi:
    """Handlers; `video_kyc_routes` mounts them."""

    desk: CaseDesk

    async def list(self, request: Request, merchant: Merchant) -> Response:
        """GET: newest first; `next` is the word to pass as `after`."""
        query = request.query_params
        limit = whole_number(query.get("limit") or str(PAGE), "limit", 1, LARGEST_PAGE)
        cases, following = await self.desk.page(merchant.id, case_filter(query), _after(query), limit)
        more = None if following is None else cursor_text(following)
        if cases:
            say(count=str(len(cases)), first=cases[0].id, last=cases[-1].id)
        else:
            withdraw()
        rows = [row_json(case, self.desk.recording_link(case)) for case in cases]
        return JSONResponse({"data": rows, "next": more})

    async def read(self, request: Request, merchant: Merchant) -> Response:
        """GET one, with its whole timeline."""
        case = await self.desk.read(merchant.id, _which(request))
        say(case.id)
        return self._answer(case)

    async def slots(self, request: Request, merchant: Merchant) -> Response:
        """GET …/slots: what can be booked for this case, from `from` (now, if earlier) on."""
        start = _near(request.query_params, "from")
        slots = await self.desk.slots(merchant.id, _which(request), start)
        return JSONResponse({"data": [slot_json(slot) for slot in slots]})

    async def schedule(self, request: Request, merchant: Merchant) -> Response:
        """PUT …/schedule: book the slot that begins `at`, in place of the one before."""
        at = _near(await known_fields(request, ("at",)), "at")
        if at is None:
            raise missing("at")
        say(slot=at.isoformat())
        return self._answer(await self.desk.schedule(merchant.id, _which(request), at))

    async def unschedule(self, request: Request, merchant: Merchant) -> Response:
        """DELETE …/schedule: give the booking back; without one there is nothing to do."""
        return self._answer(await self.desk.unschedule(merchant.id, _which(request)))

    async def cancel(self, request: Request, merchant: Merchant) -> Response:
        """POST …/cancel: the link ends at once; twice is harmless."""
        return self._answer(await self.desk.cancel(merchant.id, _which(request)))

    async def resend(self, request: Request, merchant: Merchant) -> Response:
        """POST …/resend-notification: the invitation again, on the case's channels or on those of `notification_types`.

        Raises `Problem`: nobody can be reached so, by any of them.
        """
        channels = choices(await known_fields(request, ("notification_types",)), "notification_types", CHANNELS)
        case = await self.desk.read(merchant.id, _which(request))
        if not _reachable(case, channels or case.notification_types):
            raise invalid("notification_types", "name a channel on which the customer can be reached.")
        say(channels=" ".join(channels or case.notification_types))
        return self._answer(await self.desk.resend(merchant.id, _which(request), channels))

    def _answer(self, case: VideoKyc) -> JSONResponse:
        return JSONResponse(case_json(case, self.desk.recording_link(case)))


def case_filter(query: QueryParams) -> CaseFilter:
    """The list's filters, checked. Raises `Problem`."""
    phone = {"phone": query.get("phone", "").replace(" ", "+")}  # in a query, a plus has become a space
    several = {name: query.getlist(name) or None for name in ("status", "sub_status")}
    return CaseFilter(
        statuses=choices(several, "status", STATUSES) or None,
        sub_statuses=choices(several, "sub_status", tuple(SUB_STATUSES)) or None,
        user_reference_id=optional_number(query, "user_reference_id", 1, LARGEST_ID),
        phone=optional_text(phone, "phone", limit=PHONE.limit, rule=PHONE.words, pattern=PHONE.pattern),
        agent_id=optional_identifier(query, "agent_id"),
        auditor_id=optional_identifier(query, "auditor_id"),
        created_from=moment(query, "since"),
        created_until=moment(query, "until"),
        reviewed_from=moment(query, "reviewed_since"),
        reviewed_until=moment(query, "reviewed_until"),
    )


def _after(query: QueryParams) -> Cursor | None:
    given = query.get("after")
    if not given:
        return None
    cursor = cursor_of(given)
    if cursor is None:
        raise invalid("after", "it must be what next of a page was.")
    return cursor


def _near(values: Mapping[str, Any], field: str) -> datetime | None:
    at = moment(values, field)
    if at is not None and not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise invalid(field, MOMENT_RULE)
    return None if at is None else at.astimezone(UTC)


def _reachable(case: VideoKyc, channels: tuple[str, ...]) -> bool:
    return any(channel != "email" or case.email is not None for channel in channels)


def _which(request: Request) -> str:
    verification_id: str = request.path_params["verification_id"]
    return verification_id
