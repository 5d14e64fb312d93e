"""Traces of a real server: from the caller's own span to the receiver's, whole, and never in anybody's way."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dastak.app.traces.table import MEANINGS, TABLE
from dastak_sdk.traceparent import is_sampled, read_traceparent, span_id, trace_id
from support.api import Api, new_verification_id
from support.collector import Collector, Span
from support.customer import Customer
from support.receiver import Hook, HookReceiver, Reply
from support.server import RunningServer

pytestmark = pytest.mark.slow

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = f"00-{TRACE}-00f067aa0ba902b7-01"
NOT_SAMPLED = f"00-{TRACE}-00f067aa0ba902b7-00"
TOKEN = "collector-token-0123"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[RunningServer]:
    home = tmp_path_factory.mktemp("traces")
    settings: dict[str, Any] = {
        "otlp_endpoint": collector.url,
        "otlp_headers": f"x-api-key={TOKEN}",
        "trace_sample": "1",
    }
    with RunningServer(home, **settings) as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[HookReceiver]:
    with HookReceiver() as running:
        yield running


def link_of(api: Api, traceparent: str | None, template: str = "Pan_verification") -> str:
    """Make a KYC Link as a caller with that trace; its form link."""
    body = f'{{"phone":"9123456780","template_name":"{template}","verification_id":"{new_verification_id()}"}}'
    headers = {"content-type": "application/json", "traceparent": traceparent}
    answer = api.raw("POST", "/verification/form", body.encode(), headers)
    assert answer.status == 200, answer
    form_link: str = answer.json["form_link"]
    return form_link


def finish(form_link: str) -> None:
    with Customer(form_link) as customer:
        customer.complete()


def events(receiver: HookReceiver, count: int) -> list[Hook]:
    """So many webhooks, once they have come."""
    return receiver.wait_for(count)


@contextmanager
def hooked(api: Api, receiver: HookReceiver, **settings: object) -> Iterator[str]:
    """An endpoint for the time of the block; its id."""
    endpoint_id = api.add_endpoint(receiver.url("/hook"), **settings)["id"]
    yield endpoint_id
    api.delete(f"/api/v1/webhook-endpoints/{endpoint_id}")


def header(hook: Hook, name: str = "traceparent") -> str:
    return dict(hook.headers).get(name, "")


def of_trace(spans: list[Span], trace: str) -> dict[str, Span]:
    return {span.span_id: span for span in spans if span.trace_id == trace}


def ancestors(span: Span, spans: dict[str, Span]) -> list[str]:
    """The names from a span up to the last that was exported."""
    names = [span.name]
    while (above := spans.get(span.parent_id)) is not None:
        names.append(above.name)
        span = above
    return names


def test_a_trace_goes_from_the_caller_over_the_customers_act_to_the_receiver(
    server: RunningServer, collector: Collector, receiver: HookReceiver
) -> None:
    with server.api() as api, hooked(api, receiver, retry_policy={"intervals_seconds": [1]}) as endpoint_id:
        receiver.answer_events("/hook", Reply(500))
        finish(link_of(api, CALLER))
        hooks = events(receiver, 3)
        kept = api.events()
    sent = [header(hook) for hook in hooks]
    assert [read_traceparent(one) for one in sent] == sent
    assert {trace_id(one) for one in sent} == {TRACE}, "the retry, too"
    assert len({span_id(one) for one in sent}) == 3, "each attempt is a span of its own"
    assert all(is_sampled(one) for one in sent)
    assert {event["trace_id"] for event in kept if event["journey_id"] == header(hooks[0], "x-dastak-journey")} == {
        TRACE
    }

    found = of_trace(
        collector.wait_for(lambda all_: {span_id(one) for one in sent} <= {span.span_id for span in all_}), TRACE
    )
    for one, hook in zip(sent, hooks, strict=True):
        attempt = found[span_id(one)]
        type_ = attempt.attributes["dastak.event.type"]
        assert ancestors(attempt, found) == [
            f"attempt {type_}",
            f"event {type_}",
            "POST /verification/{code}/pan",
            "POST /verification/form",
        ]
        assert attempt.attributes["dastak.attempt.number"] == int(header(hook, "x-webhook-attempt"))
        assert attempt.attributes["dastak.event.id"] == header(hook, "webhook-id")
        assert attempt.attributes["server.address"] == "127.0.0.1"
        assert attempt.kind == "client"
        assert attempt.ended_ns > attempt.began_ns
    call = next(span for span in found.values() if span.name == "POST /verification/form")
    assert call.parent_id == span_id(CALLER)
    assert call.attributes == {
        "http.request.method": "POST",
        "http.route": "/verification/form",
        "http.response.status_code": 200,
        "dastak.merchant.id": server.merchant.id,
    }
    assert (call.resource["service.name"], call.kind) == ("dastak", "server")
    failed = [span for span in found.values() if span.failed]
    assert [span.attributes["error.type"] for span in failed] == ["500"]
    assert {entry["trace_id"] for entry in server.wait_for_log(3, event="attempt", endpoint_id=endpoint_id)} == {TRACE}
    assert {headers.get("x-api-key") for headers in collector.headers} == {TOKEN}


def test_a_journey_whose_caller_traces_nothing_has_one_trace_all_the_same(
    server: RunningServer, collector: Collector, receiver: HookReceiver
) -> None:
    with server.api() as api, hooked(api, receiver):
        finish(link_of(api, None))
        hooks = events(receiver, 2)
    (trace,) = {trace_id(header(hook)) for hook in hooks}
    assert trace != TRACE
    found = of_trace(collector.wait_for(lambda all_: len(of_trace(all_, trace)) >= 7), trace)
    roots = [span.name for span in found.values() if not span.parent_id]
    assert roots == ["POST /verification/form"]
    names = sorted(span.name for span in found.values())
    assert names == sorted(
        [
            "POST /verification/form",
            "POST /verification/{code}/otp",
            "POST /verification/{code}/otp/confirm",
            "POST /verification/{code}/pan",
            "event KYC_LINK_ACTION_PERFORMED",
            "event KYC_LINK_SUCCESS",
            *(f"attempt {found[span_id(header(hook))].attributes['dastak.event.type']}" for hook in hooks),
        ]
    )


def test_what_the_caller_does_not_sample_is_carried_and_not_recorded(
    server: RunningServer, collector: Collector, receiver: HookReceiver
) -> None:
    other = NOT_SAMPLED.replace(TRACE, "a" * 32)
    with server.api() as api, hooked(api, receiver):
        finish(link_of(api, other))
        hooks = events(receiver, 2)
        finish(link_of(api, None))  # a later trace that is recorded: what comes before it has come
        last = trace_id(header(events(receiver, 4)[-1]))
    assert {trace_id(header(hook)) for hook in hooks} == {"a" * 32}
    assert not any(is_sampled(header(hook)) for hook in hooks)
    collector.wait_for(
        lambda all_: any(span.name == "attempt KYC_LINK_SUCCESS" for span in of_trace(all_, last).values())
    )
    assert of_trace(collector.spans, "a" * 32) == {}


def test_strangers_decide_nothing_about_a_trace(server: RunningServer, collector: Collector) -> None:
    with server.api() as api:
        stranger = CALLER.replace(TRACE, "b" * 32)
        assert (
            api.raw("GET", "/api/v1/events", headers={"x-client-secret": "wrong", "traceparent": stranger}).status
            == 401
        )
    spans = collector.wait_for(lambda all_: any("b" * 32 in span.links for span in all_))
    assert of_trace(spans, "b" * 32) == {}
    refused = next(span for span in spans if "b" * 32 in span.links)
    assert "dastak.merchant.id" not in refused.attributes
    assert (refused.name, refused.parent_id) == ("GET /api/v1/events", "")


def test_spans_have_the_attributes_that_the_documentation_promises_and_no_others(
    server: RunningServer, collector: Collector, receiver: HookReceiver
) -> None:
    with server.api() as api, hooked(api, receiver):
        finish(link_of(api, None))
        events(receiver, 2)
    by_kind = {one.kind: set(one.attributes) for one in TABLE}
    spans = collector.wait_for(lambda all_: {span.kind for span in all_} == set(by_kind))
    for span in spans:
        assert set(span.attributes) <= by_kind[span.kind], span
    seen = {kind: set().union(*(span.attributes for span in spans if span.kind == kind)) for kind in by_kind}
    left_out = {"error.type", *(f"dastak.attempt.{phase}_ms" for phase in ("resolved", "connected", "tls"))}
    assert {kind: names - left_out for kind, names in by_kind.items()} == {
        kind: names - left_out for kind, names in seen.items()
    }
    assert set(MEANINGS) == set().union(*by_kind.values())


def test_without_a_collector_the_callers_trace_still_reaches_the_receiver(
    tmp_path_factory: pytest.TempPathFactory, receiver: HookReceiver
) -> None:
    with RunningServer(tmp_path_factory.mktemp("carried")) as server, server.api() as api:
        api.add_endpoint(receiver.url("/hook"))
        finish(link_of(api, CALLER))
        hooks = events(receiver, 2)
        assert {trace_id(header(hook)) for hook in hooks} == {TRACE}
        assert all(is_sampled(header(hook)) for hook in hooks)
        assert span_id(CALLER) not in {span_id(header(hook)) for hook in hooks}
        for nothing in (None, "00-" + "0" * 32 + "-00f067aa0ba902b7-01", f"{CALLER}, {CALLER}"):
            finish(link_of(api, nothing))
            hooks = events(receiver, len(hooks) + 2)
            assert not any("traceparent" in dict(hook.headers) for hook in hooks[-2:])
        server.assert_no_failures()


def test_a_collector_that_is_gone_holds_nothing_up_and_is_told_of_once(
    tmp_path_factory: pytest.TempPathFactory, receiver: HookReceiver
) -> None:
    with Collector() as gone:
        url = gone.url
    home = tmp_path_factory.mktemp("gone")
    with RunningServer(home, otlp_endpoint=url, trace_sample=1) as server, server.api() as api:
        api.add_endpoint(receiver.url("/hook"))
        finish(link_of(api, CALLER))
        assert {trace_id(header(hook)) for hook in events(receiver, 2)} == {TRACE}
        assert server.wait_for_log(event="spans_lost")[0]["spans"] > 0
        finish(link_of(api, CALLER))
        events(receiver, 4)
        server.stop()
        assert len(server.log(event="spans_lost")) == 1
        server.assert_no_failures()
        assert "opentelemetry" not in "\n".join(server.lines())


def test_a_collector_that_hangs_holds_nothing_up_not_even_the_end(
    tmp_path_factory: pytest.TempPathFactory, receiver: HookReceiver
) -> None:
    home = tmp_path_factory.mktemp("hangs")
    with Collector() as collector:
        collector.hold = threading.Event()
        with RunningServer(home, otlp_endpoint=collector.url, trace_sample=1) as server, server.api() as api:
            api.add_endpoint(receiver.url("/hook"))
            collector.wait_for_request()
            finish(link_of(api, CALLER))
            assert len(events(receiver, 2)) == 2
            server.stop()
            server.assert_no_failures()


def test_what_waits_is_sent_at_the_end(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Collector() as collector:
        with RunningServer(tmp_path_factory.mktemp("end"), otlp_endpoint=collector.url, trace_sample=1) as server:
            with server.api() as api:
                link_of(api, CALLER)
            server.stop()
        assert [span.name for span in collector.spans] == ["POST /verification/form"]
