"""The dispatcher: claim, send, settle, for ever. It decides nothing that `verdict` or the store can decide.

In: due deliveries from the queue, answers from the sender. Out: signed POSTs, and settlements in batches.
Two loops overlap: one claims and hands over, one settles; so the store works while sockets do. No transaction is open
while a socket is. Whatever is in flight when the process dies is due again when its lease runs out.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from dastak.webhooks.delivery import Claimed, Settled
from dastak.webhooks.health import FreeRoom, HealthBook, Ticket
from dastak.webhooks.observing import DispatchObserver, Unobserved
from dastak.webhooks.ports import DeliveryQueue
from dastak.webhooks.post import Answer, Deadlines, Post, Sender
from dastak.webhooks.signing import attempt_headers
from dastak.webhooks.verdict import judge
from dastak_sdk.traceparent import trace_id

log = structlog.get_logger("dastak.webhooks")

LONGEST_PAUSE = timedelta(seconds=5)
"""How long the queue is left alone at most: covers a wall clock that jumps, and work committed by another process."""

LAST_PAUSE = timedelta(seconds=1.6)
"""A store that fails while we stop is asked again until the pause has grown to this, then left: leases bring the work
back, and the receivers know the events by their ids."""

NEXT_LOOK = timedelta(milliseconds=5)
"""After a claim that brought nothing although something is due; doubled each time."""

TROUBLE_PAUSE = timedelta(milliseconds=200)
"""After a store that failed; doubled up to LONGEST_PAUSE."""


@dataclass(frozen=True, slots=True)
class DispatcherSettings:
    """Bounds of one dispatcher."""

    in_flight: int = 256
    """Attempts in flight together, over all endpoints."""
    lease: timedelta = timedelta(seconds=60)
    """Longer than any attempt can take; a dead dispatcher's work waits this long."""
    deadlines: Deadlines = field(default_factory=Deadlines)


