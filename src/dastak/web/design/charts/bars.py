"""Upright bars, one for each name: hours, days. A bar may be of several parts, one on the other.

In: bars and what their parts stand for. Out: a `Chart`. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dastak.web.design.charts.axes import ABOVE, HEIGHT, LEFT, PLOT, Said, across, grid, height_of, names_below
from dastak.web.design.charts.chart import Chart, Series, Table, canvas, told
from dastak.web.design.charts.element import Element, element, group, percent
from dastak.web.design.charts.scale import plain, short, steps

FILLED = 0.72
"""Share of its column that a bar takes."""
WIDEST = 0.09
"""Share of the chart that no bar exceeds, lest three bars look like walls."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; values as many and in the order of the chart's series."""

    name: str
    values: tuple[float, ...]


def bars(
    key: str,
    title: str,
    about: str,
    series: Sequence[Series],
    shown: Sequence[Bar],
    *,
    said: Said = plain,
    axis: Said = short,
    whole: bool = True,
) -> Chart:
    """Draw them.

    Args:
        key: begins the ids within.
        title: what is shown.
        about: what a bar is about, head of the table's first column.
        series: what the parts of each bar stand for, from below.
        shown: the bars.
        said: a value in words, for table and description.
        axis: a value in few letters.
        whole: values are counted things.
    """
    top = max((sum(bar.values) for bar in shown), default=0)
    lines = steps(top, whole=whole)
    column = 1 / max(1, len(shown))
    drawn = [_bar(bar, series, (index + 0.5) * column, column, lines[-1], said) for index, bar in enumerate(shown)]
    names = names_below([bar.name for bar in shown], lambda index: (index + 0.5) * column)
    facts = [f"{bar.name}: {_words(bar, series, said)}" for bar in shown if any(bar.values)]
    return Chart(
        key,
        title,
        canvas(key, title, told(facts), HEIGHT, grid(lines, axis), group(drawn), names, kind="bars"),
        Table((about, *(one.name for one in series)), tuple((bar.name, *map(said, bar.values)) for bar in shown)),
        tuple(series) if len(series) > 1 else (),
    )


def _bar(bar: Bar, series: Sequence[Series], middle: float, column: float, top: float, said: Said) -> Element:
    width = min(column * FILLED, WIDEST)
    parts, below = [], 0.0
    for value, one in zip(bar.values, series, strict=True):
        if value > 0:
            upper, lower = height_of(below + value, top), height_of(below, top)
            parts.append(_rect(middle - width / 2, width, upper, lower - upper, f"tone-{one.tone}"))
        below += value
    hover = element("title", f"{bar.name}: {_words(bar, series, said)}")
    place = _rect(middle - column / 2, column, ABOVE, PLOT, "hit")
    return element("g", hover, place, *parts, kind="mark")


def _rect(left: float, width: float, y: float, height: float, kind: str) -> Element:
    return element("rect", kind=kind, x=across(left), width=percent((1 - LEFT) * width), y=y, height=height)


def _words(bar: Bar, series: Sequence[Series], said: Said) -> str:
    if len(series) == 1:
        return said(bar.values[0])
    return ", ".join(f"{one.name.lower()} {said(value)}" for value, one in zip(bar.values, series, strict=True))
