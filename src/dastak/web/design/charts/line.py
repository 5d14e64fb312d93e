"""Values over time as lines, one for each series; a value that is missing leaves a gap.

In: the names of the moments, and for each series its values. Out: a `Chart`. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from dastak.web.design.charts.axes import ABOVE, HEIGHT, LEFT, PLOT, Said, across, grid, height_of, names_below
from dastak.web.design.charts.chart import NOTHING, Chart, Series, Table, canvas, told
from dastak.web.design.charts.element import Element, element, group, number, percent
from dastak.web.design.charts.scale import plain, share, short, steps


@dataclass(frozen=True, slots=True)
class Line:
    """One line; values as many as the chart has moments, None where there is none."""

    series: Series
    values: tuple[float | None, ...]


def line(
    key: str,
    title: str,
    about: str,
    moments: Sequence[str],
    lines: Sequence[Line],
    *,
    said: Said = plain,
    axis: Said = short,
    whole: bool = False,
) -> Chart:
    """Draw them.

    Args:
        key: begins the ids within.
        title: what is shown.
        about: what a moment is, head of the table's first column.
        moments: their names, in order.
        lines: what is drawn.
        said: a value in words, for table and description.
        axis: a value in few letters.
        whole: values are counted things.
    """
    marks = steps(max((value for one in lines for value in one.values if value is not None), default=0), whole=whole)
    top = marks[-1]
    drawn = [part for one in lines for part in _drawn(one, top)]
    hovers = [_hover(at, name, lines, len(moments), said) for at, name in enumerate(moments)]
    names = names_below(moments, lambda at: _place(at, len(moments)))
    facts = [_summary(one, moments, said) for one in lines]
    parts = (grid(marks, axis), group(drawn), group(hovers), names)
    rows = tuple((name, *(_said(one.values[at], said) for one in lines)) for at, name in enumerate(moments))
    return Chart(
        key,
        title,
        canvas(key, title, told(facts), HEIGHT, *parts, kind="lines"),
        Table((about, *(one.series.name for one in lines)), rows),
        tuple(one.series for one in lines) if len(lines) > 1 else (),
    )


def _drawn(one: Line, top: float) -> list[Element]:
    """The stretches without a gap, and a dot on the last value and on each that stands alone."""
    count = len(one.values)
    present = [(at, value) for at, value in enumerate(one.values) if value is not None]
    runs = [[spot for _, spot in run] for _, run in groupby(enumerate(present), lambda pair: pair[1][0] - pair[0])]
    paths = [
        element("polyline", points=" ".join(_point(at, value, count, top) for at, value in run))
        for run in runs
        if len(run) > 1
    ]
    field = element(
        "svg",
        *paths,
        kind=f"line line-{one.series.tone}",
        x=percent(LEFT),
        y=ABOVE,
        width=percent(1 - LEFT),
        height=PLOT,
        viewBox="0 0 100 100",
        preserveAspectRatio="none",
    )
    dots = [run[0] for run in runs if len(run) == 1] + [run[-1] for run in runs[-1:] if len(run) > 1]
    return [field] + [
        element("circle", kind=f"tone-{one.series.tone}", cx=across(_place(at, count)), cy=height_of(value, top), r=3)
        for at, value in dots
    ]


def _point(at: int, value: float, count: int, top: float) -> str:
    return f"{number(_place(at, count) * 100)},{number((1 - share(value, top)) * 100)}"


def _place(at: int, count: int) -> float:
    return at / (count - 1) if count > 1 else 0.5


def _hover(at: int, name: str, lines: Sequence[Line], count: int, said: Said) -> Element:
    width = 1 / max(1, count - 1)
    left = max(0.0, _place(at, count) - width / 2)
    right = min(1.0, _place(at, count) + width / 2)
    values = ", ".join(f"{one.series.name.lower()} {_said(one.values[at], said)}" for one in lines)
    wide = percent((right - left) * (1 - LEFT))
    rect = element("rect", kind="hit", x=across(left), y=ABOVE, width=wide, height=PLOT)
    return element("g", element("title", f"{name}: {values}"), rect, kind="mark")


def _summary(one: Line, moments: Sequence[str], said: Said) -> str:
    present = [(value, name) for value, name in zip(one.values, moments, strict=True) if value is not None]
    if not present:
        return f"{one.series.name}: no value"
    low, high = min(present), max(present)
    last = f"{said(present[-1][0])} at the end"
    return f"{one.series.name}: from {said(low[0])} ({low[1]}) to {said(high[0])} ({high[1]}), {last}"


def _said(value: float | None, said: Said) -> str:
    return NOTHING if value is None else said(value)
