"""Load, move, commit: the one way in which a Video KYC changes.

In: a way to find the case, and a function from the fresh case to what should become of it. Out: the saved case.
Two writers at once are settled by the version: the loser loads again and decides anew. So one agent gets a customer,
one decision counts, and a repeat finds its work done.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from dastak.journeys.errors import Contended
from dastak.journeys.happening import Consent, Message, SealedEvent
from dastak.journeys.merchants import MerchantBook
from dastak.journeys.sealing import sealed
from dastak.journeys.tally import newly
from dastak.journeys.video_kyc.move import Happening, move
from dastak.journeys.video_kyc.ports import SlotClaim, Surroundings, VideoKycStore
from dastak.journeys.video_kyc.progress import steps_of
from dastak.journeys.video_kyc.signal import Signal
from dastak.journeys.video_kyc.video_kyc import VideoKyc

SAVE_ATTEMPTS = 8

Find = Callable[[], Awaitable[VideoKyc]]


@dataclass(frozen=True, slots=True)
class Change:
    """What should be committed: the next case with everything that goes with it."""

    case: VideoKyc
    happenings: tuple[Happening, ...] = ()
    messages: tuple[Message, ...] = ()
    consent: Consent | None = None
    claim: SlotClaim | None = None
    kind: str = ""
    """The signal's, for whoever counts."""


class Mover:
    """Applies changes to cases, each in one transaction."""

    def __init__(self, store: VideoKycStore, merchants: MerchantBook, surroundings: Surroundings) -> None:
        self._store = store
        self._merchants = merchants
        self._here = surroundings

    async def signal(self, find: Find, signal: Signal) -> VideoKyc:
        """Move the case by one signal; raises what the move raises, having changed nothing."""
        return await self.change(find, lambda case: self.moved(case, signal))

    def moved(self, case: VideoKyc, signal: Signal) -> Change:
        """What that signal makes of that case, now."""
        moved = move(case, signal, self._here.now())
        return Change(moved.case, moved.happenings, kind=signal.kind.value)

    async def change(self, find: Find, decide: Callable[[VideoKyc], Change]) -> VideoKyc:
        """Commit what `decide` makes of the fresh case; it may be called again if another writer was first.

        A decision that changes nothing is not written.
        """
        for _ in range(SAVE_ATTEMPTS):
            case = await find()
            change = decide(case)
            if change.case == case and not change.messages:
                return case
            under = self._here.tracer.under(case.trace)
            events = await self.seal(change.case, change.happenings, under)
            steps = newly(steps_of(case), steps_of(change.case))
            if await self._store.save_case(change.case, events, change.messages, change.consent, change.claim, steps):
                self._tell(change, events, under)
                return change.case
        raise Contended("the case is being changed from many sides at once; try again")

    async def seal(self, case: VideoKyc, happenings: Sequence[Happening], under: str) -> list[SealedEvent]:
        """The events as bytes."""
        if not happenings:
            return []
        secret = await self._merchants.signing_secret(case.merchant_id)
        new_id = self._here.new_id
        return [sealed(case, happening, new_id("evt"), secret=secret, under=under) for happening in happenings]

    def _tell(self, change: Change, events: Sequence[SealedEvent], under: str) -> None:
        for happening in change.happenings:
            self._here.observer.event_committed(happening.type.value)
        if change.kind:
            self._here.observer.case_moved(change.kind, change.case.sub_status)
        self._here.bell.changed(change.case)
        self._here.tracer.committed(events, under)
