"""Spans of time as people write and read them: `30 s`, `2 min`, `1 h 30 min`, `7 days`.

In: what was typed, or a span. Out: the other of the two. Pure.
"""

import re
from datetime import timedelta

UNITS = (
    (timedelta(days=1), "day", "days"),
    (timedelta(hours=1), "h", "h"),
    (timedelta(minutes=1), "min", "min"),
    (timedelta(seconds=1), "s", "s"),
)
SECONDS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "hour": 3600, "hours": 3600, "d": 86_400, "day": 86_400}
SECONDS |= {"seconds": 1, "second": 1, "minute": 60, "minutes": 60, "days": 86_400}

PART = re.compile(r"(\d+)\s*([a-z]*)", re.ASCII)
MOST_DIGITS = 9


class UnreadableSpan(ValueError):  # noqa: N818 - the name says what happened
    """What was typed is no span; `text` is what was not understood."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def said(span: timedelta) -> str:
    """A span in its one or two largest units."""
    parts, left = [], span
    for size, one, many in UNITS:
        number = left // size
        left -= number * size
        if number:
            parts.append(f"{number} {one if number == 1 else many}")
    return " ".join(parts[:2]) or "0 s"


def read_spans(text: str) -> tuple[timedelta, ...]:
    """Spans with commas or line breaks between; a number without a unit is seconds. Raises `UnreadableSpan`."""
    pieces = [piece.strip() for piece in re.split(r"[,;\n]", text)]
    return tuple(_span(piece) for piece in pieces if piece)


def written(spans: tuple[timedelta, ...]) -> str:
    """Spans as `read_spans` reads them again, exactly."""
    return ", ".join(_exact(span) for span in spans)


def _span(text: str) -> timedelta:
    lowered = text.lower()
    parts = PART.findall(lowered)
    whole = "".join("".join(part) for part in parts)
    if not parts or whole != re.sub(r"\s", "", lowered) or not all(_is_known(*part) for part in parts):
        raise UnreadableSpan(text)
    return timedelta(seconds=sum(int(number) * SECONDS.get(unit, 1) for number, unit in parts))


def _is_known(number: str, unit: str) -> bool:
    return len(number) <= MOST_DIGITS and (not unit or unit in SECONDS)


def _exact(span: timedelta) -> str:
    parts, left = [], span
    for size, one, many in UNITS:
        number = left // size
        left -= number * size
        if number:
            parts.append(f"{number} {one if number == 1 else many}")
    return " ".join(parts) or "0 s"
