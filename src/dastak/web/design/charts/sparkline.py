"""A line as large as a word, for a table's cell or a card: how something went lately, without axes.

In: values. Out: an SVG element whose description says what they say. Pure. It has no table: its cell has the number.
"""

from collections.abc import Sequence

from dastak.web.design.charts.axes import Said
from dastak.web.design.charts.chart import Tone
from dastak.web.design.charts.element import Element, element, number
from dastak.web.design.charts.scale import plain, share

WIDTH, HEIGHT, ROOM = 96.0, 24.0, 3.0
"""CSS pixels; around the line there is room for its thickness and the last dot."""


def sparkline(
    key: str, title: str, values: Sequence[float | None], *, said: Said = plain, tone: Tone = Tone.PLAIN
) -> Element:
    """Draw it; a missing value leaves a gap.

    Args:
        key: begins the ids within.
        title: what is shown.
        values: in order; the axis goes from 0 to the largest.
        said: a value in words.
        tone: of the line.
    """
    present = [value for value in values if value is not None]
    top = max(present, default=0)
    spots = [None if value is None else _spot(at, value, len(values), top) for at, value in enumerate(values)]
    last = next((spot for spot in reversed(spots) if spot is not None), None)
    return element(
        "svg",
        element("title", title, id=f"{key}-title"),
        element("desc", _description(present, said), id=f"{key}-desc"),
        element("path", d=_path(spots), kind=f"line-{tone}") if last else None,
        element("circle", cx=last[0], cy=last[1], r=2.5, kind=f"tone-{tone}") if last else None,
        kind="chart sparkline",
        role="img",
        aria_labelledby=f"{key}-title {key}-desc",
        width=WIDTH,
        height=HEIGHT,
        viewBox=f"0 0 {number(WIDTH)} {number(HEIGHT)}",
        xmlns="http://www.w3.org/2000/svg",
    )


_Spot = tuple[float, float]


def _spot(at: int, value: float, count: int, top: float) -> _Spot:
    along = at / (count - 1) if count > 1 else 1.0
    return ROOM + (WIDTH - 2 * ROOM) * along, HEIGHT - ROOM - (HEIGHT - 2 * ROOM) * share(value, top)


def _path(spots: Sequence[_Spot | None]) -> str:
    """Move after a gap, else draw on."""
    parts, drawing = [], False
    for spot in spots:
        if spot is not None:
            parts.append(f"{'L' if drawing else 'M'}{number(spot[0])} {number(spot[1])}")
        drawing = spot is not None
    return "".join(parts)


def _description(present: Sequence[float], said: Said) -> str:
    if not present:
        return "There is no value yet."
    return f"From {said(min(present))} to {said(max(present))}, {said(present[-1])} now."
