"""A `StreamSender` with a loop of its own on a thread of its own, so that tests may call it from anywhere."""

import asyncio
import os
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

from dastak.transport.guard import Guard
from dastak.transport.outbox import Deliver
from dastak.transport.resolver import Resolve, system_resolve
from dastak.transport.settings import SenderSettings
from dastak.transport.stream.sender import StreamSender
from dastak.webhooks.post import Post

NewLoop = Callable[[], asyncio.AbstractEventLoop]


class OnALoop:
    """Starts and stops the loop together with the sender; submits from the caller's thread."""

    def __init__(
        self,
        new_loop: NewLoop,
        guard: Guard,
        settings: SenderSettings | None = None,
        *,
        resolve: Resolve = system_resolve,
    ) -> None:
        self._new_loop = new_loop
        self.sender = StreamSender(guard, settings, resolve=resolve)
        self.loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._process = os.getpid()

    def start(self) -> None:
        if self._process != os.getpid():
            self._process, self.loop = os.getpid(), None
        if self.loop is None:
            self.loop = self._new_loop()
            self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
            self._thread.start()
        self.on_the_loop(self.sender.start)

    def on_the_loop(self, act: Callable[[], None]) -> None:
        """Do something on the loop's thread and wait for it."""
        assert self.loop is not None

        async def acting() -> None:
            act()

        asyncio.run_coroutine_threadsafe(acting(), self.loop).result(30)

    def submit(self, posts: Sequence[Post], deliver: Deliver) -> None:
        self.sender.submit(posts, deliver)

    def stop(self, max_wait: timedelta | None = None) -> None:
        self.sender.stop(max_wait)
        if self.loop is None or self._thread is None or self._thread is threading.current_thread():
            return
        self.on_the_loop(lambda: None)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(30)
        self.loop.close()
        self.loop = None
