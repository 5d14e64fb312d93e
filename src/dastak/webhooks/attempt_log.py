"""One wide line per attempt, without personal data: its fields, and the plain way to write them.

In: attempts that have ended. Out: what the log says of each. The dispatcher calls `log_attempts`, or what `app` gives
it instead: the same lines, written together.
"""

from collections.abc import Callable, Sequence

import structlog

from dastak.webhooks.delivery import Settled
from dastak_sdk.traceparent import trace_id

log = structlog.get_logger("dastak.webhooks")

AttemptLog = Callable[[Sequence[Settled]], None]

EVENT = "attempt"


SHARED = ("event_type", "endpoint_id", "merchant_id", "attempt", "outcome", "reason", "status", "stage")
"""What the attempts of a crowd have in common more often than not."""

Shared = tuple[str, str, str, int, str, str, int | None, str]


def shared_values(one: Settled) -> Shared:
    """The values of `SHARED`."""
    claimed, verdict, answer = one.claimed, one.verdict, one.answer
    endpoint = claimed.endpoint
    return (
        claimed.event_type,
        endpoint.id,
        endpoint.merchant_id,
        claimed.attempt,
        verdict.outcome.value,
        verdict.reason,
        answer.status,
        answer.stage.value,
    )


def attempt_fields(one: Settled) -> dict[str, str | int | float | None]:
    """What is said of an attempt, in this order."""
    claimed, retry_at = one.claimed, one.verdict.retry_at
    fields: dict[str, str | int | float | None] = {
        "delivery_id": claimed.id,
        "event_id": claimed.event_id,
        **dict(zip(SHARED, shared_values(one), strict=True)),
        "total_ms": milliseconds(one),
        "retry_at": retry_at.isoformat() if retry_at else None,
    }
    if claimed.trace:
        fields["trace_id"] = trace_id(claimed.trace)
    return fields


def milliseconds(one: Settled) -> float:
    """How long it took."""
    return round(one.answer.timings.total_us / 1000, 1)


def log_attempts(settled: Sequence[Settled]) -> None:
    """Write each by itself."""
    for one in settled:
        log.info(EVENT, **attempt_fields(one))
