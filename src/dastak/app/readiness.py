"""Whether this process does its work: what `/healthz` and `/readyz` answer.

In: the store, the loops' pulses, how long the oldest attempt is on its way. Out: one `Part` each, and nothing secret.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from dastak.app.pulse import Pulse
from dastak.app.remembered import Remembered
from dastak.web.probes import Part

COMMIT_WITHIN = timedelta(seconds=3)
"""A store that takes longer for one small commit cannot serve."""

COMMIT_EVERY = timedelta(seconds=1)
"""Who asks more often gets the last answer."""


class Readiness:
    """The truth about one process. Fulfils `web.probes.Health`."""

    def __init__(
        self,
        commits: Callable[[], Awaitable[bool]],
        pulses: Sequence[Pulse],
        oldest_in_flight: Callable[[], timedelta],
        lease: timedelta,
    ) -> None:
        """Watch these.

        Args:
            commits: makes one small commit and says whether it reached the disk.
            pulses: one per loop.
            oldest_in_flight: how long the oldest attempt is on its way.
            lease: longer than any attempt can take, its recording included.
        """
        self.stopping = False
        """Set when the process was asked to end."""
        self._commits = commits
        self._pulses = pulses
        self._oldest_in_flight = oldest_in_flight
        self._lease = lease
        self._store = Remembered(self._commit, COMMIT_EVERY)

    async def parts(self) -> list[Part]:
        """Every part with how it is, the store first."""
        store = Part("store", await self._store.answer())
        return [store, *(Part(pulse.name, pulse.fault()) for pulse in self._pulses), self._attempts()]

    async def _commit(self) -> str:
        try:
            async with asyncio.timeout(COMMIT_WITHIN.total_seconds()):
                committed = await self._commits()
        except TimeoutError:
            return f"no commit within {COMMIT_WITHIN.total_seconds():.0f} s"
        except Exception:  # noqa: BLE001 - whatever ails the store, it does not commit; the log has the reason
            committed = False
        return "" if committed else "it does not commit"

    def _attempts(self) -> Part:
        oldest = self._oldest_in_flight()
        fault = f"one is unrecorded since {oldest.total_seconds():.0f} s" if oldest > self._lease else ""
        return Part("attempts", fault)
