"""Which journeys a member wants to see: the days, the status, and what was searched for. Pure.

In: the query of an address, or the fields of the export's form. Out: a `Narrowing`, and the query that leads there
again. What cannot be read narrows nothing, and is named.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from urllib.parse import urlencode

from dastak.web.dashboard.overview.day import first_instant

LONGEST_SEARCH = 64
LARGEST_ID = 2**53 - 1
PHONE = re.compile(r"\+?[0-9]{8,13}")
INDIAN = re.compile(r"(?:\+?91|0)?([6-9][0-9]{9})")


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What narrows; all empty: everything."""

    status: str = ""
    first: date | None = None
    """The first day on which they were made, in the merchant's zone."""
    last: date | None = None
    """The last one, included."""
    search: str = ""
    """A verification_id, a reference_id or a phone number, whole."""
    mistakes: tuple[tuple[str, str], ...] = ()
    """Field and what is wrong with it."""

    @property
    def reference_id(self) -> int | None:
        """What was searched for, if it can be our number."""
        text = self.search
        return int(text) if text.isascii() and text.isdigit() and len(text) < 17 else None  # noqa: PLR2004

    @property
    def phones(self) -> tuple[str, ...]:
        """What was searched for, if it can be a phone number: as it was typed, then as it may have been given to us."""
        text = re.sub(r"[\s()-]", "", self.search)
        if not PHONE.fullmatch(text):
            return ()
        indian = INDIAN.fullmatch(text)
        forms = [text, *(f"{code}{indian.group(1)}" for code in ("", "+91", "91"))] if indian else [text]
        return tuple(dict.fromkeys(forms))

    def created(self, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
        """The instants: from the first, inclusive, until the second, exclusive."""
        first = first_instant(self.first, zone) if self.first else None
        last = first_instant(self.last + timedelta(days=1), zone) if self.last else None
        return first, last

    def query(self, **more: str) -> str:
        """`?from=…` of an address with this narrowing, or empty."""
        named = {
            "q": self.search,
            "status": self.status,
            "from": self.first.isoformat() if self.first else "",
            "until": self.last.isoformat() if self.last else "",
            **more,
        }
        text = urlencode({name: value for name, value in named.items() if value})
        return f"?{text}" if text else ""


def narrowing(query: Mapping[str, str], statuses: Sequence[str]) -> Narrowing:
    """Read one; `statuses` are those that can be chosen."""
    mistakes: list[tuple[str, str]] = []
    first, last = (_day(query, name, mistakes) for name in ("from", "until"))
    if first and last and last < first:
        mistakes.append(("until", "The last day must not be before the first."))
        last = None
    status = query.get("status", "")
    search = "".join(char for char in query.get("q", "") if char.isprintable()).strip()
    return Narrowing(status if status in statuses else "", first, last, search[:LONGEST_SEARCH], tuple(mistakes))


def _day(query: Mapping[str, str], name: str, mistakes: list[tuple[str, str]]) -> date | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year <= 9000:  # noqa: PLR2004 - what can be reckoned with in every zone
        mistakes.append((name, "Give a date, such as 2026-01-26."))
        return None
    return day
