"""What the audit log says of an endpoint that was changed.

In: the endpoint before and after. Out: details of an entry. Pure.
"""

from collections.abc import Mapping

from dastak.web.dashboard.webhooks.typed import typed_as
from dastak.webhooks.endpoint import Endpoint

FIELDS = ("description", "event_types", "retry", "lane_policy", "window", "rate_per_second")


def changes(before: Endpoint, after: Endpoint) -> Mapping[str, str]:
    """Which settings are new, and how they are now where that is short."""
    names = [name for name in FIELDS if getattr(before, name) != getattr(after, name)]
    now = typed_as(after)
    said = {
        "event_types": f"{len(after.event_types)} named" if after.event_types else "all",
        "retry": f"{now.retry} {now.intervals}".strip(),
        "lane_policy": now.lane,
        "window": now.window,
        "rate_per_second": now.rate or "no limit",
    }
    return {name: said.get(name, "changed") for name in names}
