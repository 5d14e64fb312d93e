"""The export: everything of a status and of some days as CSV, sent as it is read.

In: a posted form with what narrows, and whether customers are shown whole. Out: a file, newest first, with one page of
the store in memory at a time. Noted before the first byte is sent.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.accounts.permission import Action
from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.paging import Cursor
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.journeys import case_list, link_list
from dastak.web.dashboard.journeys.csv_text import BYTE_ORDER_MARK, line
from dastak.web.dashboard.journeys.masking import masked, whole
from dastak.web.dashboard.journeys.narrowing import Narrowing, narrowing
from dastak.web.dashboard.journeys.room import JourneysRoom
from dastak.web.dashboard.refusal import FORBIDDEN
from dastak.web.dashboard.signed_in import Visit
from dastak.web.form import Form
from dastak.web.page_headers import PAGE_HEADERS
from dastak.web.refusal import Refused
from dastak.web.streamed import Streamed
from dastak_sdk import CheckType

AT_ONCE = 100
"""Journeys of one page of the store."""
WHO = ("name", "phone", "email")
LINK_HEAD = (
    *("verification_id", "reference_id", "form_status", "template_name", "created_at", "link_expiry"),
    *WHO,
    *(type_.value.lower() for type_ in CheckType),
)
CASE_HEAD = (
    *("verification_id", "reference_id", "user_id", "status", "sub_status", "user_template", "created_at"),
    *("link_expiry", "calls", "agent_decision", "auditor_decision"),
    *WHO,
)

T = TypeVar("T")
Rows = Callable[[Cursor | None], Awaitable[tuple[Sequence[T], Cursor | None]]]


async def export_links(room: JourneysRoom, door: Door, visit: Visit, form: Form) -> Response:
    """KYC Links."""
    wanted = narrowing(form, tuple(link_list.STATUSES))
    is_whole = await _noted(door, visit, form, wanted, "kyc_link")
    which = link_list.link_filter(wanted, visit)
    source = _lines(
        LINK_HEAD,
        lambda after: room.links.page(visit.merchant_id, which, after, AT_ONCE),
        lambda link: link_row(link, is_whole=is_whole),
    )
    return _file(source, "kyc-links", visit)


async def export_cases(room: JourneysRoom, door: Door, visit: Visit, form: Form) -> Response:
    """Video KYCs."""
    wanted = narrowing(form, tuple(case_list.STATUSES))
    is_whole = await _noted(door, visit, form, wanted, "video_kyc")
    which = case_list.case_filter(wanted, visit)
    source = _lines(
        CASE_HEAD,
        lambda after: room.cases.page(visit.merchant_id, which, after, AT_ONCE),
        lambda case: case_row(case, is_whole=is_whole),
    )
    return _file(source, "video-kycs", visit)


def link_row(link: KycLink, *, is_whole: bool) -> tuple[object, ...]:
    """One KYC Link; times in UTC."""
    who = (whole if is_whole else masked)(link.name, link.phone, link.email)
    checks = [link.check(type_) for type_ in CheckType]
    return (
        *(link.verification_id, link.reference_id, link.form_status.value, link.template_name),
        *(_utc(link.created_at), link.link_expiry.isoformat()),
        *(who.name, who.phone, who.email),
        *("" if check is None else check.status.value for check in checks),
    )


def case_row(case: VideoKyc, *, is_whole: bool) -> tuple[object, ...]:
    """One Video KYC; times in UTC."""
    who = (whole if is_whole else masked)(case.name, case.phone, case.email)
    decisions = [
        "" if one is None else ("approved" if one.approved else "rejected") for one in (case.agent, case.auditor)
    ]
    return (
        *(case.verification_id, case.reference_id, case.user_id, case.status.value, case.sub_status),
        *(case.user_template, _utc(case.created_at), case.link_expiry.isoformat(), len(case.calls), *decisions),
        *(who.name, who.phone, who.email),
    )


async def _noted(door: Door, visit: Visit, form: Form, wanted: Narrowing, kind: str) -> bool:
    """Note the export; whether customers are in it whole. Raises `Refused` for one who may not have that."""
    is_whole = form.get("whole") == "yes"
    if is_whole and not visit.may(Action.PERSONAL_READ):
        raise Refused(FORBIDDEN)
    details = {"kind": kind, "customers": "whole" if is_whole else "masked", "narrowed": wanted.query() or "no"}
    await door.note(visit.member, Deed.JOURNEYS_EXPORTED, "", **details)
    return is_whole


async def _lines(
    head: Sequence[str], rows: Rows[T], row: Callable[[T], Sequence[object]]
) -> AsyncGenerator[bytes, None]:
    after: Cursor | None = None
    text = BYTE_ORDER_MARK + line(head)
    while True:
        journeys, after = await rows(after)
        yield (text + "".join(line(row(one)) for one in journeys)).encode()
        if after is None:
            return
        text = ""


def _file(source: AsyncGenerator[bytes, None], name: str, visit: Visit) -> Response:
    day = visit.now.astimezone(visit.zone).date().isoformat()
    headers = {
        **PAGE_HEADERS,
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": f'attachment; filename="{name}-{day}.csv"',
    }
    return Streamed(source, 200, headers)


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
