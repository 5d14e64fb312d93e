"""The dispatcher: claim, send, settle, for ever. It decides nothing that `verdict` or the store can decide.

In: due deliveries from the queue, answers from the sender. Out: signed POSTs, and settlements in batches.
Two loops overlap: one claims, one settles; what is claimed goes as soon as its endpoint's window has a place, so the
store works while sockets do. No transaction is open while a socket is. Whatever is in flight when the process dies is
due again when its lease runs out.
"""

import asyncio
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import structlog

from dastak.webhooks.attempt_log import AttemptLog, log_attempts
from dastak.webhooks.batching import spacing
from dastak.webhooks.delivery import Claimed, Settled
from dastak.webhooks.health import SILENCE, FreeRoom, HealthBook, Ticket
from dastak.webhooks.observing import DispatchObserver, Unobserved
from dastak.webhooks.pausing import set_or_over
from dastak.webhooks.ports import DeliveryQueue
from dastak.webhooks.post import Answer, Deadlines, Post, Sender
from dastak.webhooks.signing import attempt_headers
from dastak.webhooks.verdict import judge
from dastak.webhooks.windows import Windows

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

LONGEST_AT_HAND = timedelta(seconds=SILENCE)
"""What has waited so long for a place is given back: somebody else may have one."""

LOOK_AT_HAND = timedelta(milliseconds=250)
"""How often it is looked whether something has."""

MOST_SETTLES = 3
"""Settlements under way together: one may wait for the disk while the next is made."""

MOST_UNSETTLED = 4
"""So many times the room may be unsettled; then no more is claimed until the store has caught up."""


@dataclass(frozen=True, slots=True)
class DispatcherSettings:
    """Bounds of one dispatcher."""

    in_flight: int = 256
    """Attempts in flight together, over all endpoints."""
    lease: timedelta = timedelta(seconds=60)
    """Longer than any attempt can take; a dead dispatcher's work waits this long."""
    deadlines: Deadlines = field(default_factory=Deadlines)
    look_again: timedelta = LONGEST_PAUSE
    """How long the queue is left alone at most when nothing is known to fall due: others may have committed."""


