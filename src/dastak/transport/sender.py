"""`CurlSender`: what the dispatcher calls to send POSTs; fulfils `dastak.webhooks.post.Sender`.

In: posts from any thread. Out: one answer for each. Built by `app`; the work is done by an `Engine` on its own
thread.

**At least once, also here.** When a kept connection turns out to have been closed by the receiver before a byte of
the answer came, libcurl sends the same request once more on a new connection: same bytes, same headers, same attempt
number. The receiver may so see one attempt twice, as it may see a delivery twice after any network failure.
"""

import os
import threading
from collections.abc import Sequence
from datetime import timedelta
from time import monotonic

from dastak.transport import failure
from dastak.transport.engine import Engine
from dastak.transport.guard import Guard
from dastak.transport.outbox import Deliver, failed, hand_over
from dastak.transport.resolver import Resolve, system_resolve
from dastak.transport.settings import SenderSettings
from dastak.webhooks.post import Post

_left_to_the_parent: list[Engine | None] = []
"""Kept from the garbage collector, in forked children only."""


class CurlSender:
    """Sends POSTs with libcurl. Thread-safe; independent of any event loop; after a fork, `start` begins afresh."""

    def __init__(
        self,
        guard: Guard,
        settings: SenderSettings | None = None,
        *,
        resolve: Resolve = system_resolve,
    ) -> None:
        self._guard = guard
        self._settings = settings or SenderSettings()
        self._resolve = resolve
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._process = os.getpid()

    def start(self) -> None:
        """Start the sender's thread; harmless if it runs. May be called again after `stop`, and after a fork."""
        if self._process != os.getpid():
            self._forget_the_parent()
        with self._lock:
            if self._engine is None:
                self._engine = Engine(self._guard, self._settings, self._resolve)
                self._engine.start()

    def _forget_the_parent(self) -> None:
        """In a forked child: never touch the parent's engine, for closing it would speak on the parent's sockets."""
        _left_to_the_parent.append(self._engine)
        self._engine = None
        self._lock = threading.Lock()
        self._process = os.getpid()

    def submit(self, posts: Sequence[Post], deliver: Deliver) -> None:
        """Send each post once; every post is answered exactly once, whatever happens. Never raises, never blocks.

        `deliver` is called on the sender's thread; only if the sender does not run, at once on the caller's.
        Posts beyond `max_connections` wait inside, and their deadlines start when they leave.
        """
        posts = tuple(posts)
        engine = self._engine if self._process == os.getpid() else None
        if posts and (engine is None or not engine.submit(posts, deliver)):
            hand_over(deliver, [failed(post, failure.STOPPED) for post in posts])

    def stop(self, max_wait: timedelta | None = None) -> None:
        """Let the posts under way end (each has a deadline), answer them all, release everything. Twice is harmless.

        Posts that were still waiting inside are answered as not sent. Returns when everything is answered, except
        when called from a delivery, that is on the sender's own thread: then right away.

        Args:
            max_wait: break off what is still under way after this long.
        """
        if self._process != os.getpid():
            return
        with self._lock:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.stop(monotonic() + max_wait.total_seconds() if max_wait is not None else float("inf"))
