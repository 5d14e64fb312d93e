"""How the webhooks did in the last day. Pure, but for `health_of`, which looks.

In: hours and endpoints. Out: a chart of all, and a row for each endpoint.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from dastak.web.dashboard.overview.room import OverviewRoom
from dastak.web.design.charts.bars import Bar, bars
from dastak.web.design.charts.chart import Chart, Series, Tone
from dastak.webhooks.endpoint import Endpoint, EndpointState
from dastak.webhooks.hours import EndpointHour, Standing, first_hour, standing

HOURS = 24
ACCEPTED, REFUSED, SILENT = (
    Series("Accepted", Tone.GOOD),
    Series("Refused", Tone.NOTE),
    Series("Not answered", Tone.BAD),
)


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """One endpoint of the table."""

    endpoint: Endpoint
    standing: Standing

    @property
    def is_enabled(self) -> bool:
        return self.endpoint.state is EndpointState.ENABLED

    @property
    def rate(self) -> str:
        """`98.5%`, or words for none."""
        rate = self.standing.success_rate
        return "nothing sent" if rate is None else f"{rate:.1%}".replace(".0%", "%")

    @property
    def p95(self) -> str:
        """`120 ms`."""
        return "–" if self.standing.p95_ms is None else f"{self.standing.p95_ms:,.0f} ms"  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Health:
    """All of it."""

    chart: Chart
    rows: Sequence[EndpointRow]
    whole: Standing


async def health_of(room: OverviewRoom, merchant_id: str, now: datetime, zone: tzinfo) -> Health:
    """Look, and put together."""
    since = first_hour(now, HOURS)
    hours = await room.hours.hours(merchant_id, since)
    endpoints = [one for one in await room.endpoints.endpoints(merchant_id) if one.state is not EndpointState.DELETED]
    own: defaultdict[str, list[EndpointHour]] = defaultdict(list)
    for hour in hours:
        own[hour.endpoint_id].append(hour)
    rows = [EndpointRow(one, standing(own[one.id])) for one in endpoints]
    return Health(chart_of(hours, since, zone), rows, standing(hours))


def chart_of(hours: Sequence[EndpointHour], since: datetime, zone: tzinfo) -> Chart:
    """Attempts by hour, of all endpoints together."""
    sums: defaultdict[datetime, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in hours:
        for place, count in enumerate((one.accepted, one.refused, one.silent)):
            sums[one.hour][place] += count
    times = [since + number * timedelta(hours=1) for number in range(HOURS)]
    shown = [Bar(f"{at.astimezone(zone):%H:%M}", tuple(sums[at])) for at in times]
    return bars("attempts", "Attempts by hour, last 24 hours", "Hour from", (ACCEPTED, REFUSED, SILENT), shown)
