"""Sends spans to a collector, by OTLP over HTTP.

In: finished spans, from the event loop. Out: batches, from a thread of its own. It never blocks or fails what it tells
of: a collector that is slow, full or gone costs spans, and one warning a minute says how many.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence

import structlog
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

log = structlog.get_logger("dastak.traces")

PATH = "/v1/traces"
QUEUE = 8192
"""Spans that wait at most; about 20 MiB."""
BATCH = 512
EVERY_SECONDS = 2.0
TIMEOUT_SECONDS = 3.0
"""For one batch, repetitions included."""
GOODBYE_SECONDS = 3.0
"""How long the end of the process waits for what is still here; the batch on its way then may take its own time."""
WARNING_PAUSE_SECONDS = 60.0


class Export:
    """The way to one collector. `start` opens it, `close` ends it; both may be called twice."""

    def __init__(
        self, endpoint: str, headers: Mapping[str, str], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Plan it; nothing is opened yet.

        Args:
            endpoint: the collector's URL, with or without `/v1/traces`.
            headers: sent with every batch, such as a token; never logged.
            clock: seconds.
        """
        self._endpoint = endpoint if endpoint.endswith(PATH) else endpoint + PATH
        self._headers = dict(headers)
        self._clock = clock
        self._processor: BatchSpanProcessor | None = None
        self._losses = _Losses(clock)
        self._exporter: _Counted | None = None
        self._handed = 0

    def start(self) -> None:
        """Begin to send."""
        if self._processor is not None:
            return
        # What the library logs of a collector that is gone is one line per try, and our own is enough.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        inner = OTLPSpanExporter(
            self._endpoint, headers=self._headers, timeout=TIMEOUT_SECONDS, compression=Compression.NoCompression
        )
        self._exporter = _Counted(inner, self._losses, self._clock)
        self._processor = BatchSpanProcessor(
            self._exporter,
            max_queue_size=QUEUE,
            schedule_delay_millis=EVERY_SECONDS * 1000,
            max_export_batch_size=BATCH,
        )

    def take(self, span: ReadableSpan) -> None:
        """Queue a span; it is lost when there is no room, or before the start."""
        if self._processor is None or self._exporter is None:
            return
        if self._handed - self._exporter.taken >= QUEUE:
            self._losses.add(1)
            return
        self._handed += 1
        self._processor.on_end(span)

    def close(self) -> None:
        """Send what waits, within a bound, and let go. Blocks: call it from a thread."""
        if self._processor is None or self._exporter is None:
            return
        self._exporter.until = self._clock() + GOODBYE_SECONDS
        ending = threading.Thread(target=self._processor.shutdown, name="traces-end", daemon=True)
        ending.start()
        ending.join(GOODBYE_SECONDS + TIMEOUT_SECONDS)
        self._processor = None


class _Losses:
    """Counts lost spans, and says so now and then."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lost = 0
        self._quiet_until = float("-inf")

    def add(self, count: int) -> None:
        self._lost += count
        now = self._clock()
        if now >= self._quiet_until:
            self._quiet_until = now + WARNING_PAUSE_SECONDS
            log.warning("spans_lost", spans=self._lost)
            self._lost = 0


class _Counted(SpanExporter):
    """Counts what the batches take and what becomes of it; called on the batches' thread."""

    def __init__(self, inner: SpanExporter, losses: _Losses, clock: Callable[[], float]) -> None:
        self._inner = inner
        self._losses = losses
        self._clock = clock
        self.taken = 0
        self.until = float("inf")

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.taken += len(spans)
        sent = self._clock() < self.until and self._inner.export(spans) is SpanExportResult.SUCCESS
        if not sent:
            self._losses.add(len(spans))
        return SpanExportResult.SUCCESS if sent else SpanExportResult.FAILURE

    def shutdown(self) -> None:
        self._inner.shutdown()
