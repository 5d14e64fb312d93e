"""The page that Prometheus reads, with what is only looked up when it asks.

In: the book, and where to look. Out: bytes in the text format. The store is asked at most every few seconds, for a
bounded amount of work, and not waited for beyond a bound: a store that is down leaves NaN in its gauges, not a page
that hangs.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from prometheus_client import CollectorRegistry, Counter, ProcessCollector, generate_latest

from dastak.app.metrics import table
from dastak.app.metrics.table import Book
from dastak.app.pulse import Pulse
from dastak.app.remembered import Remembered
from dastak.video.rooms.house import Crowd
from dastak.webhooks.ports import BacklogReader

log = structlog.get_logger("dastak.metrics")

LOOK_EVERY = timedelta(seconds=5)
LOOK_WITHIN = timedelta(seconds=2)
UNKNOWN = math.nan


@dataclass(frozen=True, slots=True)
class Watched:
    """What is looked up when somebody asks."""

    deliveries: BacklogReader
    next_notice_due: Callable[[], Awaitable[datetime | None]]
    attempts_in_flight: Callable[[], int]
    notices_in_flight: Callable[[], int]
    pulses: Sequence[Pulse]
    now: Callable[[], datetime]
    open_replays: Callable[[], Awaitable[int]]
    endpoints_failing: Callable[[], Awaitable[int]]
    crowd: Callable[[], Crowd]
    """What is going on in the rooms of this process."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is owed, in numbers; NaN where the store did not say."""

    pending: float = UNKNOWN
    oldest_due: float = UNKNOWN
    notices_oldest_due: float = UNKNOWN
    open_replays: float = UNKNOWN
    endpoints_failing: float = UNKNOWN


class Page:
    """Renders the metrics of one process."""

    def __init__(self, book: Book, watched: Watched, failures: Counter) -> None:
        self._book = book
        self._watched = watched
        self._failures = failures
        self._backlog = Remembered(self._look, LOOK_EVERY)
        self._pending = book.gauge(table.PENDING)
        self._oldest_due = book.gauge(table.OLDEST_DUE)
        self._open_replays = book.gauge(table.REPLAYS_OPEN)
        self._notices_oldest_due = book.gauge(table.NOTICES_OLDEST_DUE)
        self._endpoints_failing = book.gauge(table.ENDPOINTS_FAILING)
        book.gauge(table.IN_FLIGHT).set_function(watched.attempts_in_flight)
        book.gauge(table.NOTICES_IN_FLIGHT).set_function(watched.notices_in_flight)
        book.gauge(table.CALL_ROOMS).set_function(lambda: watched.crowd().rooms)
        book.gauge(table.CALL_CONNECTIONS).set_function(lambda: watched.crowd().connections)
        self._packets_lost = book.counter(table.CALL_PACKETS_LOST)
        self._packets_counted = 0
        last_turn = book.gauge(table.LAST_TURN)
        for pulse in watched.pulses:
            last_turn.labels(pulse.name).set_function(_last_turn_of(pulse))
        ProcessCollector(registry=book.registry)

    @property
    def registry(self) -> CollectorRegistry:
        """Everything that is exported, our own and the process's."""
        return self._book.registry

    async def text(self) -> bytes:
        """All numbers as they are now."""
        backlog = await self._backlog.answer()
        self._pending.set(backlog.pending)
        self._oldest_due.set(backlog.oldest_due)
        self._notices_oldest_due.set(backlog.notices_oldest_due)
        self._open_replays.set(backlog.open_replays)
        self._endpoints_failing.set(backlog.endpoints_failing)
        self._count_packets()
        return generate_latest(self._book.registry)

    def _count_packets(self) -> None:
        lost = max(self._watched.crowd().packets_lost, self._packets_counted)
        self._packets_lost.inc(lost - self._packets_counted)
        self._packets_counted = lost

    async def _look(self) -> Backlog:
        try:
            async with asyncio.timeout(LOOK_WITHIN.total_seconds()):
                return Backlog(
                    await self._watched.deliveries.pending(table.COUNTED_PENDING),
                    self._age(await self._watched.deliveries.next_due()),
                    self._age(await self._watched.next_notice_due()),
                    await self._watched.open_replays(),
                    await self._watched.endpoints_failing(),
                )
        except Exception as error:  # noqa: BLE001 - whatever ails the store, the other numbers are worth having
            log.warning("backlog_unknown", error=type(error).__name__)
            self._failures.labels("scrape").inc()
            return Backlog()

    def _age(self, due: datetime | None) -> float:
        return 0.0 if due is None else max(0.0, (self._watched.now() - due).total_seconds())


def _last_turn_of(pulse: Pulse) -> Callable[[], float]:
    return lambda: pulse.last_turn
