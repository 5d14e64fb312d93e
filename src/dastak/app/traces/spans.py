"""Spans of OpenTelemetry, made when what they tell has ended.

In: a request, an event or an attempt that is over. Out: finished spans, for whoever takes them. Their ids were decided
when they began, so that others could refer to them: an attempt's is in the `traceparent` that it sent.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from dastak import __version__
from dastak.app.traces import table
from dastak.app.traces.acts import Answered
from dastak.journeys.happening import SealedEvent
from dastak.webhooks.delivery import Settled
from dastak.webhooks.post import Timings
from dastak.webhooks.verdict import Outcome
from dastak_sdk.traceparent import is_sampled, span_id, trace_id

SCOPE = InstrumentationScope("dastak", __version__)
UNSET = Status(StatusCode.UNSET)
FAILED = Status(StatusCode.ERROR)
SERVER_ERROR = 500

PHASES = (
    (table.RESOLVED, "resolved_us"),
    (table.CONNECTED, "connected_us"),
    (table.TLS, "tls_us"),
    (table.FIRST_BYTE, "first_byte_us"),
    (table.TOTAL, "total_us"),
)

Attributes = dict[str, str | int | float]


class Spans:
    """Makes spans and hands them on."""

    def __init__(self, take: Callable[[ReadableSpan], None], resource: Mapping[str, str] | None = None) -> None:
        """Plan it.

        Args:
            take: gets every span; it must not block or raise.
            resource: what all spans say of this process, besides OTEL_RESOURCE_ATTRIBUTES.
        """
        self._take = take
        self._resource = Resource.create({"service.name": "dastak", "service.version": __version__, **(resource or {})})

    def add_request(self, one: Answered) -> None:
        """An API call or a customer's act."""
        attributes: Attributes = {
            table.METHOD: one.method,
            table.ROUTE: one.route,
            table.STATUS: one.status,
        }
        if one.merchant_id:
            attributes[table.MERCHANT] = one.merchant_id
        failed = one.status >= SERVER_ERROR
        if failed:
            attributes[table.ERROR] = str(one.status)
        self._take(
            ReadableSpan(
                f"{one.method} {one.route}",
                context=_context(one.traceparent),
                parent=_context(one.parent, remote=True) if one.parent else None,
                resource=self._resource,
                attributes=attributes,
                links=[Link(_context(link, remote=True)) for link in one.links],
                kind=SpanKind.SERVER,
                status=FAILED if failed else UNSET,
                start_time=one.began_ns,
                end_time=one.ended_ns,
                instrumentation_scope=SCOPE,
            )
        )

    def add_event(self, event: SealedEvent, under: str, committed_ns: int) -> None:
        """An event that was committed."""
        began = _nanoseconds(event.occurred_at)
        self._take(
            ReadableSpan(
                f"event {event.type}",
                context=_context(event.trace),
                parent=_context(under),
                resource=self._resource,
                attributes={
                    table.MERCHANT: event.merchant_id,
                    table.JOURNEY: event.journey_id,
                    table.EVENT: event.id,
                    table.EVENT_TYPE: event.type,
                    table.SEQUENCE: event.sequence,
                },
                kind=SpanKind.PRODUCER,
                status=UNSET,
                start_time=began,
                end_time=max(began, committed_ns),
                instrumentation_scope=SCOPE,
            )
        )

    def add_attempt(self, one: Settled) -> None:
        """An attempt that has ended."""
        delivered = one.verdict.outcome is Outcome.DELIVERED
        began = _nanoseconds(one.started_at)
        self._take(
            ReadableSpan(
                f"attempt {one.claimed.event_type}",
                context=_context(one.claimed.attempt_trace()),
                parent=_context(one.claimed.trace, remote=True),
                resource=self._resource,
                attributes=_of_attempt(one, delivered),
                kind=SpanKind.CLIENT,
                status=UNSET if delivered else FAILED,
                start_time=began,
                end_time=max(began, _nanoseconds(one.ended_at)),
                instrumentation_scope=SCOPE,
            )
        )


def _of_attempt(one: Settled, delivered: bool) -> Attributes:
    claimed, answer = one.claimed, one.answer
    attributes: Attributes = {
        table.METHOD: "POST",
        table.HOST: _host(claimed.endpoint.url),
        table.MERCHANT: claimed.endpoint.merchant_id,
        table.JOURNEY: claimed.journey_id,
        table.EVENT: claimed.event_id,
        table.EVENT_TYPE: claimed.event_type,
        table.DELIVERY: claimed.id,
        table.ENDPOINT: claimed.endpoint.id,
        table.ATTEMPT: claimed.attempt,
        table.OUTCOME: one.verdict.outcome.value,
        table.STAGE: answer.stage.value,
        **_phases(answer.timings),
    }
    if answer.status is not None:
        attributes[table.STATUS] = answer.status
    if not delivered:
        attributes[table.ERROR] = answer.stage.value if answer.status is None else str(answer.status)
    return attributes


def _phases(timings: Timings) -> Attributes:
    """Milliseconds to the end of each phase that happened."""
    return {name: took / 1000 for name, of in PHASES if (took := getattr(timings, of))}


def _context(traceparent: str, *, remote: bool = False) -> SpanContext:
    return SpanContext(
        int(trace_id(traceparent), 16),
        int(span_id(traceparent), 16),
        remote,
        TraceFlags(TraceFlags.SAMPLED if is_sampled(traceparent) else TraceFlags.DEFAULT),
    )


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1000


@lru_cache(maxsize=4096)
def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
