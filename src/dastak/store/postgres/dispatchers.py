"""The dispatchers that share one database, as they know of each other.

In: a heartbeat of each. Out: its own number, how many there are, and the leases of the dead given back.

One that dies lets go of its lifeline, and one that is not seen for a while counts as dead, too: what it had claimed is
due again at once, instead of when each lease ends. If it was only cut off, its late settlements are still taken for
what they are (a settlement names the attempt), and a receiver may see an event twice; order is safe, since nothing
later of a lane goes before that event was delivered.
All times here are the database's own, so the machines' clocks need not agree.
"""

import asyncio
import contextlib
from datetime import timedelta

import structlog

from dastak.store.postgres.engine import Connection, Engine
from dastak.store.postgres.lifeline import IS_CUT, Lifeline
from dastak.store.trouble import StoreUnavailable

log = structlog.get_logger("dastak.store")

BEAT_EVERY = timedelta(seconds=2)
DEAD_AFTER = timedelta(seconds=12)

ENTER = "INSERT INTO dispatchers DEFAULT VALUES RETURNING number"
BEAT = """
    UPDATE dispatchers SET seen_at = clock_timestamp(), tied_in = CASE WHEN $2 THEN tied_in END
    WHERE number = $1 RETURNING number"""
COUNT = "SELECT count(*) FROM dispatchers"
BURY = f"""
    DELETE FROM dispatchers WHERE number <> $1 AND (seen_at < clock_timestamp() - $2::interval OR {IS_CUT})
    RETURNING number"""
ORPHANS = """
    UPDATE queue SET leased_by = NULL, lease_until = NULL WHERE leased_by IS NOT NULL AND leased_by <> ALL(
        ARRAY(SELECT number FROM dispatchers))"""
LEAVE = "DELETE FROM dispatchers WHERE number = $1"


class Dispatchers:
    """This process among those that deliver. It enters at its first claim; `close` takes it out."""

    def __init__(self, engine: Engine, direct: Engine) -> None:
        """Plan it.

        Args:
            engine: heartbeats go through its pool.
            direct: where the lifeline goes: not through a pooler.
        """
        self._engine = engine
        self._lifeline = Lifeline(direct)
        self._number: int | None = None
        self._beating: asyncio.Task[None] | None = None
        self._entering = asyncio.Lock()
        self.together = 1
        """How many there are, this one included."""

    @property
    def is_alone(self) -> bool:
        """Whether this process delivers, and no other does."""
        return self._number is not None and self.together == 1

    async def number(self) -> int:
        """The number by which this process leases; enters if it has not, or if it was taken for dead."""
        async with self._entering:
            if self._number is None:
                number = await self._engine.write(self._enter)
                await self._lifeline.tie(number)
                self._number = number
            if self._beating is None or self._beating.done():
                self._beating = asyncio.create_task(self._beat_on())
            return self._number

    async def close(self) -> None:
        """Leave, so that nobody waits for us."""
        if self._beating is not None:
            self._beating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._beating
        self._lifeline.cut()
        number, self._number = self._number, None
        if number is not None:
            with contextlib.suppress(StoreUnavailable):
                await self._engine.write(lambda connection: connection.execute(LEAVE, number))

    async def beat(self) -> None:
        """Be seen, count the others, and give back what the dead had claimed."""
        number = self._number
        is_tied = number is not None and self._lifeline.holds(number)

        async def work(connection: Connection) -> int:
            seen = None if number is None else await connection.fetchval(BEAT, number, is_tied)
            if seen is None:
                seen = await connection.fetchval(ENTER)
            await self._bury(connection, int(seen))
            self.together = int(await connection.fetchval(COUNT))
            return int(seen)

        self._number = await self._engine.write(work)
        if not self._lifeline.holds(self._number):
            await self._lifeline.tie(self._number)

    async def _enter(self, connection: Connection) -> int:
        """Among the first things done after a start: whoever died here before may have been the only one."""
        number = int(await connection.fetchval(ENTER))
        await self._bury(connection, number)
        await connection.execute(ORPHANS)
        self.together = int(await connection.fetchval(COUNT))
        return number

    async def _bury(self, connection: Connection, own: int) -> None:
        dead = [row["number"] for row in await connection.fetch(BURY, own, DEAD_AFTER)]
        if dead:
            given_back = await connection.execute(ORPHANS)
            log.warning("dispatchers_died", numbers=dead, leases=int(given_back.split()[-1]))

    async def _beat_on(self) -> None:
        while True:
            await asyncio.sleep(BEAT_EVERY.total_seconds())
            try:
                await self.beat()
            except StoreUnavailable as error:
                log.debug("heartbeat_missed", error=str(error))
