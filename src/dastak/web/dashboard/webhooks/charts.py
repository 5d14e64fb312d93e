"""How an endpoint did, hour by hour, drawn: attempts by what came of them, and how long answers took.

In: its hours. Out: two charts, each with its table. Pure.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from dastak.web.dashboard.webhooks.standing import HOURS, hour_by_hour, milliseconds
from dastak.web.design.charts.bars import Bar, bars
from dastak.web.design.charts.chart import Chart, Series, Tone
from dastak.web.design.charts.line import Line, line
from dastak.webhooks.hours import HOUR, EndpointHour, first_hour, percentile_ms

ACCEPTED, REFUSED, SILENT = (
    Series("Taken", Tone.GOOD),
    Series("Answered otherwise", Tone.NOTE),
    Series("Not answered", Tone.BAD),
)


def attempts(hours: Sequence[EndpointHour], now: datetime, zone: tzinfo) -> Chart:
    """How many attempts began, and what came of them."""
    shown = [
        Bar(name, (one.accepted, one.refused, one.silent) if one else (0, 0, 0))
        for name, one in zip(_names(now, zone), hour_by_hour(hours, now), strict=True)
    ]
    return bars("attempts", "Attempts, the last 24 hours", "Hour", (ACCEPTED, REFUSED, SILENT), shown)


def times(hours: Sequence[EndpointHour], now: datetime, zone: tzinfo) -> Chart:
    """Within which time half of the answers came, and nineteen of twenty."""
    each = hour_by_hour(hours, now)
    lines = [
        Line(Series(name, tone), tuple(None if one is None else percentile_ms(one.bands, part) for one in each))
        for name, tone, part in (("Half within (p50)", Tone.PLAIN, 0.5), ("95 of 100 within (p95)", Tone.SECOND, 0.95))
    ]
    return line(
        "times",
        "Time to the answer, the last 24 hours",
        "Hour",
        _names(now, zone),
        lines,
        said=milliseconds,
        axis=milliseconds,
    )


def _names(now: datetime, zone: tzinfo) -> list[str]:
    first = first_hour(now, HOURS)
    return [f"{(first + at * HOUR).astimezone(zone):%H:%M}" for at in range(HOURS)]
