"""Every metric of our own, as published in docs/metrics.md: a name, a label or a bucket changes only with a release.

In: nothing. Out: `TABLE`, and a `Book` that makes them in a registry. No label names a merchant, an endpoint or a
customer: their number is not bounded, and the page is read by people who may not know them.
"""

from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Literal, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from dastak.app.metrics.crowd import CrowdHistogram
from dastak.journeys.video_kyc.signal import Kind
from dastak.notices.notice import Channel
from dastak.webhooks.post import Stage
from dastak.webhooks.retention import Kept
from dastak.webhooks.telling import FAILING, GONE
from dastak.webhooks.verdict import Outcome
from dastak_sdk import EVENT_TYPES, OPERATIONAL_EVENT_TYPES

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series beside each counter, which nobody reads

Made = TypeVar("Made", Counter, Histogram)

FROM_THE_START = 32
"""Metrics with at most so many series show all of them from the start, at zero, so that `increase` sees the first."""

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)
LAG_SECONDS = (*SECONDS, 60, 300, 3600)
CALL_SECONDS = (0.001, 0.0025, *SECONDS)
COMMIT_SECONDS = (0.0005, 0.001, 0.0025, *SECONDS[:-1])
GROUP_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
COUNTED_PENDING = 100_000
KINDS = ("kyc_link", "video_kyc")
BUCKETS = (
    *("api_operation", "api_address", "console_call", "console_code", "console_guess", "console_page"),
    *("dashboard_code", "dashboard_guess", "dashboard_page", "dashboard_test"),
    *("booking", "check", "queue", "link_miss", "otp", "page", "phone", "static", "static_link"),
)
"""What limits count."""


