"""Tells that a process is gone the moment it is: a lock that ends with its connection.

In: a direct connection, a dispatcher's number. Out: an advisory lock on the number, for as long as the process lives
and reaches the database. The server lets go of it when the kernel closes the dead process's socket, so others need not
wait for missed heartbeats. It works only where no pooler is in between; without it, heartbeats alone decide.
"""

import asyncpg

from dastak.store.postgres.engine import AWAY, Engine
from dastak.store.trouble import StoreUnavailable

LOCKS = 1684108149
"""The first key of our locks; the second is the dispatcher's number."""

INCARNATION = """
    substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || ' ' || extract(epoch FROM pg_postmaster_start_time())"""
"""One life of the server: a restart or a failover ends every lock without anybody having died."""

HOLD = f"SELECT pg_try_advisory_lock({LOCKS}, ($1::bigint & 2147483647)::integer)"
TIE = f"UPDATE dispatchers SET tied_in = {INCARNATION} WHERE number = $1"
IS_CUT = f"""
    (tied_in = {INCARNATION} AND pg_try_advisory_xact_lock({LOCKS}, (number & 2147483647)::integer))"""
"""Of a row of `dispatchers`: it was tied in this life of the server, and nobody holds its lock any more."""


class Lifeline:
    """One process's own connection to the server, beside the pool."""

    def __init__(self, direct: Engine) -> None:
        self._direct = direct
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._number: int | None = None

    @property
    def is_possible(self) -> bool:
        """Whether a lock on a connection can mean anything."""
        return not self._direct.settings.pooler

    def holds(self, number: int) -> bool:
        """Whether this number is tied to a connection that is alive as far as we know."""
        return self._number == number and self._connection is not None and not self._connection.is_closed()

    async def tie(self, number: int) -> bool:
        """Tie this number, and only it, to a connection; False if that cannot be now."""
        self.cut()
        if not self.is_possible:
            return False
        try:
            connection = await self._direct.connect()
        except StoreUnavailable:
            return False
        self._connection = connection
        try:
            if not await connection.fetchval(HOLD, number):  # the server has not noticed the end of our last one yet
                return False
            await connection.execute(TIE, number)
        except AWAY:
            self.cut()
            return False
        self._number = number
        return True

    def cut(self) -> None:
        """Let go at once. Twice is harmless."""
        connection, self._connection, self._number = self._connection, None, None
        if connection is not None:
            connection.terminate()
