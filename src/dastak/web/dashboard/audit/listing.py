"""The audit log's page: the entries, newest first, narrowed by who, what and when.

In: a visit with the query of its filter. Out: the page. The newest entries are checked against the chain's kept head
whenever the page is shown; the whole chain is checked on a page of its own, and by `dastak audit verify`.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.responses import Response

from dastak.accounts.audit import Fault, Head, HeadForged, Link, Narrowing, checked, ended
from dastak.accounts.deed import WORDS, words_of
from dastak.web.dashboard.audit.actors import Operators, actors
from dastak.web.dashboard.days import days
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.signed_in import Visit, show

PATH = "/dashboard/audit"
PAGE = 50
NEWEST = 200
"""Entries whose chain is checked with each page."""
FIELDS = ("actor", "deed", "first", "last", "reading")
"""`reading`: anything, to list what keys read among all else."""


async def show_audit(operators: Operators, door: Door, visit: Visit) -> Response:
    """The page."""
    asked = {name: visit.request.query_params.get(name, "")[:100] for name in FIELDS}
    span = days(asked["first"], asked["last"], visit.zone)
    is_all = bool(asked["actor"] or asked["deed"] or asked["reading"])
    narrowing = Narrowing(asked["actor"], asked["deed"], span.since, span.until, is_without_reading=not is_all)
    before = _sequence(visit.request.query_params.get("before", ""))
    found = await door.trail.links(visit.merchant_id, narrowing, before, PAGE + 1)
    groups = await actors(door, operators, visit.merchant_id)
    names = {id_: name for group in groups.values() for id_, name in group.items()}
    head, fault = await _newest(door, visit.merchant_id)
    return show(
        door,
        visit,
        "audit/list",
        rows=[_row(link, names) for link in found[:PAGE]],
        older=_older(asked, found),
        asked=asked,
        is_narrowed=any(asked.values()) or before is not None,
        groups=[(title, list(group.items())) for title, group in groups.items() if group],
        deeds=[(deed.value, words) for deed, words in WORDS.items()],
        count=head.sequence,
        newest=min(NEWEST, head.sequence),
        fault=fault,
    )


async def _newest(door: Door, merchant_id: str) -> tuple[Head, Fault | None]:
    """The kept head, and what is wrong with the last entries before it."""
    try:
        kept = await door.trail.head(merchant_id)
    except HeadForged:
        return Head(), Fault(0, "what was kept of the newest entry was not written by this deployment")
    after = max(0, kept.sequence - NEWEST)
    links = await door.trail.links_after(merchant_id, after, kept.sequence - after)
    before = Head() if after == 0 or not links else Head(after, links[0].previous, links[0].entry.at)
    reached, fault = checked(links, before)
    return kept, fault or ended(reached, kept)


def _row(link: Link, names: dict[str, str]) -> dict[str, object]:
    entry = link.entry
    return {
        "sequence": link.sequence,
        "at": entry.at,
        "who": names.get(entry.actor, entry.actor),
        "what": words_of(entry.deed),
        "subject": names.get(entry.subject, entry.subject),
        "details": sorted(entry.details.items()),
    }


def _older(asked: dict[str, str], found: Sequence[Link]) -> str:
    """Where the page of older entries is; empty: there are none."""
    if len(found) <= PAGE:
        return ""
    query = {name: value for name, value in asked.items() if value} | {"before": str(found[PAGE - 1].sequence)}
    return f"{PATH}?{urlencode(query)}"


def _sequence(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None  # noqa: PLR2004 - fits 64 bits
