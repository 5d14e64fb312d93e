"""A timeline: what happened when, in lanes, one under the other.

In: lanes of stretches and marks. Out: an SVG element. Pure. It has no table: the page has the list of what happened.

Time is drawn by the order of its instants and a logarithm of the gaps: a step that took a second and a night between
two steps can both be seen. How long the wide gaps are stands under them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import log1p

from dastak.web.design.charts.chart import Tone, canvas, label, told
from dastak.web.design.charts.element import Element, element, group, percent

LANE, BAND, TOP = 44.0, 16.0, 18.0
"""CSS pixels: a lane with its name, what is drawn in it, and where that begins."""
BELOW = 22.0
MARGIN = 0.012
"""Share of the width that is left at both sides, so that marks at the ends are whole."""
NAMED_FROM = 0.2
"""A stretch as wide as this share has its name in it."""
GAP_FROM = 0.14
"""A gap as wide as this share has its length under it."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Something that lasted."""

    start: datetime
    end: datetime
    name: str
    tone: Tone = Tone.PLAIN
    is_faint: bool = False
    """Drawn behind, without its name: such stretches may lie over each other."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at once."""

    at: datetime
    name: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Lane:
    """What belongs together."""

    name: str
    stretches: tuple[Stretch, ...] = ()
    marks: tuple[Mark, ...] = ()


def timeline(key: str, title: str, lanes: Sequence[Lane], said: Callable[[datetime], str]) -> Element:
    """Draw it.

    Args:
        key: begins the ids within.
        title: what is shown.
        lanes: from above.
        said: an instant in words.
    """
    places = positions([at for lane in lanes for at in _instants(lane)])
    drawn = [_lane(row * LANE, lane, places, said) for row, lane in enumerate(lanes)]
    height = LANE * len(lanes) + BELOW
    facts = [_summary(lane, said) for lane in lanes]
    parts = (_gaps(places, height), *drawn)
    return canvas(key, title, told(facts), height, *parts, kind="timeline")


def positions(instants: Sequence[datetime]) -> Mapping[datetime, float]:
    """Where each instant stands, from 0 to 1, in order; later is never further left."""
    known = sorted(set(instants))
    if len(known) < 2:  # noqa: PLR2004 - one instant has no span
        return dict.fromkeys(known, 0.0)
    places, along = {known[0]: 0.0}, 0.0
    for before, after in pairwise(known):
        along += 1 + log1p((after - before).total_seconds())
        places[after] = along
    return {at: place / along for at, place in places.items()}


def span_words(span: timedelta) -> str:
    """A length of time, short: `40 s`, `12 min`, `5 h`, `3 d`."""
    seconds = span.total_seconds()
    for size, word in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            return f"{seconds / size:.0f} {word}"
    return f"{seconds * 1000:.0f} ms"


def _instants(lane: Lane) -> list[datetime]:
    return [at for one in lane.stretches for at in (one.start, one.end)] + [mark.at for mark in lane.marks]


def _x(place: float) -> str:
    return percent(MARGIN + (1 - 2 * MARGIN) * place)


def _lane(y: float, lane: Lane, places: Mapping[datetime, float], said: Callable[[datetime], str]) -> Element:
    middle = y + TOP + BAND / 2
    line = element("line", kind="grid", x1="0%", x2="100%", y1=middle, y2=middle)
    stretches = [_stretch(y, one, places, said) for one in lane.stretches]
    marks = [_mark(middle, one, places, said) for one in lane.marks]
    return group([label(lane.name, 0, y + 12, "axis"), line, *stretches, *marks])


def _stretch(y: float, one: Stretch, places: Mapping[datetime, float], said: Callable[[datetime], str]) -> Element:
    start, end = places[one.start], places[one.end]
    wide = (1 - 2 * MARGIN) * (end - start)
    hover = f"{one.name}: {said(one.start)} to {said(one.end)}"
    kind = f"tone-{one.tone} faint" if one.is_faint else f"tone-{one.tone}"
    rect = element("rect", kind=kind, x=_x(start), y=y + TOP, width=percent(wide), height=BAND, rx=3)
    name = label(one.name, percent(MARGIN + (1 - 2 * MARGIN) * start + 0.01), y + TOP + 12, "within")
    return element(
        "g", element("title", hover), rect, name if wide >= NAMED_FROM and not one.is_faint else None, kind="mark"
    )


def _mark(y: float, one: Mark, places: Mapping[datetime, float], said: Callable[[datetime], str]) -> Element:
    dot = element("circle", kind=f"tone-{one.tone} dot", cx=_x(places[one.at]), cy=y, r=5)
    return element("g", element("title", f"{one.name}: {said(one.at)}"), dot, kind="mark")


def _gaps(places: Mapping[datetime, float], height: float) -> Element:
    """The lengths of wide gaps, under the lanes."""
    wide = [(a, b) for a, b in pairwise(places) if places[b] - places[a] >= GAP_FROM]
    words = [label(span_words(b - a), _x((places[a] + places[b]) / 2), height - 6, "axis", "middle") for a, b in wide]
    lines = [
        element("line", kind="grid", x1=_x(places[at]), x2=_x(places[at]), y1=TOP, y2=height - BELOW)
        for at in dict.fromkeys(at for pair in wide for at in pair)
    ]
    return group([*lines, *words])


def _summary(lane: Lane, said: Callable[[datetime], str]) -> str:
    things = sorted([(one.start, one.name) for one in lane.stretches] + [(one.at, one.name) for one in lane.marks])
    if not things:
        return f"{lane.name}: nothing"
    first, last = things[0], things[-1]
    if first == last:
        return f"{lane.name}: {first[1]} at {said(first[0])}"
    return f"{lane.name}: {len(things)}, from {first[1]} at {said(first[0])} to {last[1]} at {said(last[0])}"
