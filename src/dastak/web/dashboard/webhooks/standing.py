"""How an endpoint stands, for the list and its own page: one word, the numbers behind it, and a line of how it went.

In: the endpoint, its hours, what the dispatcher sees, what is noted of its trouble. Out: values that a template prints.
Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dastak.web.design.charts.chart import Tone
from dastak.web.design.charts.element import Element
from dastak.web.design.charts.sparkline import sparkline
from dastak.webhooks.breaker import BreakerState
from dastak.webhooks.endpoint import Endpoint, EndpointState
from dastak.webhooks.health import Health
from dastak.webhooks.hours import HOUR, EndpointHour, Standing, first_hour, percentile_ms, standing
from dastak.webhooks.trouble import Trouble, TroubleRules, disables_at

HOURS = 24
LOW = 0.99
"""Below this part of successes it is worth a look."""

DISABLED = {
    "by_merchant": "Somebody of your company disabled it. Nothing is sent; events wait.",
    "gone": "It answered 410 Gone, which means that it wants nothing more. Nothing is sent; events wait.",
    "failing": "It failed for days. Nothing is sent; events wait.",
}
BREAKER: Mapping[BreakerState, tuple[str, str, str]] = {
    BreakerState.CLOSED: ("Closed", "", "Everything goes out."),
    BreakerState.OPEN: (
        "Open",
        "bad",
        "It failed too often: nothing is sent for a moment, then one attempt tries whether it is back.",
    ),
    BreakerState.HALF_OPEN: ("Half open", "note", "One attempt is trying whether it is back."),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of an endpoint at the time of a page."""

    endpoint: Endpoint
    hours: Sequence[EndpointHour]
    health: Health
    trouble: Trouble | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page prints."""

    word: str
    tone: str
    """Class of the word's tag; empty for well."""
    why: str
    """Empty when all is well."""
    rate: str
    attempts: str
    answered: bool
    """Whether there is a time to show."""
    p50: str
    p95: str
    spark: Element
    breaker: str
    breaker_tone: str
    breaker_means: str
    open_until: datetime | None
    failing_since: datetime | None
    last_reason: str
    disables_at: datetime | None


def shown(seen: Seen, rules: TroubleRules, now: datetime) -> Shown:
    """How it stands."""
    whole = standing(seen.hours)
    word, tone, why = _word(seen, whole)
    trouble = seen.trouble if seen.trouble is not None and seen.trouble.failing_since is not None else None
    is_on = seen.endpoint.state is EndpointState.ENABLED
    name, tone_of_breaker, means = BREAKER[seen.health.breaker]
    return Shown(
        word=word,
        tone=tone,
        why=why,
        rate=rate_said(whole.success_rate),
        attempts=f"{whole.attempts:,}",
        answered=whole.p50_ms is not None,
        p50=milliseconds(whole.p50_ms),
        p95=milliseconds(whole.p95_ms),
        spark=spark(seen, now),
        breaker=name,
        breaker_tone=tone_of_breaker,
        breaker_means=means,
        open_until=seen.health.open_until,
        failing_since=trouble.failing_since if trouble else None,
        last_reason=trouble.last_reason if trouble else "",
        disables_at=disables_at(trouble, rules) if trouble and is_on else None,
    )


def hour_by_hour(hours: Sequence[EndpointHour], now: datetime, count: int = HOURS) -> list[EndpointHour | None]:
    """Each of the last hours in order; None where nothing was attempted."""
    by_hour = {one.hour: one for one in hours}
    first = first_hour(now, count)
    return [by_hour.get(first + at * HOUR) for at in range(count)]


def spark(seen: Seen, now: datetime) -> Element:
    """Half of the answers came within this, hour by hour."""
    medians = [None if one is None else percentile_ms(one.bands, 0.5) for one in hour_by_hour(seen.hours, now)]
    key = f"spark-{seen.endpoint.id}"
    return sparkline(key, "Time to the answer, the last 24 hours", medians, said=milliseconds, tone=Tone.PLAIN)


def rate_said(rate: float | None) -> str:
    """`100 %`, `99.7 %`; rounded down, so that nothing looks flawless that is not."""
    if rate is None:
        return "–"  # noqa: RUF001 - a dash for no value
    return f"{int(rate * 1000 + 1e-9) / 10:g} %"


def milliseconds(value: float | None) -> str:
    """`8 ms`, `1.2 s`."""
    if value is None:
        return "–"  # noqa: RUF001
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.1f} s"  # noqa: PLR2004


def _word(seen: Seen, whole: Standing) -> tuple[str, str, str]:
    if seen.endpoint.state is EndpointState.DISABLED:
        return "Disabled", "quiet", DISABLED.get(seen.endpoint.disabled_reason, DISABLED["by_merchant"])
    if seen.trouble is not None and seen.trouble.failing_since is not None:
        return "Failing", "bad", f"Every attempt since then has failed, the last one so: {seen.trouble.last_reason}."
    if whole.success_rate is None:
        return "Quiet", "quiet", "Nothing was sent to it in the last 24 hours."
    if whole.success_rate < LOW:
        return "Shaky", "note", "It answers, but some attempts of the last 24 hours failed."
    return "Well", "", ""
