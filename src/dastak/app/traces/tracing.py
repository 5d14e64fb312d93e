"""All that traces in one process.

In: the settings. Out: who is told of requests, journeys and attempts. `build` plugs it in; `server` starts and ends it.
"""

from dastak.app.settings import Settings
from dastak.app.traces.acts import Acts
from dastak.webhooks.observing import DispatchObserver


class Tracing:
    """Carries the traces of callers on; and records them, if there is a collector."""

    def __init__(self, settings: Settings) -> None:
        """Plan it; nothing is opened yet. OpenTelemetry is loaded only if there is a collector."""
        if not settings.otlp_endpoint:
            self._export = self._spans = None
            self.acts = Acts()
            return
        from dastak.app.traces.export import Export
        from dastak.app.traces.spans import Spans

        self._export = Export(settings.otlp_endpoint, dict(settings.otlp_headers))
        self._spans = Spans(self._export.take)
        self.acts = Acts(self._spans, settings.trace_sample)

    def watching(self, other: DispatchObserver) -> DispatchObserver:
        """An observer for the dispatcher that makes spans and tells the other; only the other, if nothing records."""
        if self._spans is None:
            return other
        from dastak.app.traces.attempts import TracedAttempts

        return TracedAttempts(other, self._spans)

    def start(self) -> None:
        """Begin to send spans."""
        if self._export is not None:
            self._export.start()

    def close(self) -> None:
        """Send what is left, within a bound. Blocks: call it from a thread. Twice is harmless."""
        if self._export is not None:
            self._export.close()
