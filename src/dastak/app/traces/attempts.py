"""Makes spans of attempts, beside whoever else watches the dispatcher.

In: what a dispatcher tells. Out: the same to another watcher, and attempts that are traced to the spans. Fulfils
`webhooks.observing.DispatchObserver`.
"""

from collections.abc import Sequence
from datetime import timedelta

from dastak.app.traces.spans import Spans
from dastak.webhooks.delivery import Settled
from dastak.webhooks.observing import DispatchObserver, StoreAct
from dastak_sdk.traceparent import is_sampled


class TracedAttempts:
    """Passes everything on, and hands attempts that somebody traces to the spans."""

    def __init__(self, other: DispatchObserver, spans: Spans) -> None:
        self._other = other
        self._spans = spans

    def turned(self) -> None:
        self._other.turned()

    def claimed(self, count: int, took: timedelta) -> None:
        self._other.claimed(count, took)

    def attempts_ended(self, settled: Sequence[Settled]) -> None:
        self._other.attempts_ended(settled)
        for one in settled:
            if is_sampled(one.claimed.trace):
                self._spans.add_attempt(one)

    def store_failed(self, during: StoreAct) -> None:
        self._other.store_failed(during)
