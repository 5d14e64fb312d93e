"""The attempts of one delivery on a line of time, drawn. Pure.

In: when the event happened, its attempts, when the next one is due. Out: a `Chart`: an SVG and the same facts as a
table. Attempts begin seconds apart and end days apart, so the line is logarithmic: each step to the right is longer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log1p

from dastak.web.dashboard.deliveries.spans import DAY, HOUR, MINUTE, SECOND, span
from dastak.web.design.charts.chart import Chart, Table, Tone, canvas, label, told
from dastak.web.design.charts.element import Element, element, group, percent
from dastak.webhooks.log import AttemptRow
from dastak.webhooks.verdict import Outcome

LEFT, RIGHT = 0.04, 0.96
"""Where the line begins and ends, as shares of the width."""
LINE, ROW = 26.0, 26.0
"""CSS pixels from above to the line, and from one row of marks to the next."""
RADIUS = 10.0
APART = 0.075
"""Marks nearer to each other than this share of the width go into rows of their own."""
ROWS = 3
BELOW = 24.0
STEPS: tuple[timedelta, ...] = (
    SECOND,
    10 * SECOND,
    MINUTE,
    10 * MINUTE,
    HOUR,
    6 * HOUR,
    DAY,
    7 * DAY,
    30 * DAY,
    365 * DAY,
)
"""What the line has marks for."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One attempt, or the next one."""

    number: str
    after: timedelta
    """Since the event."""
    tone: Tone
    words: str
    is_planned: bool = False


def timeline(created_at: datetime, attempts: Sequence[AttemptRow], next_at: datetime | None) -> Chart:
    """Draw it."""
    marks = [_made(created_at, attempt) for attempt in attempts]
    if next_at is not None:
        number = str(max((attempt.number for attempt in attempts), default=0) + 1)
        marks.append(Mark(number, max(next_at - created_at, timedelta(0)), Tone.SOFT, "planned", is_planned=True))
    longest = max([SECOND, *(mark.after for mark in marks)])
    rows = _rows([_place(mark.after, longest) for mark in marks])
    height = LINE + ROW * max([1, *(row + 1 for row in rows)]) + BELOW
    drawn = [_drawn(mark, _place(mark.after, longest), row) for mark, row in zip(marks, rows, strict=True)]
    facts = [f"Attempt {mark.number} after {span(mark.after)}: {mark.words}" for mark in marks]
    title = "Attempts since the event"
    return Chart(
        "attempts",
        title,
        canvas("attempts", title, told(facts), height, _scale(longest, height), group(drawn), kind="attempts"),
        Table(("Attempt", "After", "Outcome"), tuple((mark.number, span(mark.after), mark.words) for mark in marks)),
    )


def _made(created_at: datetime, attempt: AttemptRow) -> Mark:
    is_good = attempt.outcome == Outcome.DELIVERED
    words = f"answered {attempt.status}" if attempt.status else attempt.stage.replace("_", " ") or "no answer"
    after = max(attempt.started_at - created_at, timedelta(0))
    return Mark(str(attempt.number), after, Tone.GOOD if is_good else Tone.BAD, words)


def _place(after: timedelta, longest: timedelta) -> float:
    """Where on the line, as a share of the width."""
    return LEFT + (RIGHT - LEFT) * log1p(after / SECOND) / log1p(longest / SECOND)


def _rows(places: Sequence[float]) -> list[int]:
    """In which row each mark has room; where no row has, the last one."""
    taken: list[float] = []
    rows = []
    for place in places:
        row = next((at for at, last in enumerate(taken) if place - last >= APART), len(taken))
        row = min(row, ROWS - 1)
        taken[row : row + 1] = [place]
        rows.append(row)
    return rows


def _scale(longest: timedelta, height: float) -> Element:
    """The line, and what its steps are."""
    steps = [step for step in STEPS if step <= longest]
    y = height - BELOW
    line = element("line", kind="base", x1=percent(LEFT), x2=percent(RIGHT), y1=y, y2=y)
    ticks = []
    last = LEFT
    for step in steps:
        place = _place(step, longest)
        ticks.append(element("line", kind="grid", x1=percent(place), x2=percent(place), y1=4, y2=y))
        if place - last >= APART:
            anchor = "end" if place > RIGHT - APART / 2 else "middle"
            ticks.append(label(span(step), percent(place), height - 6, "axis", anchor))
            last = place
    event = label("event", percent(LEFT / 2), height - 6, "axis", "start")
    return group([*ticks, line, event])


def _drawn(mark: Mark, place: float, row: int) -> Element:
    """A disc with the attempt's number; a planned one is a ring. What it came to is said by its shape, too."""
    x, y = percent(place), LINE + ROW * row - 8
    tone = mark.tone.value
    hover = element("title", f"Attempt {mark.number} after {span(mark.after)}: {mark.words}")
    if mark.tone is Tone.BAD:
        shape = element("rect", kind=f"tone-{tone}", x=x, y=y - RADIUS, width=2 * RADIUS, height=2 * RADIUS, rx=3)
        shape = element("g", shape, transform=f"translate(-{RADIUS:g} 0)")
    else:
        kind = f"planned line-{tone}" if mark.is_planned else f"tone-{tone}"
        shape = element("circle", kind=kind, cx=x, cy=y, r=RADIUS)
    return element("g", hover, shape, label(mark.number, x, y + 4.5, "within", "middle"), kind="mark")
