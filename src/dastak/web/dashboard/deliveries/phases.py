"""How long each phase of an attempt took, and a bar of them. Pure.

In: an attempt. Out: its phases in order, and one bar drawn as wide as its place. Phases that a kept connection skips
are not there; an attempt that broke off ends in the phase in which it did.
"""

from dataclasses import dataclass

from dastak.web.dashboard.deliveries.spans import phase as spoken
from dastak.web.design.charts.chart import Chart, Series, Table, Tone, canvas
from dastak.web.design.charts.element import element, percent
from dastak.webhooks.log import AttemptRow
from dastak.webhooks.post import Stage

HEIGHT = 22.0
BROKEN: dict[str, str] = {
    Stage.REFUSED: "Not allowed",
    Stage.RESOLVE: "Name look-up",
    Stage.CONNECT: "Connection",
    Stage.TLS: "TLS",
    Stage.SEND: "Sending",
    Stage.ANSWER: "Waiting for the answer",
    Stage.ANSWERED: "Reading the answer",
}
"""What an attempt was at when it ended, by its stage."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One of them."""

    name: str
    microseconds: int
    tone: Tone

    @property
    def words(self) -> str:
        """How long, in words."""
        return spoken(self.microseconds)


def phases(attempt: AttemptRow) -> list[Phase]:
    """Those that happened, in order; together as long as the attempt."""
    ends = (
        ("Name look-up", attempt.resolved_us, Tone.SOFT),
        ("Connection", attempt.connected_us, Tone.SECOND),
        ("TLS", attempt.tls_us, Tone.NOTE),
        ("Waiting for the answer", attempt.first_byte_us, Tone.PLAIN),
    )
    found, began = [], 0
    for name, ended, tone in ends:
        if ended > began:
            found.append(Phase(name, ended - began, tone))
            began = ended
    rest = attempt.total_us - began
    if rest > 0:
        tone = Tone.GOOD if attempt.stage == Stage.ANSWERED else Tone.BAD
        found.append(Phase(BROKEN.get(attempt.stage, "The rest"), rest, tone))
    return found


def phases_drawn(attempt: AttemptRow) -> Chart | None:
    """A bar of them with a table beside it; None when no time was kept."""
    found = phases(attempt)
    total = sum(one.microseconds for one in found)
    if not total:
        return None
    parts, x = [], 0.0
    for one in found:
        width = one.microseconds / total
        hover = element("title", f"{one.name}: {one.words}")
        parts.append(
            element("rect", hover, kind=f"tone-{one.tone}", x=percent(x), width=percent(width), y=0, height=HEIGHT)
        )
        x += width
    title = f"Attempt {attempt.number}: where the time went"
    described = "; ".join(f"{one.name} {one.words}" for one in found)
    return Chart(
        f"phases-{attempt.number}",
        title,
        canvas(f"phases-{attempt.number}", title, f"{described}.", HEIGHT, *parts, kind="phases"),
        Table(("Phase", "Took"), (*((one.name, one.words) for one in found), ("Together", spoken(total)))),
        tuple(Series(one.name, one.tone) for one in found),
    )
