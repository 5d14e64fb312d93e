"""`StreamSender`: what the dispatcher calls to send POSTs on its own event loop; fulfils `webhooks.post.Sender`.

In: posts from any thread, at least cost from the loop's own. Out: one answer for each, delivered on that loop. Built
by `app`; the work is done by `Traffic`.

**At least once, also here.** When a kept connection turns out to have been closed by the receiver before a byte of
the answer came, the same request is sent once more on a new connection: same bytes, same headers, same attempt
number, as libcurl does for `CurlSender`.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from time import monotonic

from dastak.transport import failure
from dastak.transport.guard import Guard
from dastak.transport.outbox import Deliver, failed, hand_over
from dastak.transport.resolver import Resolve, system_resolve
from dastak.transport.settings import SenderSettings
from dastak.transport.stream.traffic import NEVER, Traffic
from dastak.webhooks.post import Post

LOOK_EVERY_SECONDS = 0.1
STANDS_STILL = 5
"""A loop that was found standing so many times in a row has ended without us."""

_left_to_the_parent: list[object] = []
"""Kept from the garbage collector, in forked children only."""


class StreamSender:
    """Sends POSTs over connections of the event loop that `start` is called on. Thread-safe, but for `start`."""

    def __init__(
        self, guard: Guard, settings: SenderSettings | None = None, *, resolve: Resolve = system_resolve
    ) -> None:
        self._guard = guard
        self._settings = settings or SenderSettings()
        self._resolve = resolve
        self._lock = threading.Lock()
        """Between it and `stop`, so that no post is left to a loop that has been told to stop."""
        self._traffic: Traffic | None = None
        self._taking = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._process = os.getpid()

    def start(self) -> None:
        """Send on the running loop from now on; harmless if it does. May be called again after `stop`, and a fork.

        Raises:
            RuntimeError: no event loop is running on this thread.
        """
        loop = asyncio.get_running_loop()
        if self._process != os.getpid():
            self._forget_the_parent()
        with self._lock:
            if self._taking and self._loop is not None and not self._loop.is_closed():
                return
            self._loop, self._thread = loop, threading.get_ident()
            self._traffic = Traffic(loop, self._guard, self._settings, self._resolve)
            self._taking = True

    def _forget_the_parent(self) -> None:
        """In a forked child: never touch the parent's loop and sockets."""
        _left_to_the_parent.append((self._traffic, self._loop))
        self._traffic = self._loop = None
        self._taking = False
        self._lock = threading.Lock()
        self._process = os.getpid()

    def submit(self, posts: Sequence[Post], deliver: Deliver) -> None:
        """Send each post once; every post is answered exactly once, whatever happens. Never raises, never blocks.

        `deliver` is called on the loop; only if the sender does not run, at once on the caller's thread.
        Posts beyond `max_connections` wait inside, and their deadlines start when they leave.
        """
        posts = tuple(posts)
        if posts and not self._take(posts, deliver):
            hand_over(deliver, [failed(post, failure.STOPPED) for post in posts])

    def _take(self, posts: Sequence[Post], deliver: Deliver) -> bool:
        if self._process != os.getpid():
            return False
        traffic = self._traffic
        if self._taking and traffic is not None and threading.get_ident() == self._thread:
            traffic.submit(posts, deliver)
            return True
        with self._lock:
            traffic = self._traffic
            return self._taking and traffic is not None and self._call(traffic.submit, posts, deliver)

    def _call(self, act: Callable[..., None], *arguments: object) -> bool:
        """Have something done on the loop; False if that is closed."""
        if self._loop is None:
            return False
        try:
            self._loop.call_soon_threadsafe(act, *arguments)
        except RuntimeError:
            return False
        return True

    def stop(self, max_wait: timedelta | None = None) -> None:
        """Let the posts under way end (each has a deadline), answer them all, release everything. Twice is harmless.

        Posts that were still waiting inside are answered as not sent. Call it from another thread while the loop
        runs: it returns when everything is answered. On the loop's own thread it returns right away.

        Args:
            max_wait: break off what is still under way after this long.
        """
        if self._process != os.getpid():
            return
        cut_at = monotonic() + max_wait.total_seconds() if max_wait is not None else NEVER
        with self._lock:
            self._taking, traffic = False, self._traffic
            told = traffic is not None and not traffic.ended.is_set() and self._call(traffic.stop, cut_at)
        if told and traffic is not None and threading.get_ident() != self._thread:
            self._wait_for(traffic)

    def _wait_for(self, traffic: Traffic) -> None:
        """Until everything is answered, or for as long as there is a loop that runs and can answer."""
        stood_still = 0
        while not traffic.ended.wait(LOOK_EVERY_SECONDS) and stood_still < STANDS_STILL:
            stood_still = 0 if self._loop is not None and self._loop.is_running() else stood_still + 1
