"""The loop that sends what is owed to customers: due → claimed → tried → settled.

In: notices that wait in a `NoticeQueue`; `wake` when the caller has just queued one. Out: messages through the
gateways, outcomes back into the queue. Started and stopped by `app`.

A restart loses nothing: what was claimed and not settled becomes due again when its lease ends. A message is repeated
only if the process dies (or reaches the bounds of `stop`) after the gateway took it and before that was recorded. So
outcomes are settled the moment they exist, in whatever batch has gathered while the last one was being written; while
the queue is down they wait in memory, and nothing that waits there is sent again by this process.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from dastak.notices.attempt import Attempts
from dastak.notices.notice import Channel, ClaimedNotice, Gateway, NoticeOutcome, NoticeQueue
from dastak.notices.observing import NoticeObserver, Unobserved

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

Pause = Callable[[asyncio.Event, timedelta], Awaitable[None]]
"""Return when the event is set or the time is over, whichever comes first."""


async def set_or_over(event: asyncio.Event, at_most: timedelta) -> None:
    """The real `Pause`."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(at_most.total_seconds()):
            await event.wait()


@dataclass(frozen=True, slots=True)
class Limits:
    """How much and how long. Raises `ValueError` for a lease that could end while its notice is still being sent."""

    concurrency: int = 8
    """Notices being sent or recorded at once."""
    send_timeout: timedelta = timedelta(seconds=30)
    """For one send; gateways have shorter deadlines of their own, so that nothing is sent after we gave up waiting."""
    lease: timedelta = timedelta(seconds=90)
    stop_within: timedelta = timedelta(seconds=35)
    """How long `stop` waits for sends in flight; what is then unfinished becomes due again when its lease ends."""
    settle_within: timedelta = timedelta(seconds=5)
    """How much longer `stop` waits for outcomes to be recorded."""
    look_again: timedelta = timedelta(seconds=30)
    """The longest wait without asking the queue: another process may have queued something and cannot wake us."""
    soonest: timedelta = timedelta(milliseconds=100)
    """The shortest wait when the queue says "due" but hands out nothing, as clocks of two machines may differ."""
    backoff_first: timedelta = timedelta(seconds=1)
    """The wait after the queue failed; doubled up to `look_again` while it keeps failing."""

    def __post_init__(self) -> None:
        if self.concurrency < 1:
            raise ValueError("concurrency must be at least 1.")
        if self.lease <= self.send_timeout:
            raise ValueError("The lease must be longer than the send timeout.")