class _InFlight(NamedTuple):
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
        attempt_log: AttemptLog = log_attempts,
    ) -> None:
        self._queue = queue
        self._sender = sender
        self._settings = settings or DispatcherSettings()
        self._now = now
        self._clock = clock
        self._chance = chance
        self.health = HealthBook(clock=clock, chance=chance, now=now)
        self._observer = observer or Unobserved()
        self._attempt_log = attempt_log
        self._windows = Windows(self._settings.in_flight)
        self._at_hand: set[str] = set()
        self._in_flight: dict[str, _InFlight] = {}
        self._ended: list[Settled] = []
        self._work = asyncio.Event()
        self._answered = asyncio.Event()
        self._stopping = False
        self._claimed_last = False
        self._empty_looks = 0
        self._last_claim = (0.0, 0)
        self._failing_settles = 0
        self._settles = asyncio.Event()
        self._settles.set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._tasks: asyncio.TaskGroup | None = None

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
        """Deliver until `stop`; then let what is in flight end and settle it, and give back what is at hand."""
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        self._sender.start()
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
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
            self._give_back(self._stale())
            try:
                room = self._room()
                claimed = await self._claim(room)
                due = None if claimed or room.total <= 0 else await self._queue.next_due(room)
            except Exception as error:  # noqa: BLE001 - whatever ails the store, deliveries go on when it is back
                log.warning("store_unavailable", during="claim", error=repr(error))
                self._observer.store_failed("claim")
                await asyncio.sleep(pause.total_seconds())
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            pause = TROUBLE_PAUSE
            if claimed:
                self._empty_looks = 0
                self._take_in(claimed)
            else:
                await self._rest(due, room)
        self._give_back(self._windows.withdraw_all())
        self._claimed_last = True
        self._answered.set()

    async def _may_claim(self) -> bool:
        """Wait while outcomes cannot be recorded: a finished POST, its lease over, would be claimed and sent again.

        And let a crowd gather: claims that follow each other begin a little apart.
        """
        await self._settles.wait()
        began, size = self._last_claim
        if not self._stopping and (wait := began + spacing(size) - time.monotonic()) > 0:
            await asyncio.sleep(wait)
            await self._settles.wait()
        return not self._stopping

    def _room(self) -> FreeRoom:
        room = self.health.room(self._windows)
        left = MOST_UNSETTLED * self._settings.in_flight - len(self._in_flight) - self._windows.waiting_total
        return room if room.total <= left else replace(room, total=left)

    async def _claim(self, room: FreeRoom) -> Sequence[Claimed]:
        if room.total <= 0:
            return ()
        now = self._now()
        began = time.monotonic()
        claimed = await self._queue.claim(now, now + self._settings.lease, room)
        self._last_claim = (began, len(claimed))
        self._observer.claimed(len(claimed), timedelta(seconds=time.monotonic() - began))
        return [one for one in claimed if one.id not in self._in_flight and one.id not in self._at_hand]

    async def _rest(self, due: datetime | None, room: FreeRoom) -> None:
        """Sleep until woken, until something falls due, or until an endpoint that had no room may have some.

        An endpoint whose window is full waits for an answer, which wakes; one whose breaker is open or whose pace is
        used up, for its time. What is due and yet was not claimed is looked for again soon, then ever more rarely.
        """
        pauses = [self._settings.look_again]
        if due is not None:
            pauses.append(due - self._now())
        if (ready := self.health.ready_in(room.refused)) is not None:
            pauses.append(ready)
        if self._windows.waiting_total:
            pauses.append(LOOK_AT_HAND)
        pause = min(pauses)
        if pause <= timedelta(0):
            pause = min(LONGEST_PAUSE, NEXT_LOOK * 2 ** min(self._empty_looks, 20))
            self._empty_looks += 1
        if await set_or_over(self._work, pause):
            self._empty_looks = 0

    def _take_in(self, claimed: Sequence[Claimed]) -> None:
        self._at_hand.update([one.id for one in claimed])
        self._windows.put(claimed, self._clock())
        self._send()

    def _send(self) -> None:
        """Hand over what has a place now."""
        going = self._windows.next()
        if not going:
            return
        now = self._now()
        posts, refused = [], []
        signing: dict[int, tuple[str, ...]] = {}
        for one in going:
            self._at_hand.discard(one.id)
            endpoint = one.endpoint
            if not self.health.admits(endpoint):
                refused.append(one)
                self._windows.ended(endpoint.id)
                continue
            secrets = signing.get(id(endpoint))
            if secrets is None:
                secrets = signing[id(endpoint)] = endpoint.signing_secrets(now)
            headers = attempt_headers(
                event_id=one.event_id,
                body=one.body,
                client_secret=one.client_secret,
                endpoint_secrets=secrets,
                attempt=one.attempt,
                now=now,
                sequence=one.sequence,
                journey_id=one.journey_id,
                trace=one.trace and one.attempt_trace(),
            )
            self._in_flight[one.id] = _InFlight(one, headers, now, self.health.sent(endpoint))
            posts.append(Post(one.id, endpoint.url, headers, one.body, self._settings.deadlines))
        self._give_back(refused)
        if posts:
            self._sender.submit(posts, self._deliver)

    def _stale(self) -> list[Claimed]:
        """What is at hand and should not be: for too long, or for an endpoint that has fallen silent."""
        if not self._windows.waiting_total:
            return []
        silent = self._windows.withdraw(self.health.silent(self._windows.waiting))
        return silent + self._windows.withdraw_older(self._clock() - LONGEST_AT_HAND.total_seconds())

    def _give_back(self, claimed: Sequence[Claimed]) -> None:
        if claimed and self._tasks is not None:
            self._at_hand.difference_update([one.id for one in claimed])
            self._tasks.create_task(self._release(claimed))

    async def _release(self, claimed: Sequence[Claimed]) -> None:
        try:
            await self._queue.release(claimed)
        except Exception as error:  # noqa: BLE001 - whatever ails the store, their leases run out
            log.warning("store_unavailable", during="release", error=repr(error))
            self._observer.store_failed("release")
        self._work.set()

    def _deliver(self, answers: Sequence[Answer]) -> None:
        """Called on the sender's thread, which may be this one."""
        if self._loop is None:
            return
        here = threading.get_ident() == self._thread
        call = self._loop.call_soon if here else self._loop.call_soon_threadsafe
        call(self._arrived, answers)

    def _arrived(self, answers: Sequence[Answer]) -> None:
        """Judge, and give the places that are free to what is at hand."""
        now = self._now()
        unwell: set[str] = set()
        for answer in answers:
            flight = self._in_flight[answer.post_id]
            claimed = flight.claimed
            endpoint = claimed.endpoint
            self.health.answered(endpoint, flight.ticket, answer)
            self._windows.ended(endpoint.id)
            verdict = judge(answer, endpoint.retry, claimed.failures + 1, now, self._chance())
            self._ended.append(Settled(claimed, flight.headers, answer, verdict, flight.started_at, now))
            if not self.health.is_well(endpoint.id):
                unwell.add(endpoint.id)
        if unwell:
            self._give_back(self._windows.withdraw(unwell))
        self._send()
        self._answered.set()
        self._work.set()

    async def _settling(self) -> None:
        hands = asyncio.Semaphore(MOST_SETTLES)
        began, size = 0.0, 0
        async with asyncio.TaskGroup() as tasks:
            while not (self._claimed_last and not self._in_flight):
                await self._answered.wait()
                await hands.acquire()
                if (wait := began + spacing(size) - time.monotonic()) > 0 and not self._stopping:
                    await asyncio.sleep(wait)
                self._answered.clear()
                settled, self._ended = self._ended, []
                if settled:
                    began, size = time.monotonic(), len(settled)
                    tasks.create_task(self._settle(settled)).add_done_callback(lambda _task: hands.release())
                else:
                    hands.release()

    async def _settle(self, settled: Sequence[Settled]) -> None:
        pause, failed = TROUBLE_PAUSE, False
        while True:
            try:
                await self._queue.settle(settled, self._now())
                break
            except Exception as error:  # noqa: BLE001 - the outcome of a finished POST must not be forgotten
                self._failing_settles += not failed
                failed = True
                self._settles.clear()
                log.warning("store_unavailable", during="settle", error=repr(error))
                self._observer.store_failed("settle")
                if self._stopping and pause >= LAST_PAUSE:
                    log.error("outcomes_lost", attempts=len(settled))  # noqa: TRY400 - their leases run out
                    break
                await asyncio.sleep(pause.total_seconds())
                pause = min(pause * 2, LONGEST_PAUSE)
        self._failing_settles -= failed
        if not self._failing_settles:
            self._settles.set()
        for one in settled:
            del self._in_flight[one.claimed.id]
        self._attempt_log(settled)
        self._observer.attempts_ended(settled)
        self._work.set()
        if not self._in_flight:
            self._answered.set()
