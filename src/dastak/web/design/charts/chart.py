"""What every chart is: a drawing with a name and a description, what its colours mean, and the same facts as a table.

In: the parts. Out: a `Chart`, which the macro `figure` of `templates/charts.html` puts on a page. Called by the charts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dastak.web.design.charts.element import Element, element

NOTHING = "–"  # noqa: RUF001
"""What a cell says that has no value."""


class Tone(StrEnum):
    """What a colour says; `charts.css` has one for both colour schemes. Never the only thing that says it."""

    PLAIN = "plain"
    SECOND = "second"
    GOOD = "good"
    BAD = "bad"
    NOTE = "note"
    SOFT = "soft"


@dataclass(frozen=True, slots=True)
class Series:
    """What one colour of a chart stands for."""

    name: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Table:
    """The facts as they are read: a row begins with what it is about, its other cells are numbers."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and all that goes with it."""

    key: str
    title: str
    drawing: Element
    table: Table
    legend: tuple[Series, ...] = ()
    """Empty when there is nothing to tell apart."""


def canvas(key: str, title: str, description: str, height: float, *parts: Element, kind: str = "") -> Element:
    """The outermost element.

    Args:
        key: begins the ids of title and description: one of its kind on a page.
        title: what it shows.
        description: what is to be seen in it, for somebody who does not see it.
        height: CSS pixels; it is as wide as its place.
        parts: what is drawn.
        kind: a class more.
    """
    return element(
        "svg",
        element("title", title, id=f"{key}-title"),
        element("desc", description, id=f"{key}-desc"),
        *parts,
        kind=f"chart {kind}".strip(),
        role="img",
        aria_labelledby=f"{key}-title {key}-desc",
        width="100%",
        height=height,
        xmlns="http://www.w3.org/2000/svg",
    )


def label(said: str, x: float | str, y: float | str, kind: str = "", anchor: str = "start") -> Element:
    """Text; `anchor` says which end of it stands at x."""
    return element("text", said, kind=kind, x=x, y=y, text_anchor=anchor)


def told(parts: Sequence[str]) -> str:
    """Facts as a description, one after the other."""
    return "; ".join(parts) + "." if parts else "There is nothing yet."
