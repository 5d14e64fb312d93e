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


def attempt_fields(one: Settled) -> dict[str, str | int | float | None]:
    """What is said of an attempt, in this order."""
    claimed, verdict, answer = one.claimed, one.verdict, one.answer
    endpoint = claimed.endpoint
    fields: dict[str, str | int | float | None] = {
        "delivery_id": claimed.id,
        "event_id": claimed.event_id,
        "event_type": claimed.event_type,
        "endpoint_id": endpoint.id,
        "merchant_id": endpoint.merchant_id,
        "attempt": claimed.attempt,
        "outcome": verdict.outcome.value,
        "reason": verdict.reason,
        "status": answer.status,
        "stage": answer.stage.value,
        "total_ms": round(answer.timings.total_us / 1000, 1),
        "retry_at": verdict.retry_at.isoformat() if verdict.retry_at else None,
    }
    if claimed.trace:
        fields["trace_id"] = trace_id(claimed.trace)
    return fields


def log_attempts(settled: Sequence[Settled]) -> None:
    """Write each by itself."""
    for one in settled:
        log.info(EVENT, **attempt_fields(one))
