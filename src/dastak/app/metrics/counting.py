"""Fulfils what the rooms and edges declare in their `observing.py`: each call becomes numbers.

In: calls from the rooms, on any thread. Out: counters and histograms in the book. Series that are used at every
attempt are looked up once, since a look-up costs more than the count.
"""

from collections import Counter as Tally
from collections.abc import Sequence
from datetime import timedelta

from prometheus_client import Counter

from dastak.app.metrics import table
from dastak.app.metrics.table import Book
from dastak.app.pulse import Pulse
from dastak.journeys.kyc_link.observing import OtpRefusal
from dastak.journeys.video_kyc.signal import Kind
from dastak.notices.notice import Channel
from dastak.notices.observing import AttemptResult, QueueAct
from dastak.webhooks.delivery import Settled
from dastak.webhooks.observing import StoreAct
from dastak.webhooks.retention import Kept
from dastak.webhooks.telling import FAILING, GONE
from dastak.webhooks.trouble import Act
from dastak_sdk import FormStatus

KIND = "kyc_link"
VIDEO_KIND = "video_kyc"

CASE_ENDS = {
    "AUDITOR_APPROVED": "approved",
    "AUDITOR_REJECTED": "rejected",
    "VKYC_EXPIRED": "expired",
}
"""sub_status in which a Video KYC is over → how it ended."""
ENDING = frozenset({Kind.AUDITOR_DECIDED, Kind.CANCELLED, Kind.TIME_UP})
"""Signals that can end one; others come in after its end, too."""


class Shared:
    """Counters to which journeys of both kinds add."""

    def __init__(self, book: Book, failures: Counter, events: Counter) -> None:
        self.failures = failures
        self.events = events
        self.started = book.counter(table.JOURNEYS_STARTED)
        self.ended = book.counter(table.JOURNEYS_ENDED)
        self.refusals = book.counter(table.OTP_REFUSALS)


class Dispatching:
    """Watches the dispatcher. Fulfils `webhooks.observing.DispatchObserver`."""

    def __init__(self, book: Book, pulse: Pulse, failures: Counter) -> None:
        self._pulse = pulse
        self._failures = failures
        self._attempts = book.counter(table.ATTEMPTS)
        self._series: dict[tuple[str, str], Counter] = {}
        self._took = book.crowd(table.ATTEMPT_SECONDS)
        self._lag = book.crowd(table.LAG)
        self._claimed = book.counter(table.CLAIMED)
        self._claim_took = book.histogram(table.CLAIM_SECONDS)

    def turned(self) -> None:
        self._pulse.beat()

    def claimed(self, count: int, took: timedelta) -> None:
        if count:
            self._claimed.inc(count)
        self._claim_took.observe(took.total_seconds())

    def attempts_ended(self, settled: Sequence[Settled]) -> None:
        for ends, count in Tally((one.verdict.outcome, one.answer.stage) for one in settled).items():
            if ends not in self._series:
                self._series[ends] = self._attempts.labels(*ends)
            self._series[ends].inc(count)
        self._took.observe_all([one.answer.timings.total_us / 1_000_000 for one in settled])
        self._lag.observe_all(
            [
                max(0.0, (one.started_at - one.claimed.created_at).total_seconds())
                for one in settled
                if one.claimed.attempt == 1
            ]
        )

    def store_failed(self, during: StoreAct) -> None:
        self._failures.labels(during).inc()


class Troubles:
    """Watches what is done about endpoints that fail. Fulfils `webhooks.observing.TroubleObserver`."""

    def __init__(self, book: Book, pulse: Pulse, failures: Counter, events: Counter) -> None:
        self._pulse = pulse
        self._failures = failures
        self._events = events
        disabled = book.counter(table.ENDPOINTS_DISABLED)
        self._acts = {
            Act.WARN: book.counter(table.ENDPOINT_WARNINGS),
            Act.DISABLE: disabled.labels(FAILING),
            Act.TELL_GONE: disabled.labels(GONE),
            Act.TELL_RECOVERED: book.counter(table.ENDPOINTS_RECOVERED),
        }

    def looked(self) -> None:
        self._pulse.beat()

    def acted(self, act: Act, event_type: str) -> None:
        self._acts[act].inc()
        self._events.labels(event_type).inc()

    def trouble_store_failed(self) -> None:
        self._failures.labels("trouble").inc()


