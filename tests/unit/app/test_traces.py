"""Which trace an act belongs to, which spans are made of it, and what becomes of those that cannot be sent."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext
from structlog.contextvars import get_contextvars

from dastak.app.traces.acts import MOST_PER_SECOND, SECOND_NS, Act, Acts, Answered
from dastak.app.traces.attempts import TracedAttempts
from dastak.app.traces.export import QUEUE, WARNING_PAUSE_SECONDS, Export
from dastak.app.traces.spans import Spans
from dastak.app.traces.table import TABLE
from dastak.journeys.happening import SealedEvent
from dastak.webhooks.delivery import Claimed, Settled
from dastak.webhooks.endpoint import Endpoint, EndpointState, LanePolicy
from dastak.webhooks.observing import Unobserved
from dastak.webhooks.post import Answer, Stage, Timings
from dastak.webhooks.retry import RetryPolicy
from dastak.webhooks.verdict import Outcome, Verdict
from dastak_sdk.traceparent import child, is_sampled, span_id, trace_id
from support.collector import Collector

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
JOURNEY = "00-11111111111111111111111111111111-2222222222222222-01"
ROUTE = "/verification/{code}/pan"


class Kept:
    """Remembers what has ended."""

    def __init__(self) -> None:
        self.requests: list[Answered] = []
        self.events: list[tuple[str, str]] = []

    def add_request(self, one: Answered) -> None:
        self.requests.append(one)

    def add_event(self, event: SealedEvent, under: str, committed_ns: int) -> None:  # noqa: ARG002 - the port
        self.events.append((event.trace, under))


class Counting:
    """Random digits that a test knows."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, size: int) -> str:
        self.count += 1
        return f"{self.count:0{size * 2}x}"


def acts(kept: Kept | None, share: float = 1.0) -> Acts:
    return Acts(kept, share, clock=lambda: 7, new_hex=Counting())


def begun(of: Acts, *traceparents: str) -> Act:
    act = of.begun("POST", ROUTE, traceparents)
    assert act is not None
    return act


def an_event(trace: str) -> SealedEvent:
    return SealedEvent("evt_1", "mer_1", "jrn_1", "v-1", "KYC_LINK_SUCCESS", 5, NOON, b"{}", trace)


def settled(trace: str, status: int | None = 200, url: str = "https://user.example.com:8443/path?secret=1") -> Settled:
    endpoint = Endpoint(
        id="ep_1",
        merchant_id="mer_1",
        url=url,
        description="",
        event_types=(),
        retry=RetryPolicy.named("standard"),
        lane_policy=LanePolicy.RELAXED,
        window=1,
        secrets=(),
        state=EndpointState.ENABLED,
        disabled_reason="",
        created_at=NOON,
        updated_at=NOON,
    )
    claimed = Claimed(
        id="dlv_1",
        endpoint=endpoint,
        event_id="evt_1",
        event_type="KYC_LINK_SUCCESS",
        journey_id="jrn_1",
        sequence=5,
        body=b"{}",
        client_secret="s",
        attempt=3,
        failures=2,
        created_at=NOON,
        trace=trace,
    )
    stage = Stage.ANSWERED if status else Stage.TLS
    answer = Answer("dlv_1", stage, status, timings=Timings(1000, 2000, 3000, 4000, 5500))
    outcome = Outcome.DELIVERED if status == 200 else Outcome.RETRY
    return Settled(claimed, (), answer, Verdict(outcome, "why"), NOON, NOON + timedelta(milliseconds=6))


def test_a_merchants_call_goes_on_with_the_trace_that_it_came_with() -> None:
    kept = Kept()
    of = acts(kept)
    act = begun(of, CALLER)
    of.caller("mer_1")
    assert get_contextvars()["trace_id"] == trace_id(CALLER)
    under = of.under("")
    of.ended(act, 200)
    (call,) = kept.requests
    assert (call.parent, call.traceparent, call.merchant_id, call.links) == (CALLER, under, "mer_1", ())
    assert trace_id(under) == trace_id(CALLER)
    assert span_id(under) != span_id(CALLER)
    assert "trace_id" not in get_contextvars()
    assert of.under("") == "", "nothing is going on any more"