class Notifier:
    """Sends due notices until it is stopped. All methods are called on one event loop."""

    def __init__(
        self,
        queue: NoticeQueue,
        gateways: Mapping[Channel, Gateway],
        *,
        limits: Limits | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[], float] = random.random,
        pause: Pause = set_or_over,
        observer: NoticeObserver | None = None,
    ) -> None:
        self._queue = queue
        self._limits = limits or Limits()
        self._clock = clock
        self._pause = pause
        self._observer = observer or Unobserved()
        self._attempts = Attempts(gateways, self._limits.send_timeout, clock, jitter, self._observer)
        self._woken = asyncio.Event()
        self._answered = asyncio.Event()
        self._stopping = asyncio.Event()
        self._idle = asyncio.Event()
        self._held: set[str] = set()
        """Ids from claim to settlement; each takes one of the `concurrency` places."""
        self._owed: dict[str, NoticeOutcome] = {}
        """Outcomes that the queue does not know yet."""
        self._sends: set[asyncio.Task[None]] = set()
        self._loops: tuple[asyncio.Task[None], ...] = ()
        self._stop_lock = asyncio.Lock()

    def start(self) -> None:
        """Start the loop in the background; harmless while it runs."""
        if self._loops:
            return
        self._stopping.clear()
        self._idle.set()
        self._loops = (
            asyncio.create_task(self._claim_until_stopped(), name="notifier-claim"),
            asyncio.create_task(self._settle_until_cancelled(), name="notifier-settle"),
        )

    async def run(self) -> None:
        """Run until `stop` is called or the caller is cancelled."""
        self.start()
        loops = self._loops
        try:
            await asyncio.wait(loops, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self.stop()
        for loop in loops:
            if not loop.cancelled():
                loop.result()

    @property
    def in_flight(self) -> int:
        """Notices that are being sent, or are sent and not recorded yet."""
        return len(self._held)

    def wake(self) -> None:
        """Say that a notice may be due now."""
        self._woken.set()

    async def stop(self) -> None:
        """Claim nothing more, let sends in flight end within bounds, record what came of them. Twice is harmless."""
        self._stopping.set()
        self._woken.set()
        async with self._stop_lock:
            if not self._loops:
                return
            claimer, settler = self._loops
            bound = asyncio.get_running_loop().time() + self._limits.stop_within.total_seconds()
            await _finish({claimer}, bound)
            await _finish(self._sends.copy(), bound)
            await set_or_over(self._idle, self._limits.settle_within)
            await _finish({settler}, bound=0)
            if self._owed:
                _log.error("notifier.outcomes_lost", notice_ids=sorted(self._owed))
            self._held.clear()
            self._owed.clear()
            self._loops = ()

    async def _claim_until_stopped(self) -> None:
        backoff = self._limits.backoff_first
        while not self._stopping.is_set():
            self._observer.turned()
            self._woken.clear()
            try:
                wait = await self._claim_round()
            except Exception as error:  # noqa: BLE001 - whatever the store raises, the loop lives on
                _log.error("notifier.claim_failed", error_type=type(error).__name__)
                self._observer.queue_failed("claim")
                await self._pause(self._stopping, backoff)
                backoff = min(backoff * 2, self._limits.look_again)
                continue
            backoff = self._limits.backoff_first
            if not self._stopping.is_set():
                await self._pause(self._woken, wait)

    async def _claim_round(self) -> timedelta:
        """Claim what is due and there is room for; return how long to wait for the next round."""
        room = self._limits.concurrency - len(self._held)
        if room < 1:
            return self._limits.look_again  # a settled notice wakes us
        now = self._clock()
        claimed = await self._queue.claim_notices(now, now + self._limits.lease, room)
        for one in claimed:
            self._begin(one)
        if len(claimed) >= room:
            return self._limits.look_again
        due = await self._queue.next_notice_due()
        if due is None:
            return self._limits.look_again
        return max(self._limits.soonest, min(due - self._clock(), self._limits.look_again))

    def _begin(self, claimed: ClaimedNotice) -> None:
        if claimed.notice.id in self._held:
            return  # its outcome is on the way to a queue that was down for longer than the lease
        self._held.add(claimed.notice.id)
        self._idle.clear()
        send = asyncio.create_task(self._send(claimed), name=f"notifier-{claimed.notice.id}")
        self._sends.add(send)
        send.add_done_callback(self._sends.discard)

    async def _send(self, claimed: ClaimedNotice) -> None:
        try:
            self._owed[claimed.notice.id] = await self._attempts.make(claimed)
            self._answered.set()
        finally:
            if claimed.notice.id not in self._owed:
                self._let_go(claimed.notice.id)

    async def _settle_until_cancelled(self) -> None:
        backoff = self._limits.backoff_first
        while True:
            await self._answered.wait()
            self._answered.clear()
            batch = tuple(self._owed.values())
            if not batch:
                continue
            try:
                await self._queue.settle_notices(batch, self._clock())
            except Exception as error:  # noqa: BLE001 - the outcomes stay in memory and are offered again
                _log.error("notifier.settle_failed", error_type=type(error).__name__, outcomes=len(batch))
                self._observer.queue_failed("settle")
                self._answered.set()
                await self._pause_settling(backoff)
                backoff = min(backoff * 2, self._limits.look_again)
                continue
            backoff = self._limits.backoff_first
            for outcome in batch:
                del self._owed[outcome.notice_id]
                self._let_go(outcome.notice_id)

    async def _pause_settling(self, backoff: timedelta) -> None:
        """Back off, but use the time that `stop` leaves for a few more tries."""
        if self._stopping.is_set():
            await self._pause(asyncio.Event(), self._limits.backoff_first)
        else:
            await self._pause(self._stopping, backoff)

    def _let_go(self, notice_id: str) -> None:
        self._held.discard(notice_id)
        self._woken.set()
        if not self._held:
            self._idle.set()


async def _finish(tasks: set[asyncio.Task[None]], bound: float) -> None:
    """Wait for tasks to end until `bound` on the event loop's own clock, then cancel those that have not."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=max(0.0, bound - asyncio.get_running_loop().time()))
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
