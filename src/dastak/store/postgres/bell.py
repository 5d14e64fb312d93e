"""Tells the other processes that something was committed, and hears it from them.

In: commits of this process; PostgreSQL's notifications. Out: a call when others committed. Nothing depends on it:
whoever misses a ring looks again a moment later by itself, so a pooler that swallows notifications costs only that
moment.

A ring is a transaction of its own, after the commit that it tells of, and at most one in ten milliseconds: within the
writing transaction it would line up all commits of the database behind each other.
"""

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from dastak.store.postgres.engine import AWAY, BEGIN, Engine
from dastak.store.trouble import StoreUnavailable

log = structlog.get_logger("dastak.store")

CHANNEL = "dastak_committed"
RING = f"NOTIFY {CHANNEL}"
LISTEN = f"LISTEN {CHANNEL}"
RELAXED = f"{BEGIN}; SET LOCAL synchronous_commit = off"
PAUSE = 0.01
CHECK_EVERY = 15.0
AGAIN_AFTER = 2.0


class Bell:
    """Rings for others, and listens. For one event loop at a time."""

    def __init__(self, engine: Engine, direct: Engine, heard: Callable[[], None]) -> None:
        """Plan it.

        Args:
            engine: rings go through its pool.
            direct: where to listen: not through a pooler.
            heard: called on the event loop when any process, this one included, has rung.
        """
        self._engine = engine
        self._direct = direct
        self._heard = heard
        self._ringing: asyncio.Task[None] | None = None
        self._again = False
        self._listening: asyncio.Task[None] | None = None

    def listen(self) -> None:
        """Begin to listen, on this event loop; twice is harmless."""
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen_on())

    def ring(self) -> None:
        """Something was committed here."""
        self._again = True
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.create_task(self._ring())

    async def close(self) -> None:
        """Stop both. Twice is harmless."""
        for task in (self._listening, self._ringing):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    async def _ring(self) -> None:
        while self._again:
            self._again = False
            with contextlib.suppress(StoreUnavailable):
                await self._engine.write(lambda connection: connection.execute(RING), begin=RELAXED, writes=0)
            await asyncio.sleep(PAUSE)

    async def _listen_on(self) -> None:
        while True:
            try:
                await self._listen()
            except (StoreUnavailable, *AWAY) as error:
                log.debug("listening_broke", error=type(error).__name__)
            await asyncio.sleep(AGAIN_AFTER)

    async def _listen(self) -> None:
        connection = await self._direct.connect()
        try:
            await connection.add_listener(CHANNEL, self._notified)
            while True:
                await asyncio.sleep(CHECK_EVERY)
                await connection.fetchval("SELECT 1")
        finally:
            connection.terminate()

    def _notified(self, _connection: object, _pid: int, _channel: str, _payload: object) -> None:
        self._heard()