class Notifying:
    """Watches the notifier. Fulfils `notices.observing.NoticeObserver`."""

    def __init__(self, book: Book, pulse: Pulse, failures: Counter) -> None:
        self._pulse = pulse
        self._failures = failures
        self._attempts = book.counter(table.NOTICE_ATTEMPTS)

    def turned(self) -> None:
        self._pulse.beat()

    def attempt_ended(self, channel: Channel, result: AttemptResult) -> None:
        self._attempts.labels(channel, result).inc()

    def queue_failed(self, during: QueueAct) -> None:
        self._failures.labels(f"notice_{during}").inc()


class Journeys:
    """Counts what journeys of every kind have in common."""

    def __init__(self, pulse: Pulse, shared: Shared) -> None:
        self._pulse = pulse
        self._shared = shared

    def event_committed(self, event_type: str) -> None:
        self._shared.events.labels(event_type).inc()

    def otp_refused(self, reason: OtpRefusal) -> None:
        self._shared.refusals.labels(reason).inc()

    def swept(self) -> None:
        self._pulse.beat()


class Links(Journeys):
    """Watches KYC Links and their clock. Fulfils `journeys.kyc_link.observing.LinkObserver`."""

    def link_made(self) -> None:
        self._shared.started.labels(KIND).inc()

    def link_ended(self, status: FormStatus) -> None:
        self._shared.ended.labels(KIND, status.value.lower()).inc()

    def sweep_failed(self) -> None:
        self._shared.failures.labels("sweep").inc()


class Cases(Journeys):
    """Watches Video KYCs and their clock. Fulfils `journeys.video_kyc.observing.CaseObserver`."""

    def __init__(self, book: Book, pulse: Pulse, shared: Shared) -> None:
        super().__init__(pulse, shared)
        self._signals = book.counter(table.CASE_SIGNALS)

    def case_made(self) -> None:
        self._shared.started.labels(VIDEO_KIND).inc()

    def case_moved(self, kind: str, sub_status: str) -> None:
        self._signals.labels(kind).inc()
        if kind in ENDING and sub_status in CASE_ENDS:
            self._shared.ended.labels(VIDEO_KIND, CASE_ENDS[sub_status]).inc()

    def sweep_failed(self) -> None:
        self._shared.failures.labels("case_sweep").inc()


class Replaying:
    """Watches the replayer. Fulfils `webhooks.replaying.ReplayObserver`."""

    def __init__(self, book: Book, pulse: Pulse, failures: Counter) -> None:
        self._pulse = pulse
        self._failures = failures
        self._replayed = book.counter(table.REPLAYED)

    def turned(self) -> None:
        self._pulse.beat()

    def replayed(self, deliveries: int) -> None:
        self._replayed.inc(deliveries)

    def replay_failed(self) -> None:
        self._failures.labels("replay").inc()


class Keeping:
    """Watches the keeper. Fulfils `webhooks.observing.RetentionObserver`."""

    def __init__(self, book: Book, pulse: Pulse, failures: Counter) -> None:
        self._pulse = pulse
        self._failures = failures
        self._expired = book.counter(table.EXPIRED)

    def turned(self) -> None:
        self._pulse.beat()

    def expired(self, what: Kept, count: int) -> None:
        self._expired.labels(what).inc(count)

    def store_failed(self) -> None:
        self._failures.labels("retention").inc()


class Storing:
    """Watches the store, on its threads. Fulfils `store.observing.StoreObserver`."""

    def __init__(self, book: Book, failures: Counter) -> None:
        self._failed = failures.labels("commit")
        self._writes = book.histogram(table.COMMIT_SIZE)
        took = book.histogram(table.COMMIT_DURATION)
        self._took = {durable: took.labels(str(durable).lower()) for durable in (True, False)}

    def committed(self, writes: int, took: timedelta, *, durable: bool) -> None:
        self._writes.observe(writes)
        self._took[durable].observe(took.total_seconds())

    def commit_failed(self, writes: int) -> None:
        del writes
        self._failed.inc()


class Calls:
    """Watches the API. Fulfils `web.api.observing.CallObserver`."""

    def __init__(self, book: Book) -> None:
        self._requests = book.counter(table.API_REQUESTS)
        self._took = book.histogram(table.API_SECONDS)

    def answered(self, operation: str, status: int, took: timedelta) -> None:
        self._requests.labels(operation, str(status)).inc()
        self._took.labels(operation).observe(took.total_seconds())


class Limiting:
    """Watches the rate limits."""

    def __init__(self, book: Book) -> None:
        self._limited = book.counter(table.LIMITED)

    def refused(self, bucket: str) -> None:
        """A use of that bucket was one too many."""
        self._limited.labels(bucket).inc()
