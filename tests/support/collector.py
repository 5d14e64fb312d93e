"""A collector of traces on loopback: it speaks OTLP over HTTP and keeps what it gets.

In: POSTs to `/v1/traces`, protobuf, perhaps gzipped. Out: `Span`s with names instead of bytes, once they have come.
"""

import gzip
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

WAIT_SECONDS = 30


@dataclass(frozen=True)
class Span:
    """One span as it arrived."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    """Empty for a root."""
    links: tuple[str, ...]
    """Ids of other traces."""
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]
    failed: bool
    began_ns: int
    ended_ns: int


class Collector:
    """Listens from the start of a `with` block to its end. `status` is what it answers; it keeps only what it takes."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.hold: threading.Event | None = None
        """While it is there and not set, every request waits."""
        self._spans: list[Span] = []
        self._headers: list[Mapping[str, str]] = []
        self._changed = threading.Condition()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.hold is not None:
            self.hold.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def spans(self) -> list[Span]:
        """What has come so far."""
        with self._changed:
            return list(self._spans)

    @property
    def headers(self) -> list[Mapping[str, str]]:
        """Of every request so far, names in lower case."""
        with self._changed:
            return list(self._headers)

    def wait_for(self, holds: Callable[[list[Span]], bool]) -> list[Span]:
        """Wait until the spans are so; all of them."""
        with self._changed:
            came = self._changed.wait_for(lambda: holds(self._spans), WAIT_SECONDS)
        assert came, f"only these spans came: {[(span.name, span.parent_id) for span in self.spans]}"
        return self.spans

    def wait_for_request(self, count: int = 1) -> None:
        """Wait until so many requests have come, whatever became of them."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._headers) >= count, WAIT_SECONDS), "no request came"

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """Called by the handler; the status to answer."""
        with self._changed:
            self._headers.append(headers)
            self._changed.notify_all()
        if self.hold is not None:
            self.hold.wait(WAIT_SECONDS)
        if self.status == 200:
            spans = _read(gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body)
            with self._changed:
                self._spans += spans
                self._changed.notify_all()
        return self.status


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, collector: Collector) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.collector = collector

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The other side went away: nothing to report."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        status = 404
        if self.path == "/v1/traces":
            status = self.server.collector.take({name.lower(): text for name, text in self.headers.items()}, body)
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _read(body: bytes) -> list[Span]:
    request = ExportTraceServiceRequest.FromString(body)
    return [
        _span(span, _values(of_resource.resource.attributes))
        for of_resource in request.resource_spans
        for of_scope in of_resource.scope_spans
        for span in of_scope.spans
    ]


def _span(span: trace_pb2.Span, resource: Mapping[str, Any]) -> Span:
    return Span(
        name=span.name,
        kind=trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        links=tuple(link.trace_id.hex() for link in span.links),
        attributes=_values(span.attributes),
        resource=resource,
        failed=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
        began_ns=span.start_time_unix_nano,
        ended_ns=span.end_time_unix_nano,
    )


def _values(pairs: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    pair: KeyValue
    for pair in pairs:
        kind = pair.value.WhichOneof("value")
        found[pair.key] = getattr(pair.value, kind) if kind else None
    return found
