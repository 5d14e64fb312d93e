"""Times on pages: in the merchant's zone, with the exact instant in UTC behind them.

In: an aware time and the zone that the page carries. Out: a `<time>` element. Templates write `{{ at|moment }}`, or
`{{ at|moment("second") }}`, `{{ at|moment("day") }}`; in a macro of another file, import it `with context`.
"""

from datetime import UTC, datetime, tzinfo
from typing import Literal

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

Until = Literal["day", "minute", "second"]


def spoken(at: datetime, zone: tzinfo, until: Until = "minute") -> str:
    """`26 Jan 2026, 14:05`, there."""
    there = at.astimezone(zone)
    day = f"{there.day} {there:%b %Y}"
    return day if until == "day" else f"{day}, {there:%H:%M}" if until == "minute" else f"{day}, {there:%H:%M:%S}"


def exact(at: datetime) -> str:
    """`2026-01-26 08:35:00.123 UTC`."""
    return f"{at.astimezone(UTC).isoformat(' ', 'milliseconds').removesuffix('+00:00')} UTC"


def element(at: datetime, zone: tzinfo, until: Until = "minute") -> Markup:
    """What a page shows."""
    machine = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(machine, exact(at), spoken(at, zone, until))


@pass_context
def moment(context: Context, at: datetime, until: Until = "minute") -> Markup:
    """The filter: the zone is the page's."""
    return element(at, context["zone"], until)
