"""When an event that is not taken is sent again, drawn: one line of time, on which each step is ten times the last.

In: a retry policy. Out: a `Chart`: the attempts as dots, and the same as a table. Pure.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate
from math import log

from dastak.web.dashboard.webhooks.spans import said
from dastak.web.design.charts.chart import Chart, Table, canvas, label
from dastak.web.design.charts.element import Element, element, group, percent
from dastak.webhooks.retry import RetryPolicy

HEIGHT, LINE, NUMBERS, NAMES = 76.0, 38.0, 22.0, 66.0
"""CSS pixels: the whole, and where line, numbers and names of times stand."""
FIRST, LAST = 0.03, 0.97
"""Where the first attempt stands, and the end of the line; shares of the width."""
AFTER_FIRST = 0.1
"""Where the first second is over."""
RADIUS = 6.0
APART = 0.035
"""Numbers and names nearer to the one before than this are left out; the table has them all."""
NAMES_APART = 0.11

MARKS = tuple(
    timedelta(seconds=seconds)
    for seconds in (1, 10, 60, 600, 3600, 6 * 3600, 86_400, 3 * 86_400, 7 * 86_400, 30 * 86_400)
)


def drawn(policy: RetryPolicy, key: str = "schedule") -> Chart:
    """The schedule of a policy."""
    offsets = [timedelta(0), *accumulate(policy.intervals)]
    end = max(offsets[-1], timedelta(minutes=1))
    dots = [
        element("circle", kind=_tone(at, offsets), cx=percent(_place(offset, end)), cy=LINE, r=RADIUS)
        for at, offset in enumerate(offsets)
    ]
    line = element("line", kind="base", x1=percent(FIRST), x2=percent(LAST), y1=LINE, y2=LINE)
    parts = (line, group(dots), group(_numbers(offsets, end)), group(_names(end)))
    return Chart(
        key,
        "When an event that is not taken is sent again",
        canvas(key, "When an event that is not taken is sent again", _told(policy), HEIGHT, *parts, kind="schedule"),
        Table(("Attempt", "After the one before", "After the first"), _rows(policy.intervals, offsets)),
    )


def whole(policy: RetryPolicy) -> str:
    """In one sentence."""
    if not policy.intervals:
        return "Once only: what is not taken is given up at once."
    attempts = len(policy.intervals) + 1
    span = said(sum(policy.intervals, timedelta(0)))
    return f"Up to {attempts} attempts within about {span}; each wait is up to a tenth longer or shorter."


def _place(offset: timedelta, end: timedelta) -> float:
    """A share of the width, by the logarithm of the time since the first attempt."""
    seconds = offset.total_seconds()
    if seconds < 1:
        return FIRST
    return AFTER_FIRST + (LAST - AFTER_FIRST) * log(seconds) / log(end.total_seconds())


def _tone(at: int, offsets: Sequence[timedelta]) -> str:
    return "tone-bad" if at and at == len(offsets) - 1 else "tone-plain"


def _numbers(offsets: Sequence[timedelta], end: timedelta) -> list[Element]:
    places = [_place(offset, end) for offset in offsets]
    kept = _far_enough(places, APART)
    return [label(str(at + 1), percent(places[at]), NUMBERS, "value", "middle") for at in kept]


def _names(end: timedelta) -> list[Element]:
    marks = [mark for mark in MARKS if mark <= end]
    places = [_place(mark, end) for mark in marks]
    names = [(said(marks[at]), places[at]) for at in _far_enough(places, NAMES_APART)]
    ticks = [element("line", kind="base", x1=percent(x), x2=percent(x), y1=LINE + 10, y2=LINE + 15) for _, x in names]
    return [*ticks, *(label(name, percent(x), NAMES, "axis", "middle") for name, x in names)]


def _far_enough(places: Sequence[float], apart: float) -> list[int]:
    kept: list[int] = []
    for at, place in enumerate(places):
        if not kept or place - places[kept[-1]] >= apart:
            kept.append(at)
    return kept


def _rows(intervals: Sequence[timedelta], offsets: Sequence[timedelta]) -> tuple[tuple[str, ...], ...]:
    first = ("1", "at once", "")
    return (first, *((str(at), said(wait), said(offsets[at - 1])) for at, wait in enumerate(intervals, start=2)))


def _told(policy: RetryPolicy) -> str:
    waits = ", ".join(said(wait) for wait in policy.intervals)
    tail = f" Waits: {waits}. Then it is given up." if waits else ""
    return whole(policy) + tail
