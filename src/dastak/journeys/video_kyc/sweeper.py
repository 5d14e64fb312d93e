"""The clock of Video KYCs: links that end, Aadhaar codes that run out, no-shows, empty queues, lost calls.

In: the time. Out: every case whose `due_at` has passed is moved by `TimeUp`, each in its own transaction; a reminder
goes with a message. `app` runs it beside the server; running it twice at once is harmless, since the loser of two
finds nothing due.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from dastak.journeys.errors import JourneyError
from dastak.journeys.merchants import MerchantBook
from dastak.journeys.sweeping import sweep_for_ever
from dastak.journeys.video_kyc.clock import SLOT
from dastak.journeys.video_kyc.errors import CaseNotFound
from dastak.journeys.video_kyc.moving import Change, Mover
from dastak.journeys.video_kyc.notifying import messages
from dastak.journeys.video_kyc.ports import Surroundings, VideoKycStore
from dastak.journeys.video_kyc.signal import TimeUp
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.journeys.video_kyc.words import slot_words
from dastak.journeys.words import MessageKind, Voice, voice

BATCH = 200
LONGEST_PAUSE = timedelta(seconds=5)
"""A case that another process made due is noticed at the latest after this."""


async def _asleep(span: timedelta) -> None:
    await asyncio.sleep(span.total_seconds())


class CaseSweeper:
    """Moves what is due in time; `run` goes on until it is cancelled."""

    def __init__(
        self,
        store: VideoKycStore,
        merchants: MerchantBook,
        surroundings: Surroundings,
        *,
        sleep: Callable[[timedelta], Awaitable[None]] = _asleep,
    ) -> None:
        self._store = store
        self._merchants = merchants
        self._here = surroundings
        self._mover = Mover(store, merchants, surroundings)
        self._sleep = sleep

    async def sweep(self) -> int:
        """Move everything that is due now, until nothing is; the number of moves."""
        moved = 0
        while cases := await self._store.cases_due(self._here.now(), BATCH):
            done = 0
            for case in cases:
                done += await self._time_up(case)
                self._here.observer.swept()
            moved += done
            if not done:  # others were first everywhere, or the store is behind: ask again later
                break
        return moved

    async def run(self) -> None:
        """Sweep, then sleep until the next case is due. A store that fails is asked again later."""
        await sweep_for_ever(
            self.sweep,
            self._store.next_due,
            now=self._here.now,
            sleep=self._sleep,
            longest_pause=LONGEST_PAUSE,
            observer=self._here.observer,
            failure="case_sweep_failed",
        )

    async def _time_up(self, case: VideoKyc) -> int:
        speaker = await voice(self._merchants, case.merchant_id, MessageKind.REMINDER)

        async def find() -> VideoKyc:
            found = await self._store.case_by_id(case.merchant_id, case.id)
            if found is None:
                raise CaseNotFound("no such case")
            return found

        try:
            await self._mover.change(find, lambda fresh: self._change(fresh, speaker))
        except JourneyError:  # somebody else was first, or will be: it is due again at the next look
            return 0
        return 1

    def _change(self, case: VideoKyc, speaker: Voice) -> Change:
        change = self._mover.moved(case, TimeUp())
        before, after = case.schedule, change.case.schedule
        if before is None or after is None or before.reminded_at == after.reminded_at:
            return change
        reminder = messages(
            case,
            slot_words(case, after.at, speaker),
            purpose="schedule",
            now=self._here.now(),
            new_id=self._here.new_id,
            expires_at=after.at + SLOT,
        )
        return Change(change.case, change.happenings, reminder, kind=change.kind)