def test_a_customers_act_joins_the_trace_of_its_journey_and_only_mentions_its_own_caller() -> None:
    kept = Kept()
    of = acts(kept)
    act = begun(of, CALLER)
    under = of.under(JOURNEY)
    assert of.under(JOURNEY) == under
    of.ended(act, 303)
    (page,) = kept.requests
    assert (page.parent, page.links, page.status) == (JOURNEY, (CALLER,), 303)
    assert trace_id(under) == trace_id(JOURNEY)


def test_a_trace_that_others_go_on_with_does_not_change_any_more() -> None:
    kept = Kept()
    of = acts(kept)
    act = begun(of, CALLER)
    under = of.under("")
    of.caller("mer_1")
    assert of.under(JOURNEY) == of.under(JOURNEY) == under
    of.ended(act, 200)
    assert kept.requests[0].links == (JOURNEY, CALLER)


def test_a_call_about_a_journey_of_another_trace_keeps_its_own_and_links_the_other() -> None:
    kept = Kept()
    of = acts(kept)
    act = begun(of, CALLER)
    of.caller("mer_1")
    assert trace_id(of.under(JOURNEY)) == trace_id(CALLER)
    of.ended(act, 200)
    assert kept.requests[0].links == (JOURNEY,)


def test_the_clock_goes_on_with_the_trace_of_the_journey() -> None:
    kept = Kept()
    of = acts(kept)
    assert of.under(JOURNEY) == JOURNEY
    of.committed([an_event(child(JOURNEY, "evt_1"))], JOURNEY)
    assert kept.events == [(child(JOURNEY, "evt_1"), JOURNEY)]


def test_what_is_not_sampled_is_carried_and_not_recorded() -> None:
    kept = Kept()
    of = acts(kept, share=0)
    act = begun(of)
    under = of.under("")
    assert under
    assert not is_sampled(under)
    of.committed([an_event(child(under, "evt_1"))], under)
    of.ended(act, 200)
    assert (kept.requests, kept.events) == ([], [])


def test_without_a_recorder_a_merchants_trace_is_carried_on_and_a_strangers_is_not() -> None:
    of = acts(None)
    assert of.begun("POST", ROUTE, ()) is None
    assert of.begun("POST", ROUTE, ("nonsense",)) is None
    assert of.begun("POST", ROUTE, (CALLER, CALLER)) is None
    act = begun(of, CALLER)
    assert of.under("") == ""
    of.ended(act, 200)
    act = begun(of, CALLER)
    of.caller("mer_1")
    assert of.under("") == of.under(JOURNEY) == CALLER
    of.committed([an_event(CALLER)], CALLER)
    of.ended(act, 200)


def test_without_a_recorder_a_journey_goes_on_with_what_it_was_begun_under() -> None:
    of = acts(None)
    assert of.under(JOURNEY) == JOURNEY
    act = begun(of, CALLER)
    assert of.under(JOURNEY) == JOURNEY, "a customer's act, whatever it came with"
    of.ended(act, 200)


@given(st.floats(0, 1), st.integers(1, 2**128 - 1))
def test_the_share_decides_by_the_trace_so_that_all_processes_decide_alike(share: float, number: int) -> None:
    trace = f"{number:032x}"
    decisions = set()
    for _ in range(2):
        of = Acts(Kept(), share, new_hex=lambda size: trace if size == 16 else "1" * 16)
        act = begun(of)
        decisions.add(is_sampled(act.traceparent))
        of.ended(act, 200)
    assert decisions == {number % 2**64 < round(share * 2**64)}


def test_of_a_flood_only_so_many_traces_are_recorded_in_a_second() -> None:
    now = [5 * SECOND_NS]
    of = Acts(Kept(), clock=lambda: now[0])

    def recorded() -> int:
        flood = [begun(of) for _ in range(MOST_PER_SECOND * 2)]
        of.ended(flood[-1], 200)
        return sum(is_sampled(act.traceparent) for act in flood)

    assert recorded() == MOST_PER_SECOND
    assert recorded() == 0
    now[0] += SECOND_NS
    assert recorded() == MOST_PER_SECOND


