"""JSON Schemas (2020-12) of the events about webhooks, with an example of each, and their OpenAPI operations.

In: the group of `dastak_sdk`. Out: what `make_spec` writes to `spec/operations/`, and `spec_webhooks` adds after the
thirteen of the contract.
"""

from typing import Any

from tools.spec_events import DIALECT, Schema, full_object, nullable, number, text

from dastak_sdk import OPERATIONAL_EVENT_TYPES, OperationalSpec, OperationalType

_TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"
_REASONS = ("failing", "gone")


def operational_schemas() -> dict[str, Schema]:
    """Each event's standalone schema by name."""
    return {
        name: {
            "$schema": DIALECT,
            "$id": f"urn:dastak:event:v1:{name}",
            "title": name,
            **operational_schema(spec),
            "examples": [operational_sample(name)],
        }
        for name, spec in OPERATIONAL_EVENT_TYPES.items()
    }


def operational_schema(spec: OperationalSpec) -> Schema:
    """One event's body."""
    properties = {
        "event_type": {"const": spec.name, "description": spec.description},
        "event_time": text("When it happened, UTC.", pattern=_TIME),
        "version": text("Of the format.", const="v1"),
        "data": _ENDPOINT,
    }
    return full_object(properties, spec.description)


def operational_sample(name: str) -> dict[str, Any]:
    """One event's body as an example."""
    disabled = name == OperationalType.WEBHOOK_ENDPOINT_DISABLED.value
    recovered = name == OperationalType.WEBHOOK_ENDPOINT_RECOVERED.value
    return {
        "event_type": name,
        "event_time": "2026-01-31T10:00:00Z",
        "version": "v1",
        "data": {
            "endpoint_id": "ep_01hzx3v9k2",
            "url": "https://shop.example/webhooks",
            "failing_since": None if recovered else "2026-01-28T10:00:00Z",
            "failures": 0 if recovered else 57,
            "last_failure_at": None if recovered else "2026-01-31T09:58:12Z",
            "last_reason": None if recovered else "answered 500",
            "disables_at": None if disabled or recovered else "2026-02-02T10:00:00Z",
            "disabled_reason": "failing" if disabled else None,
            "recovered_at": "2026-01-31T09:59:48Z" if recovered else None,
        },
    }


def _maybe_time(description: str) -> Schema:
    return {**nullable(description), "pattern": _TIME}


_ENDPOINT = full_object(
    {
        "endpoint_id": text("The endpoint that it is about."),
        "url": text("Where its events are sent, without the query string.", format="uri"),
        "failing_since": _maybe_time("The first failed attempt after the last good one; null: it works."),
        "failures": number("Failed attempts since then.", minimum=0),
        "last_failure_at": _maybe_time("The last failed attempt; null: it works."),
        "last_reason": nullable("Why it failed."),
        "disables_at": _maybe_time("When it is disabled if it goes on failing; null: it is not, or it is already."),
        "disabled_reason": {
            **nullable("Why it was disabled: it failed for days, or answered 410; null in the other events."),
            "examples": list(_REASONS),
        },
        "recovered_at": _maybe_time("The attempt that was answered well; null in the other events."),
    },
    "A webhook endpoint as it stood when the event happened.",
)
