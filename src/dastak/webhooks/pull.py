"""The events of a merchant from a cursor on, at once or when the next one comes.

In: a cursor, a filter, how long to wait. Out: a page in the order of the webhooks, and the cursor to go on from.
The API calls it.

Work is bounded: where a filter fits rarely, a page comes back short, or empty, before all of a long history was read.
"""

import asyncio
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Protocol

from dastak.webhooks.arrivals import Arrivals
from dastak.webhooks.log import EventFilter, EventPage

SCAN = 5_000
"""Events in one read of the log: a few milliseconds, some tens from a cold disk. Others read in between."""

SCANS = 20
"""Reads for one page."""


class PageReader(Protocol):
    """As much of `LogReader` as is needed here."""

    async def event_page(
        self, merchant_id: str, which: EventFilter, after: int, limit: int, scan: int
    ) -> EventPage: ...

    async def latest_positions(self, merchant_ids: Collection[str]) -> Mapping[str, int]: ...


class Puller:
    """Reads the log for those who ask for it."""

    def __init__(self, log: PageReader, arrivals: Arrivals, *, scan: int = SCAN) -> None:
        self._log = log
        self._arrivals = arrivals
        self._scan = scan

    async def latest(self, merchant_id: str) -> int:
        """The cursor from which on there is only what has not happened yet."""
        return (await self._log.latest_positions([merchant_id])).get(merchant_id, 0)

    async def page(
        self, merchant_id: str, which: EventFilter, after: int, limit: int, wait: timedelta = timedelta()
    ) -> EventPage:
        """The next page; if there is nothing beyond `after`, the first events to come, or an empty page in the end."""
        clock = asyncio.get_running_loop().time
        until = clock() + wait.total_seconds()
        while True:
            commits = self._arrivals.commits
            page = await self._looked(merchant_id, which, after, limit)
            if page.rows or not page.is_last or self._arrivals.is_stopped or clock() >= until:
                return page
            after = page.reached
            await self._arrivals.wait(merchant_id, after, commits, until)

    async def _looked(self, merchant_id: str, which: EventFilter, after: int, limit: int) -> EventPage:
        page = await self._log.event_page(merchant_id, which, after, limit, self._scan)
        for _ in range(SCANS - 1):
            if page.rows or page.is_last:
                break
            page = await self._log.event_page(merchant_id, which, page.reached, limit, self._scan)
        return page
