"""Load, move, commit: the one way in which a KYC Link changes.

In: a way to find the link, and a function from the fresh link to what should become of it. Out: the saved link.
Two writers at once are settled by the version: the loser loads again and decides anew.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from dastak.journeys.errors import Contended
from dastak.journeys.happening import Consent, Message, SealedEvent
from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.kyc_link.move import Happening, move
from dastak.journeys.kyc_link.ports import LinkStore, Surroundings
from dastak.journeys.kyc_link.progress import steps_of
from dastak.journeys.kyc_link.signal import Signal
from dastak.journeys.merchants import MerchantBook
from dastak.journeys.sealing import sealed
from dastak.journeys.tally import newly

SAVE_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Change:
    """What should be committed: the next link with everything that goes with it."""

    link: KycLink
    happenings: tuple[Happening, ...] = ()
    messages: tuple[Message, ...] = ()
    consent: Consent | None = None


class Mover:
    """Applies changes to links, each in one transaction."""

    def __init__(self, store: LinkStore, merchants: MerchantBook, surroundings: Surroundings) -> None:
        self._store = store
        self._merchants = merchants
        self._here = surroundings

    async def signal(self, find: Callable[[], Awaitable[KycLink]], signal: Signal) -> KycLink:
        """Move the link by one signal; raises what the move raises, having changed nothing."""

        def decide(link: KycLink) -> Change:
            moved = move(link, signal, self._here.now())
            return Change(moved.link, moved.happenings)

        return await self.change(find, decide)

    async def change(self, find: Callable[[], Awaitable[KycLink]], decide: Callable[[KycLink], Change]) -> KycLink:
        """Commit what `decide` makes of the fresh link; it may be called again if another writer was first."""
        for _ in range(SAVE_ATTEMPTS):
            link = await find()
            change = decide(link)
            under = self._here.tracer.under(link.trace)
            events = await self._seal(change.link, change.happenings, under)
            steps = newly(steps_of(link), steps_of(change.link))
            if await self._store.save_link(change.link, events, change.messages, change.consent, steps):
                self._tell(link, change)
                self._here.tracer.committed(events, under)
                return change.link
        raise Contended("the link is being changed from many sides at once; try again")

    def _tell(self, before: KycLink, change: Change) -> None:
        for happening in change.happenings:
            self._here.observer.event_committed(happening.type.value)
        if change.link.form_status is not before.form_status:
            self._here.observer.link_ended(change.link.form_status)

    async def _seal(self, link: KycLink, happenings: Sequence[Happening], under: str) -> list[SealedEvent]:
        if not happenings:
            return []
        secret = await self._merchants.signing_secret(link.merchant_id)
        form: Literal["iso", "space"] = "space" if self._here.event_time_form == "space" else "iso"
        return [
            sealed(link, happening, self._here.new_id("evt"), secret=secret, time_form=form, under=under)
            for happening in happenings
        ]
