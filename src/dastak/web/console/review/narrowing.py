"""Which cases an auditor wants to see: the days, whose reviews, and what was searched for. Pure.

In: the query of an address. Out: a `Narrowing`, and the query that leads there again. What cannot be read narrows
nothing, and is named.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from dastak.journeys.calendar import INDIA, end_of
from dastak.journeys.paging import Cursor
from dastak.journeys.video_kyc.ports import CaseFilter

LONGEST_SEARCH = 64
EPOCH = datetime.fromtimestamp(0, UTC)
_PHONE = re.compile(r"(?:\+?91)?([6-9][0-9]{9})")
_CURSOR = re.compile(r"([0-9]{1,17})-([A-Za-z0-9_]{1,64})")


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What narrows; all empty: everything."""

    first: date | None = None
    """The first day of the reviews, in India."""
    last: date | None = None
    """The last one, included."""
    mine: bool = False
    """Only one's own reviews."""
    search: str = ""
    """A verification_id or a phone number."""
    mistakes: tuple[tuple[str, str], ...] = ()
    """Field and what is wrong with it."""

    @property
    def phone(self) -> str | None:
        """What was searched for, if it can be the number of an Indian mobile phone."""
        found = _PHONE.fullmatch(re.sub(r"[\s()-]", "", self.search))
        return found.group(1) if found else None

    def reviewed(self, auditor_id: str) -> CaseFilter:
        """Reviews of these days, and this auditor's if only those are wanted."""
        return CaseFilter(
            auditor_id=auditor_id if self.mine else None,
            reviewed_from=midnight(self.first) if self.first else None,
            reviewed_until=end_of(self.last) if self.last else None,
        )

    def query(self, **more: str) -> str:
        """`?from=…` of an address with this narrowing, or empty."""
        named = {
            "from": self.first.isoformat() if self.first else "",
            "until": self.last.isoformat() if self.last else "",
            "whose": "mine" if self.mine else "",
            "q": self.search,
            **more,
        }
        text = urlencode({name: value for name, value in named.items() if value})
        return f"?{text}" if text else ""


def narrowing(query: Mapping[str, str]) -> Narrowing:
    """Read one."""
    mistakes: list[tuple[str, str]] = []
    first, last = (_day(query, name, mistakes) for name in ("from", "until"))
    if first and last and last < first:
        mistakes.append(("until", "The last day must not be before the first."))
        last = None
    search = "".join(char for char in query.get("q", "") if char.isprintable()).strip()
    return Narrowing(first, last, query.get("whose") == "mine", search[:LONGEST_SEARCH], tuple(mistakes))


def midnight(day: date) -> datetime:
    """The first instant of a day in India."""
    return datetime.combine(day, time(0), tzinfo=INDIA).astimezone(UTC)


def cursor_text(cursor: Cursor) -> str:
    """A place in a table, for an address."""
    return f"{(cursor.at - EPOCH) // timedelta(microseconds=1)}-{cursor.id}"


def cursor_of(text: str) -> Cursor | None:
    """That place again; None: at the beginning."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        return None
    try:
        return Cursor(EPOCH + timedelta(microseconds=int(found.group(1))), found.group(2))
    except OverflowError:
        return None


def _day(query: Mapping[str, str], name: str, mistakes: list[tuple[str, str]]) -> date | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
        midnight(day), end_of(day)
    except (ValueError, OverflowError):
        mistakes.append((name, "Give a date, such as 2026-01-26."))
        return None
    return day
