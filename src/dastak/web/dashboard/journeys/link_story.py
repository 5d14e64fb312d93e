"""The story of a KYC Link, out of the link and its events. Pure.

In: a link and its events. Out: stretches of its states, and lines. What a check came to is read from the events'
bodies; of an event whose body is gone only its type is left.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from dastak.journeys.kyc_link.link import KycLink
from dastak.web.dashboard.journeys.story import Line, Sort
from dastak.web.dashboard.journeys.words import CHECK, CHECKS, FORM
from dastak.web.design.charts.timeline import Stretch
from dastak.webhooks.log import EventRow
from dastak_sdk import CheckStatus, CheckType, EventType, FormStatus, KycLinkData, parse_event

ENDS = frozenset({EventType.KYC_LINK_SUCCESS.value, EventType.KYC_LINK_EXPIRED.value})
Known = dict[str, tuple[str, int]]
"""type of a check → its status, and the number of its latest run."""


def link_states(link: KycLink, events: Iterable[EventRow], now: datetime) -> list[Stretch]:
    """Open from the beginning; then as it ended, to now."""
    end = next((one.occurred_at for one in events if one.type in ENDS), None)
    words, tone = FORM[FormStatus.RECEIVED]
    until = max(link.created_at, end or now)
    found = [Stretch(link.created_at, until, words, tone)]
    if end is not None and end < now:
        found.append(Stretch(end, now, *FORM[link.form_status]))
    return found


def link_lines(link: KycLink, events: Sequence[EventRow]) -> list[Line]:
    """Made, asked for a code, each check, sent again, ended."""
    lines = [Line(link.created_at, Sort.STATE, "The link was made")]
    if link.otp is not None:
        lines.append(Line(link.otp.sent_at, Sort.STATE, "The latest code was sent"))
    if link.invited_at is not None:
        lines.append(Line(link.invited_at, Sort.STATE, "The invitation was sent again"))
    known: Known = {}
    for event in events:
        lines += _checks(event, known)
        if event.type in ENDS:
            words, tone = FORM[link.form_status]
            lines.append(Line(event.occurred_at, Sort.STATE, f"The link is {words.lower()}", "", tone))
    return lines


def _checks(event: EventRow, known: Known) -> list[Line]:
    """What this event says of checks that the ones before did not."""
    if event.body is None:
        return []
    data = parse_event(event.body).data
    if not isinstance(data, KycLinkData):
        return []
    lines = []
    for detail in data.verification_details:
        now = (detail.status, detail.reference_id)
        if known.get(detail.type, (CheckStatus.RECEIVED.value, 0)) != now:
            words, tone = CHECK[CheckStatus(detail.status)]
            more = f"run {detail.reference_id}" if detail.reference_id else ""
            name = CHECKS[CheckType(detail.type)]
            lines.append(Line(event.occurred_at, Sort.CHECK, f"{name}: {words.lower()}", more, tone))
        known[detail.type] = now
    return lines
