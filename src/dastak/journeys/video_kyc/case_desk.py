"""What merchants can do with cases beyond the contract: schedule, cancel, list and so on. `/api/v1` calls it.

In: the merchant, a verification_id, what to do. Out: the case as it stands, or an error from `errors`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from dastak.journeys.errors import TooSoon
from dastak.journeys.merchants import MerchantBook
from dastak.journeys.paging import Cursor
from dastak.journeys.video_kyc.agenda import OpenSlot
from dastak.journeys.video_kyc.booking import Booking
from dastak.journeys.video_kyc.errors import CaseClosed, CaseNotFound
from dastak.journeys.video_kyc.move import noted
from dastak.journeys.video_kyc.moving import Change, Find, Mover
from dastak.journeys.video_kyc.notifying import messages
from dastak.journeys.video_kyc.ports import CaseFilter, Surroundings, VideoKycStore
from dastak.journeys.video_kyc.signal import Cancelled
from dastak.journeys.video_kyc.table import FINAL, STAGES, Stage
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.journeys.video_kyc.words import link_words
from dastak.journeys.words import MessageKind, Voice, voice

MERCHANT = "merchant"
RESENT = "notification_resent"
RESEND_AFTER = timedelta(minutes=1)


class CaseDesk:
    """The merchant's acts on cases."""

    def __init__(
        self, store: VideoKycStore, booking: Booking, merchants: MerchantBook, surroundings: Surroundings
    ) -> None:
        self._store = store
        self._booking = booking
        self._merchants = merchants
        self._here = surroundings
        self._mover = Mover(store, merchants, surroundings)

    async def read(self, merchant_id: str, verification_id: str) -> VideoKyc:
        """The case with its whole timeline. Raises `CaseNotFound`."""
        case = await self._store.case_by_verification_id(merchant_id, verification_id)
        if case is None:
            raise CaseNotFound("no such case")
        return case

    def recording_link(self, case: VideoKyc) -> str | None:
        """A link to the recording whose time begins now; None until the call is completed."""
        return None if case.recording is None else self._here.recording_link(case)

    async def page(
        self, merchant_id: str, wanted: CaseFilter, after: Cursor | None, limit: int
    ) -> tuple[Sequence[VideoKyc], Cursor | None]:
        """Some cases, newest first, and where the next one begins; None after the last."""
        rows = await self._store.cases(merchant_id, wanted, after, limit + 1)
        page = rows[:limit]
        return page, Cursor(page[-1].created_at, page[-1].id) if len(rows) > limit else None

    async def slots(self, merchant_id: str, verification_id: str, start: datetime | None = None) -> Sequence[OpenSlot]:
        """What can be booked for this case."""
        return await self._booking.slots(await self.read(merchant_id, verification_id), start)

    async def schedule(self, merchant_id: str, verification_id: str, at: datetime) -> VideoKyc:
        """Book a slot for the customer, in place of the one before. Raises `SlotUnavailable`, `CaseClosed`."""
        return await self._booking.book(self._finder(merchant_id, verification_id), at, MERCHANT)

    async def unschedule(self, merchant_id: str, verification_id: str) -> VideoKyc:
        """Give the booking back."""
        return await self._booking.give_back(self._finder(merchant_id, verification_id), MERCHANT)

    async def cancel(self, merchant_id: str, verification_id: str) -> VideoKyc:
        """End the case: its link can no longer be used. A case that has ended so already is left as it is.

        Raises:
            StepClosed: the call is done; the auditor decides now.
            CaseClosed: the case is reviewed.
        """
        find = self._finder(merchant_id, verification_id)
        case = await find()
        if STAGES[case.sub_status] is Stage.EXPIRED:
            return case
        return await self._mover.signal(find, Cancelled())

    async def resend(self, merchant_id: str, verification_id: str, channels: Sequence[str] = ()) -> VideoKyc:
        """Send the invitation again, on these channels or on the case's own.

        Raises:
            CaseClosed: the link cannot be used any longer.
            TooSoon: it was sent within the last minute.
        """
        find = self._finder(merchant_id, verification_id)
        speaker = await voice(self._merchants, merchant_id, MessageKind.VIDEO_KYC)

        def decide(case: VideoKyc) -> Change:
            now = self._here.now()
            if STAGES[case.sub_status] in FINAL | {Stage.DECIDED} or now >= case.expires_at:
                raise CaseClosed("the link is not in use any longer")
            return self._reminded(case, speaker, channels, now)

        return await self._mover.change(find, decide)

    def _reminded(self, case: VideoKyc, speaker: Voice, channels: Sequence[str], now: datetime) -> Change:
        last = next((entry.at for entry in reversed(case.timeline) if entry.what == RESENT), None)
        if last is not None and now - last < RESEND_AFTER:
            raise TooSoon(RESEND_AFTER - (now - last))
        again = messages(
            case,
            link_words(case, speaker),
            purpose="link",
            now=now,
            new_id=self._here.new_id,
            channels=channels or None,
        )
        return Change(noted(case, RESENT, MERCHANT, now), messages=again)

    def _finder(self, merchant_id: str, verification_id: str) -> Find:
        return lambda: self.read(merchant_id, verification_id)
