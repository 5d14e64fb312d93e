"""A funnel: how many came to each step, one under the other, and how many were lost on the way to it.

In: the steps. Out: a `Chart`. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dastak.web.design.charts.chart import NOTHING, Chart, Table, Tone, canvas, label, told
from dastak.web.design.charts.element import Element, element, percent
from dastak.web.design.charts.scale import plain, share

ROW, BAR = 46.0, 18.0
"""CSS pixels of a step with its words, and of its bar alone."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way."""

    name: str
    count: int
    """Those who came so far. A later step may have more: who came in by another door is not lost."""
    tone: Tone = Tone.PLAIN


def funnel(key: str, title: str, about: str, steps: Sequence[Step]) -> Chart:
    """Draw it; the first step's count is the whole.

    Args:
        key: begins the ids within.
        title: what is shown.
        about: what goes through it, in the plural: `Links`.
        steps: from the first on.
    """
    whole = max((step.count for step in steps), default=0)
    first = steps[0].count if steps else 0
    before = [None, *steps[:-1]]
    rows = [_row(at, step, before[at], first, whole) for at, step in enumerate(steps)]
    facts = [f"{step.name} {plain(step.count)} ({of_first(step, first)})" for step in steps]
    facts += _worst(steps)
    return Chart(
        key,
        title,
        canvas(key, title, told(facts), ROW * max(1, len(steps)), *rows, kind="funnel"),
        Table(("Step", about, "Of the first", "Lost before"), tuple(_cells(steps, first))),
    )


def lost(step: Step, before: Step | None) -> int:
    """How many were lost between the step before and this one."""
    return max(0, before.count - step.count) if before else 0


def of_first(step: Step, first: int) -> str:
    """What part of those who began came here."""
    return f"{share(step.count, first):.0%}" if first else NOTHING


def _row(at: int, step: Step, before: Step | None, first: int, whole: int) -> Element:
    y = at * ROW
    gone = lost(step, before)
    right = f"{plain(step.count)} · {of_first(step, first)}"
    faded = element(
        "rect", kind="lost", x=0, y=y + 20, width=percent(share(before.count if before else 0, whole)), height=BAR, rx=3
    )
    return element(
        "g",
        element("title", f"{step.name}: {plain(step.count)}" + (f", {plain(gone)} lost on the way" if gone else "")),
        label(step.name, 0, y + 14, "name"),
        label(right, "100%", y + 14, "value", "end"),
        element("rect", kind="track", x=0, y=y + 20, width="100%", height=BAR, rx=3),
        faded if gone else None,
        element(
            "rect", kind=f"tone-{step.tone}", x=0, y=y + 20, width=percent(share(step.count, whole)), height=BAR, rx=3
        ),
        kind="mark",
    )


def _cells(steps: Sequence[Step], first: int) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for at, step in enumerate(steps):
        before = steps[at - 1] if at else None
        gone = lost(step, before)
        dropped = f"{plain(gone)} ({gone / before.count:.0%})" if before and gone else NOTHING
        rows.append((step.name, plain(step.count), of_first(step, first), dropped))
    return rows


def _worst(steps: Sequence[Step]) -> list[str]:
    """Where most were lost."""
    falls = [(lost(step, before), before.name, step.name) for before, step in pairwise(steps)]
    most = max(falls, default=(0, "", ""))
    return [f"most are lost between {most[1]} and {most[2]}: {plain(most[0])}"] if most[0] else []
