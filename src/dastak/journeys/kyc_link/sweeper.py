"""The clock of KYC Links: expires what nobody opens any more.

In: the time. Out: KYC_LINK_EXPIRED for every link whose last day has ended, each in its own transaction.
`app` runs it beside the server; running it twice at once is harmless, since a finished link takes no signal.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from dastak.journeys.kyc_link.errors import LinkClosed, LinkNotFound
from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.kyc_link.moving import Mover
from dastak.journeys.kyc_link.ports import LinkStore, Surroundings
from dastak.journeys.kyc_link.signal import LinkExpired
from dastak.journeys.sweeping import sweep_for_ever

BATCH = 200
LONGEST_PAUSE = timedelta(seconds=30)
"""A wall clock that jumps is noticed at the latest after this."""


async def _asleep(span: timedelta) -> None:
    await asyncio.sleep(span.total_seconds())


class ExpirySweeper:
    """Expires links in time; `run` goes on until it is cancelled."""

    def __init__(
        self,
        store: LinkStore,
        mover: Mover,
        surroundings: Surroundings,
        *,
        sleep: Callable[[timedelta], Awaitable[None]] = _asleep,
    ) -> None:
        self._store = store
        self._mover = mover
        self._here = surroundings
        self._sleep = sleep

    async def sweep(self) -> int:
        """Expire everything that is due now; the number of links expired."""
        expired = 0
        while links := await self._store.links_to_expire(self._here.now(), BATCH):
            for link in links:
                expired += await self._expire(link)
                self._here.observer.swept()
        return expired

    async def run(self) -> None:
        """Sweep, then sleep until the next link ends. A store that fails is asked again later."""
        await sweep_for_ever(
            self.sweep,
            self._store.next_expiry,
            now=self._here.now,
            sleep=self._sleep,
            longest_pause=LONGEST_PAUSE,
            observer=self._here.observer,
            failure="sweep_failed",
        )

    async def _expire(self, link: KycLink) -> int:
        try:
            await self._mover.signal(self._finder(link), LinkExpired())
        except (LinkClosed, LinkNotFound):  # a customer's last click, or another sweeper, was first
            return 0
        return 1

    def _finder(self, link: KycLink) -> Callable[[], Awaitable[KycLink]]:
        async def find() -> KycLink:
            found = await self._store.link_by_code(link.code)
            if found is None:
                raise LinkNotFound("no such link")
            return found

        return find