@dataclass(frozen=True, slots=True)
class _InFlight:
    claimed: Claimed
    headers: tuple[tuple[str, str], ...]
    started_at: datetime
    ticket: Ticket


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Dispatcher:
    """Delivers what the queue holds. `run` goes on until `stop`."""

    def __init__(
        self,
        queue: DeliveryQueue,
        sender: Sender,
        settings: DispatcherSettings | None = None,
        *,
        now: Callable[[], datetime] = _utc_now,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        observer: DispatchObserver | None = None,
    ) -> None:
        self._queue = queue
        self._sender = sender
        self._settings = settings or DispatcherSettings()
        self._now = now
        self._chance = chance
        self.health = HealthBook(clock=clock, chance=chance, now=now)
        self._observer = observer or Unobserved()
        self._in_flight: dict[str, _InFlight] = {}
        self._taken: Counter[str] = Counter()
        self._answers: list[Answer] = []
        self._work = asyncio.Event()
        self._answered = asyncio.Event()
        self._stopping = False
        self._claimed_last = False
        self._empty_looks = 0
        self._settles = asyncio.Event()
        self._settles.set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self) -> None:
        """Look at the queue now: something was committed. Call it from the dispatcher's own loop."""
        self._work.set()

    @property
    def in_flight(self) -> int:
        """Attempts that were handed to the sender and are not recorded yet."""
        return len(self._in_flight)

    def oldest_in_flight(self) -> timedelta:
        """How long the oldest of them has been on its way: beyond its lease something is stuck. Zero when idle."""
        first = next(iter(self._in_flight.values()), None)
        return timedelta(0) if first is None else self._now() - first.started_at

    async def run(self) -> None:
        """Deliver until `stop`; then let what is in flight end and settle it."""
        self._loop = asyncio.get_running_loop()
        self._sender.start()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._claiming())
            tasks.create_task(self._settling())

    async def stop(self) -> None:
        """Claim no more; `run` returns once everything in flight is settled. Twice is harmless."""
        self._stopping = True
        self._work.set()

    async def _claiming(self) -> None:
        pause = TROUBLE_PAUSE
        while await self._may_claim():
            self._observer.turned()
            self._work.clear()
            try:
                room = self.health.room(self._settings.in_flight, self._taken)
                claimed = await self._claim(room)
                due = None if claimed else await self._queue.next_due(room)
            except Exception as error:  # noqa: BLE001 - whatever ails the store, deliveries go on when it is back
                log.warning("store_unavailable", during="claim", error=repr(error))
                self._observer.store_failed("claim")
                await asyncio.sleep(pause.total_seconds())
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            pause = TROUBLE_PAUSE
            if claimed:
                self._empty_looks = 0
                self._hand_over(claimed)
            else:
                await self._rest(due, room)
        self._claimed_last = True
        self._answered.set()

    async def _may_claim(self) -> bool:
        """Wait while outcomes cannot be recorded: a finished POST, its lease over, would be claimed and sent again."""
        await self._settles.wait()
        return not self._stopping

    async def _claim(self, room: FreeRoom) -> Sequence[Claimed]:
        if room.total <= 0:
            return ()
        now = self._now()
        began = time.perf_counter()
        claimed = await self._queue.claim(now, now + self._settings.lease, room)
        self._observer.claimed(len(claimed), timedelta(seconds=time.perf_counter() - began))
        return [one for one in claimed if one.id not in self._in_flight]

    async def _rest(self, due: datetime | None, room: FreeRoom) -> None:
        """Sleep until woken, until something falls due, or until an endpoint that had no room may have some.

        An endpoint whose window is full waits for an answer, which wakes; one whose breaker is open or whose pace is
        used up, for its time. What is due and yet was not claimed is looked for again soon, then ever more rarely.
        """
        pauses = [LONGEST_PAUSE]
        if due is not None:
            pauses.append(due - self._now())
        if (ready := self.health.ready_in(room.refused)) is not None:
            pauses.append(ready)
        pause = min(pauses)
        if pause <= timedelta(0):
            pause = min(LONGEST_PAUSE, NEXT_LOOK * 2 ** min(self._empty_looks, 20))
            self._empty_looks += 1
        try:
            async with asyncio.timeout(pause.total_seconds()):
                await self._work.wait()
            self._empty_looks = 0
        except TimeoutError:
            return

    def _hand_over(self, claimed: Sequence[Claimed]) -> None:
        now = self._now()
        posts = []
        for one in claimed:
            headers = attempt_headers(
                event_id=one.event_id,
                body=one.body,
                client_secret=one.client_secret,
                endpoint_secrets=one.endpoint.signing_secrets(now),
                attempt=one.attempt,
                now=now,
                sequence=one.sequence,
                journey_id=one.journey_id,
                trace=one.trace and one.attempt_trace(),
            )
            self._in_flight[one.id] = _InFlight(one, headers, now, self.health.sent(one.endpoint))
            self._taken[one.endpoint.id] += 1
            posts.append(Post(one.id, one.endpoint.url, headers, one.body, self._settings.deadlines))
        self._sender.submit(posts, self._deliver)

    def _deliver(self, answers: Sequence[Answer]) -> None:
        """Called on the sender's thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._arrived, answers)

    def _arrived(self, answers: Sequence[Answer]) -> None:
        self._answers.extend(answers)
        self._answered.set()

    async def _settling(self) -> None:
        while not (self._claimed_last and not self._in_flight):
            await self._answered.wait()
            self._answered.clear()
            answers, self._answers = self._answers, []
            if answers:
                await self._settle([self._judged(answer) for answer in answers])

    def _judged(self, answer: Answer) -> Settled:
        flight = self._in_flight[answer.post_id]
        now = self._now()
        claimed = flight.claimed
        self.health.answered(claimed.endpoint, flight.ticket, answer)
        verdict = judge(answer, claimed.endpoint.retry, claimed.failures + 1, now, self._chance())
        return Settled(claimed, flight.headers, answer, verdict, flight.started_at, now)

    async def _settle(self, settled: Sequence[Settled]) -> None:
        pause = TROUBLE_PAUSE
        while True:
            try:
                await self._queue.settle(settled, self._now())
                self._settles.set()
                break
            except Exception as error:  # noqa: BLE001 - the outcome of a finished POST must not be forgotten
                self._settles.clear()
                log.warning("store_unavailable", during="settle", error=repr(error))
                self._observer.store_failed("settle")
                if self._stopping and pause >= LAST_PAUSE:
                    log.error("outcomes_lost", attempts=len(settled))  # noqa: TRY400 - their leases run out
                    self._settles.set()
                    break
                await asyncio.sleep(pause.total_seconds())
                pause = min(pause * 2, LONGEST_PAUSE)
        for one in settled:
            del self._in_flight[one.claimed.id]
            self._taken[one.claimed.endpoint.id] -= 1
            if not self._taken[one.claimed.endpoint.id]:
                del self._taken[one.claimed.endpoint.id]
            _log_attempt(one)
        self._observer.attempts_ended(settled)
        self._work.set()


def _log_attempt(one: Settled) -> None:
    """One wide line per attempt, without personal data."""
    log.info(
        "attempt",
        delivery_id=one.claimed.id,
        event_id=one.claimed.event_id,
        event_type=one.claimed.event_type,
        endpoint_id=one.claimed.endpoint.id,
        merchant_id=one.claimed.endpoint.merchant_id,
        attempt=one.claimed.attempt,
        outcome=one.verdict.outcome.value,
        reason=one.verdict.reason,
        status=one.answer.status,
        stage=one.answer.stage.value,
        total_ms=round(one.answer.timings.total_us / 1000, 1),
        retry_at=one.verdict.retry_at.isoformat() if one.verdict.retry_at else None,
        **({"trace_id": trace_id(one.claimed.trace)} if one.claimed.trace else {}),
    )