@dataclass(frozen=True, slots=True)
class Label:
    """One label, with its values where they are known."""

    name: str
    values: tuple[str, ...] = ()
    meaning: str = ""
    """What stands there when the values are not listed."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as it is exported."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[Label, ...] = ()
    buckets: tuple[float, ...] = ()


LOOPS = ("dispatcher", "notifier", "sweeper", "case_sweeper", "replayer", "trouble_sweeper", "keeper", "rooms")

ATTEMPTS = Metric(
    "dastak_attempts_total",
    "counter",
    "Webhook attempts that ended, by what they mean for the delivery and where they ended.",
    (Label("outcome", tuple(Outcome)), Label("stage", tuple(Stage))),
)
ATTEMPT_SECONDS = Metric(
    "dastak_attempt_duration_seconds",
    "histogram",
    "How long one webhook attempt took, from its start to the last byte read or the failure.",
    buckets=SECONDS,
)
LAG = Metric(
    "dastak_first_attempt_lag_seconds",
    "histogram",
    "From the commit of an event to the start of the first attempt at one of its deliveries.",
    buckets=LAG_SECONDS,
)
CLAIMED = Metric("dastak_deliveries_claimed_total", "counter", "Deliveries that this process took on.")
CLAIM_SECONDS = Metric(
    "dastak_claim_duration_seconds",
    "histogram",
    "How long the store took to hand out work, empty hands included.",
    buckets=COMMIT_SECONDS,
)
IN_FLIGHT = Metric("dastak_attempts_in_flight", "gauge", "Attempts on their way or not recorded yet.")
PENDING = Metric(
    "dastak_deliveries_pending",
    "gauge",
    "Deliveries owed, those of disabled endpoints included; not counted beyond 100,000. At most 5 s old.",
)
OLDEST_DUE = Metric(
    "dastak_deliveries_oldest_due_age_seconds",
    "gauge",
    "How long the most urgent delivery of an enabled endpoint has been due without being taken on. At most 5 s old.",
)
REPLAYS_OPEN = Metric("dastak_replays_open", "gauge", "Replays that have not ended. At most 5 s old.")
REPLAYED = Metric("dastak_replayed_deliveries_total", "counter", "Deliveries that replays made pending again.")
ENDPOINTS_FAILING = Metric(
    "dastak_endpoints_failing",
    "gauge",
    "Enabled webhook endpoints whose last attempt failed, as far as noted. At most 5 s old.",
)
ENDPOINT_WARNINGS = Metric(
    "dastak_endpoint_warnings_total", "counter", "Warnings to owners of webhook endpoints that fail for long."
)
ENDPOINTS_DISABLED = Metric(
    "dastak_endpoints_disabled_total",
    "counter",
    "Webhook endpoints that were disabled without their owner asking for it: they failed for days, or answered 410.",
    (Label("reason", (FAILING, GONE)),),
)
ENDPOINTS_RECOVERED = Metric(
    "dastak_endpoints_recovered_total", "counter", "Webhook endpoints that work again after a warning."
)
NOTICE_ATTEMPTS = Metric(
    "dastak_notice_attempts_total",
    "counter",
    "Attempts at messages to customers and contacts, by channel and what came of them.",
    (Label("channel", tuple(Channel)), Label("outcome", ("sent", "retry", "given_up"))),
)
NOTICES_IN_FLIGHT = Metric("dastak_notices_in_flight", "gauge", "Messages being sent or not recorded yet.")
NOTICES_OLDEST_DUE = Metric(
    "dastak_notices_oldest_due_age_seconds",
    "gauge",
    "How long the most urgent message has been due without being taken on. At most 5 s old.",
)
EVENTS = Metric(
    "dastak_events_total",
    "counter",
    "Events committed, by type.",
    (Label("type", (*EVENT_TYPES, *OPERATIONAL_EVENT_TYPES)),),
)
JOURNEYS_STARTED = Metric("dastak_journeys_started_total", "counter", "Journeys made.", (Label("kind", KINDS),))
JOURNEYS_ENDED = Metric(
    "dastak_journeys_ended_total",
    "counter",
    "Journeys that ended, by how.",
    (Label("kind", KINDS), Label("outcome", ("success", "approved", "rejected", "expired"))),
)
CASE_SIGNALS = Metric(
    "dastak_video_kyc_signals_total",
    "counter",
    "Signals that moved a Video KYC: what customers, agents, auditors, rooms and the clock did.",
    (Label("signal", tuple(Kind)),),
)
CALL_ROOMS = Metric("dastak_call_rooms", "gauge", "Rooms of calls that this process has open.")
CALL_CONNECTIONS = Metric(
    "dastak_call_connections", "gauge", "Browsers that this process is connected with in calls, or is about to be."
)
CALL_PACKETS_LOST = Metric(
    "dastak_call_packets_lost_total",
    "counter",
    "Packets of media that were lost on the way from browsers to this process.",
)
OTP_REFUSALS = Metric(
    "dastak_otp_refusals_total",
    "counter",
    "Phone codes that were not accepted, and codes that were asked for too soon.",
    (Label("reason", ("wrong", "expired", "locked", "none", "too_soon")),),
)
API_REQUESTS = Metric(
    "dastak_api_requests_total",
    "counter",
    "Calls of the API, by operation and HTTP status.",
    (
        Label("operation", meaning="method and path of the route, such as `GET /api/v1/events`"),
        Label("status", meaning="such as `200`"),
    ),
)
API_SECONDS = Metric(
    "dastak_api_request_duration_seconds",
    "histogram",
    "How long the API took to answer; what a call of `GET /api/v1/events` asks to `wait` is part of it.",
    (Label("operation", meaning="as above"),),
    buckets=CALL_SECONDS,
)
LIMITED = Metric(
    "dastak_rate_limited_total",
    "counter",
    "Uses that were one too many, by what was counted.",
    (Label("bucket", BUCKETS),),
)
COMMIT_SIZE = Metric(
    "dastak_store_commit_writes",
    "histogram",
    "Writes that shared one transaction.",
    buckets=GROUP_SIZES,
)
COMMIT_DURATION = Metric(
    "dastak_store_commit_duration_seconds",
    "histogram",
    "How long a transaction took; a durable one includes the wait for the disk.",
    (Label("durable", ("true", "false")),),
    buckets=COMMIT_SECONDS,
)
EXPIRED = Metric(
    "dastak_retention_rows_total",
    "counter",
    "Rows that were kept long enough and went, or lost what was to go, by class.",
    (Label("class", tuple(Kept)),),
)
STORE_FAILURES = Metric(
    "dastak_store_failures_total",
    "counter",
    "What the store could not do, by who asked.",
    (
        Label(
            "during",
            (
                "claim",
                "settle",
                "release",
                "notice_claim",
                "notice_settle",
                "sweep",
                "case_sweep",
                "replay",
                "trouble",
                "retention",
                "commit",
                "scrape",
            ),
        ),
    ),
)
LAST_TURN = Metric(
    "dastak_loop_last_turn_timestamp_seconds",
    "gauge",
    "When a loop of this process last went round, in Unix seconds; 0 before its first turn.",
    (Label("loop", LOOPS),),
)
BUILD = Metric(
    "dastak_build_info",
    "gauge",
    "Always 1.",
    (
        Label("version", meaning="of Dastak"),
        Label("python", meaning="of the interpreter"),
        Label("mode", ("sandbox", "production")),
    ),
)

TABLE: tuple[Metric, ...] = (
    ATTEMPTS,
    ATTEMPT_SECONDS,
    LAG,
    CLAIMED,
    CLAIM_SECONDS,
    IN_FLIGHT,
    PENDING,
    OLDEST_DUE,
    REPLAYS_OPEN,
    REPLAYED,
    ENDPOINTS_FAILING,
    ENDPOINT_WARNINGS,
    ENDPOINTS_DISABLED,
    ENDPOINTS_RECOVERED,
    EVENTS,
    JOURNEYS_STARTED,
    JOURNEYS_ENDED,
    CASE_SIGNALS,
    CALL_ROOMS,
    CALL_CONNECTIONS,
    CALL_PACKETS_LOST,
    OTP_REFUSALS,
    NOTICE_ATTEMPTS,
    NOTICES_IN_FLIGHT,
    NOTICES_OLDEST_DUE,
    API_REQUESTS,
    API_SECONDS,
    LIMITED,
    COMMIT_SIZE,
    COMMIT_DURATION,
    EXPIRED,
    STORE_FAILURES,
    LAST_TURN,
    BUILD,
)


class Book:
    """Makes the table's metrics in one registry, each once."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)

    def counter(self, metric: Metric) -> Counter:
        return self._filled(metric, Counter(metric.name, metric.help, _names(metric), registry=self.registry))

    def gauge(self, metric: Metric) -> Gauge:
        return Gauge(metric.name, metric.help, _names(metric), registry=self.registry)

    def histogram(self, metric: Metric) -> Histogram:
        made = Histogram(metric.name, metric.help, _names(metric), registry=self.registry, buckets=metric.buckets)
        return self._filled(metric, made)

    def crowd(self, metric: Metric) -> CrowdHistogram:
        made = CrowdHistogram(metric.name, metric.help, metric.buckets)
        self.registry.register(made)
        return made

    @staticmethod
    def _filled(metric: Metric, made: Made) -> Made:
        sizes = [len(label.values) for label in metric.labels]
        if sizes and 0 < prod(sizes) <= FROM_THE_START:
            for values in product(*(label.values for label in metric.labels)):
                made.labels(*values)
        return made


def _names(metric: Metric) -> list[str]:
    return [label.name for label in metric.labels]
