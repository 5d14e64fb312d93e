"""The sender's own thread: one loop around the posts under way.

In: posts from any thread. Out: exactly one answer for each, delivered in batches at the end of a turn, on this
thread. Made and started by `CurlSender`, once per start; it ends when it was told to stop and every post has been
answered.

A turn: wait for sockets, let libcurl act, collect what ended, start what waits, judge deadlines, deliver.
"""

import logging
import threading
from collections import deque
from collections.abc import Sequence
from time import monotonic

from dastak.transport import failure
from dastak.transport.guard import Guard
from dastak.transport.outbox import Batch, Deliver, Outbox, failed
from dastak.transport.resolver import Resolve, Resolver
from dastak.transport.settings import SenderSettings
from dastak.transport.sockets import Sockets
from dastak.transport.under_way import NEVER, UnderWay
from dastak.webhooks.post import Post

log = logging.getLogger(__name__)


class Engine:
    """One run of the sender, from start to stop."""

    def __init__(self, guard: Guard, settings: SenderSettings, resolve: Resolve) -> None:
        self._most = settings.max_connections
        self._sockets = Sockets()
        self._resolver = Resolver(
            resolve,
            self._wake,
            ttl=settings.names_kept.total_seconds(),
            threads=settings.resolver_threads,
        )
        self._outbox = Outbox()
        self._under_way = UnderWay(guard, settings, self._resolver, self._sockets, self._outbox)
        self._queue: deque[tuple[Post, Batch]] = deque()
        self._inbox: deque[tuple[Sequence[Post], Deliver]] = deque()
        self._lock = threading.Lock()
        """Guards the four below, which any thread may touch."""
        self._open = True
        self._rung = False
        self._stopping = False
        self._cut_at = NEVER
        self._thread = threading.Thread(target=self._run, name="dastak-sender", daemon=True)

    def start(self) -> None:
        """Start the thread; once."""
        self._thread.start()

    def submit(self, posts: Sequence[Post], deliver: Deliver) -> bool:
        """Take posts; False (and nothing taken) once the engine is stopping."""
        with self._lock:
            if self._stopping:
                return False
            self._inbox.append((posts, deliver))
            self._ring()
        return True

    def stop(self, cut_at: float) -> None:
        """Take no more posts, end those under way, break off what is left at `cut_at` (monotonic); wait."""
        with self._lock:
            self._stopping = True
            self._cut_at = min(self._cut_at, cut_at)
            self._ring()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _wake(self) -> None:
        with self._lock:
            self._ring()

    def _ring(self) -> None:
        if self._open and not self._rung:
            self._rung = True
            self._sockets.ring()

    def _run(self) -> None:
        while not self._is_done():
            try:
                self._turn()
            except Exception:
                log.exception("sending was disturbed; the posts under way are answered as failed")
                self._under_way.recover()
            self._outbox.send()
        self._close()

    def _is_done(self) -> bool:
        return self._stopping and not (self._inbox or self._queue or self._under_way)

    def _turn(self) -> None:
        self._under_way.act(self._sockets.wait(self._patience()))
        self._under_way.collect()
        self._take_in()
        if self._under_way.land_look_ups() + self._admit():
            self._under_way.act(())
            self._under_way.collect()
        self._under_way.sweep()
        if monotonic() >= self._cut_at:
            self._under_way.break_off()

    def _patience(self) -> float:
        """Return how long to wait for events, in seconds; -1 for ever."""
        if self._queue and self._has_room():
            return 0
        asked = self._under_way.curl_patience()
        nearest = min(self._under_way.next_due, self._cut_at)
        if nearest == NEVER:
            return asked
        own = max(0.0, nearest - monotonic())
        return own if asked < 0 else min(own, asked)

    def _take_in(self) -> None:
        """Move submitted posts to the queue; when stopping, answer instead of queueing."""
        self._rung = False
        while self._inbox:
            posts, deliver = self._inbox.popleft()
            batch = Batch(deliver)
            self._queue.extend((post, batch) for post in posts)
        while self._stopping and self._queue:
            post, batch = self._queue.popleft()
            self._outbox.put(batch, failed(post, failure.STOPPED))

    def _has_room(self) -> bool:
        return len(self._under_way) < self._most

    def _admit(self) -> int:
        """Start what waits, as far as there is room; return how many posts libcurl was given."""
        started = 0
        now = monotonic()
        while self._queue and self._has_room():
            post, batch = self._queue.popleft()
            started += self._under_way.admit(post, batch, now)
        return started

    def _close(self) -> None:
        with self._lock:
            self._open = False
        self._resolver.close()
        self._under_way.close()
        self._sockets.close()
