"""The frame of charts that have two axes: lines across with their values, names below.

In: how high, the steps, the names. Out: elements; and where a value or a column stands. Called by `bars` and `line`.
"""

from collections.abc import Callable, Sequence

from dastak.web.design.charts.chart import label
from dastak.web.design.charts.element import Element, element, group, percent
from dastak.web.design.charts.scale import every, share

LEFT = 0.13
"""Share of the width that the values of the steps have."""
ABOVE, BELOW = 14.0, 24.0
"""CSS pixels over the uppermost line, and under the lowest for the names."""
PLOT = 150.0
"""CSS pixels from the lowest to the uppermost line."""
HEIGHT = ABOVE + PLOT + BELOW
MOST_NAMES = 4

Said = Callable[[float], str]
"""A value in words."""


def height_of(value: float, top: float) -> float:
    """Where a value stands, in CSS pixels from above."""
    return ABOVE + PLOT * (1 - share(value, top))


def across(place: float) -> str:
    """Where a share of the plot's width stands."""
    return percent(LEFT + (1 - LEFT) * place)


def grid(values: Sequence[float], said: Said) -> Element:
    """A line for each step, and its value at the left."""
    lines = []
    for value in values:
        y = height_of(value, values[-1])
        lines.append(element("line", kind="base" if value == 0 else "grid", x1=percent(LEFT), x2="100%", y1=y, y2=y))
        lines.append(label(said(value), percent(LEFT - 0.02), y + 4, "axis", "end"))
    return group(lines)


def names_below(names: Sequence[str], place: Callable[[int], float]) -> Element:
    """Names under the plot, as many as there is room for."""
    written = sorted(every(names, MOST_NAMES))
    return group([label(names[at], across(place(at)), HEIGHT - 6, "axis", _anchor(place(at))) for at in written])


EDGE = 0.06
"""Nearer to a side than this share, a name begins or ends there instead of standing in the middle."""


def _anchor(place: float) -> str:
    if place < EDGE:
        return "start"
    return "end" if place > 1 - EDGE else "middle"