def made(*settled_: Settled) -> list[ReadableSpan]:
    spans: list[ReadableSpan] = []
    TracedAttempts(Unobserved(), Spans(spans.append)).attempts_ended(settled_)
    return spans


def context(of: SpanContext | None) -> tuple[str, str]:
    assert of is not None
    return f"{of.trace_id:032x}", f"{of.span_id:016x}"


def test_an_attempt_has_every_attribute_of_the_table_and_the_id_that_it_sent() -> None:
    one = settled(CALLER, 503)
    (span,) = made(one)
    assert context(span.context) == (trace_id(CALLER), span_id(one.claimed.attempt_trace()))
    assert context(span.parent) == (trace_id(CALLER), span_id(CALLER))
    assert set(span.attributes or {}) == set(TABLE[2].attributes)
    assert dict(span.attributes or {}) | {
        "server.address": "user.example.com",
        "http.response.status_code": 503,
        "error.type": "503",
        "dastak.attempt.number": 3,
        "dastak.attempt.outcome": "retry",
        "dastak.attempt.tls_ms": 3.0,
        "dastak.attempt.total_ms": 5.5,
    } == dict(span.attributes or {})
    assert "secret" not in repr(span.attributes)
    assert (span.end_time or 0) - (span.start_time or 0) == 6_000_000
    assert not span.status.is_ok


@pytest.mark.parametrize(("status", "error"), [(200, None), (404, "404"), (None, "tls")])
def test_an_attempt_that_did_not_deliver_says_where_it_ended(status: int | None, error: str | None) -> None:
    (span,) = made(settled(CALLER, status))
    assert (span.attributes or {}).get("error.type") == error
    assert (span.attributes or {}).get("http.response.status_code") == status


@pytest.mark.parametrize("trace", ["", CALLER[:-1] + "0"])
def test_attempts_that_nobody_samples_make_no_spans(trace: str) -> None:
    assert made(settled(trace)) == []


def test_an_event_is_a_span_from_its_happening_to_its_commit() -> None:
    spans: list[ReadableSpan] = []
    Spans(spans.append).add_event(an_event(child(CALLER, "evt_1")), CALLER, int(NOON.timestamp()) * 10**9 + 5)
    (span,) = spans
    assert context(span.parent) == (trace_id(CALLER), span_id(CALLER))
    assert context(span.context)[1] == span_id(child(CALLER, "evt_1"))
    assert set(span.attributes or {}) == set(TABLE[1].attributes)
    assert (span.end_time or 0) - (span.start_time or 0) == 5
    Spans(spans.append).add_event(an_event(child(CALLER, "evt_1")), CALLER, 0)
    assert (spans[1].end_time or 0) >= (spans[1].start_time or 0), "whatever the clock did meanwhile"


def exported(spans: Sequence[str], export: Export) -> None:
    for name in spans:
        export.take(ReadableSpan(name, context=made(settled(CALLER))[0].context, start_time=1, end_time=2))


def warnings(written: str) -> list[str]:
    return [line for line in written.splitlines() if "spans_lost" in line]


def test_what_does_not_fit_is_lost_and_said_once_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    with Collector(status=400) as collector:
        export = Export(collector.url, {}, clock=lambda: now[0])
        exported(["before the start"], export)
        export.start()
        export.start()
        try:
            (span,) = made(settled(CALLER))
            for _ in range(QUEUE * 2):
                export.take(span)
            collector.wait_for_request()
            assert len(warnings(capsys.readouterr().out)) == 1
            now[0] += WARNING_PAUSE_SECONDS
        finally:
            export.close()
        export.close()
    (again,) = warnings(capsys.readouterr().out)
    assert "spans=" in again
    assert collector.spans == []


def test_the_path_of_the_endpoint_is_added_unless_it_is_there() -> None:
    with Collector() as collector:
        for url in (collector.url, f"{collector.url}/v1/traces"):
            export = Export(url, {"x-token": "t"})
            export.start()
            exported(["one"], export)
            export.close()
        assert [span.name for span in collector.spans] == ["one", "one"]
        assert [headers["x-token"] for headers in collector.headers] == ["t", "t"]


def test_without_a_collector_opentelemetry_is_not_even_loaded() -> None:
    program = "import sys, dastak.app.build; sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
