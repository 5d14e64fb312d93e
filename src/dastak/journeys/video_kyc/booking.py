"""Booking a slot, for customer and merchant alike.

In: a case and a time. Out: the case with the booking, or `SlotUnavailable`; the last place is given to one only, since
it is taken in the case's own transaction.
"""

from datetime import datetime, timedelta

from dastak.journeys.merchants import MerchantBook
from dastak.journeys.video_kyc.agenda import LONGEST_SPAN, OpenSlot, open_slots, places_at
from dastak.journeys.video_kyc.clock import SLOT
from dastak.journeys.video_kyc.errors import SlotUnavailable
from dastak.journeys.video_kyc.moving import Change, Find, Mover
from dastak.journeys.video_kyc.notifying import messages
from dastak.journeys.video_kyc.ports import AgentRoster, SlotClaim, Surroundings, VideoKycStore
from dastak.journeys.video_kyc.signal import Booked, Unbooked
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.journeys.video_kyc.words import slot_words
from dastak.journeys.words import MessageKind, voice


class Booking:
    """Slots of a merchant's agents."""

    def __init__(
        self, store: VideoKycStore, roster: AgentRoster, merchants: MerchantBook, surroundings: Surroundings
    ) -> None:
        self._store = store
        self._roster = roster
        self._merchants = merchants
        self._here = surroundings
        self._mover = Mover(store, merchants, surroundings)

    async def slots(self, case: VideoKyc, start: datetime | None = None) -> tuple[OpenSlot, ...]:
        """What this customer can book, from `start` (now, if earlier) on and while the link lives, in order."""
        now = self._here.now()
        begin = max(now, start - timedelta(seconds=1)) if start else now
        end = min(begin + LONGEST_SPAN, case.expires_at)
        if end <= begin:
            return ()
        shifts = await self._roster.shifts(case.merchant_id, begin, end)
        booked = await self._store.slots_booked(case.merchant_id, begin, end)
        return open_slots(shifts, booked, begin, end)

    async def book(self, find: Find, at: datetime, by: str) -> VideoKyc:
        """Book that slot, in place of the one before, and tell the customer.

        Raises:
            SlotUnavailable: nobody works then, all places are taken, or it is not within the link's life.
        """
        case = await find()
        speaker = await voice(self._merchants, case.merchant_id, MessageKind.BOOKED)
        places = places_at(await self._roster.shifts(case.merchant_id, at, at + SLOT), at)
        if places < 1:
            raise SlotUnavailable("nobody works at that time")

        def decide(fresh: VideoKyc) -> Change:
            change = self._mover.moved(fresh, Booked(at, by))
            if change.case == fresh:
                return change
            told = messages(
                change.case,
                slot_words(change.case, at, speaker),
                purpose="schedule",
                now=self._here.now(),
                new_id=self._here.new_id,
                expires_at=at + SLOT,
            )
            return Change(change.case, change.happenings, told, claim=SlotClaim(at, places), kind=change.kind)

        return await self._mover.change(find, decide)

    async def give_back(self, find: Find, by: str) -> VideoKyc:
        """Give the booking back; nothing to do when there is none, wherever the case stands."""
        case = await find()
        return case if case.schedule is None else await self._mover.signal(find, Unbooked(by))
