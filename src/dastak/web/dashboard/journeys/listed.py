"""Rows of the lists, for both kinds of journey, and how a search is answered.

In: journeys. Out: what a row shows, customers masked.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.paging import Cursor
from dastak.journeys.video_kyc.table import STAGES, Stage
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.dashboard.journeys.masking import Customer, masked
from dastak.web.dashboard.journeys.narrowing import Narrowing
from dastak.web.dashboard.journeys.room import CASES, LINKS
from dastak.web.dashboard.journeys.words import FORM, STAGE, Said
from dastak.web.design.charts.chart import Tone
from dastak_sdk import CheckStatus

ROWS = 25
TAGS = {Tone.GOOD: "", Tone.BAD: "bad", Tone.NOTE: "note", Tone.SOFT: "quiet"}
"""Tone → class of the tag that shows a status."""

T = TypeVar("T")
Page = tuple[Sequence[T], Cursor | None]
"""Some journeys, and where the next ones begin."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list."""

    href: str
    verification_id: str
    reference_id: int
    customer: Customer
    status: str
    tag: str
    progress: str
    template: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """What a list shows."""

    rows: Sequence[Row]
    following: Cursor | None = None
    wanted: Narrowing | None = None
    """What was looked for in the end, if that is not what was typed."""


def link_row(link: KycLink) -> Row:
    """Of a KYC Link."""
    done = sum(check.status is CheckStatus.SUCCESS for check in link.checks)
    words, tone = FORM[link.form_status]
    return Row(
        f"{LINKS}/{link.id}",
        link.verification_id,
        link.reference_id,
        masked(link.name, link.phone, link.email),
        words,
        tag_of(tone),
        f"{done} of {len(link.checks)} checks",
        link.template_name,
        link.created_at,
    )


def case_row(case: VideoKyc) -> Row:
    """Of a Video KYC."""
    words, tone = case_status(case)
    return Row(
        f"{CASES}/{case.id}",
        case.verification_id,
        case.reference_id,
        masked(case.name, case.phone, case.email),
        words,
        tag_of(tone),
        case.sub_status,
        case.user_template,
        case.created_at,
    )


def case_status(case: VideoKyc) -> Said:
    """Where it stands; of one that is reviewed, how."""
    stage = STAGES[case.sub_status]
    if stage is Stage.REVIEWED and case.auditor is not None:
        return ("Approved", Tone.GOOD) if case.auditor.approved else ("Rejected", Tone.BAD)
    return STAGE[stage]


def tag_of(tone: Tone) -> str:
    """The class of a status's tag."""
    return TAGS.get(tone, "quiet")


async def looked_up(
    wanted: Narrowing,
    after: Cursor | None,
    by_number: Sequence[Callable[[], Awaitable[T | None]]],
    page: Callable[[str | None], Awaitable[Page[T]]],
    row: Callable[[T], Row],
) -> Found:
    """Answer a search: by its numbers first, then by phone in each form that it may have; without one, everything.

    Args:
        wanted: what narrows.
        after: where the page before ended; then only a phone can have been searched for.
        by_number: ways to find the one journey that has this verification_id or reference_id.
        page: some journeys, of a phone or of all.
        row: what a list shows of one.
    """
    if not wanted.search:
        journeys, following = await page(None)
        return Found([row(one) for one in journeys], following)
    if after is None:
        for find in by_number:
            one = await find()
            if one is not None:
                return Found([row(one)])
    for phone in wanted.phones:
        journeys, following = await page(phone)
        if journeys:
            return Found([row(one) for one in journeys], following, replace(wanted, search=phone))
    return Found(())
