"""What rooms tell of calls: who came in, who is lost, where it is recorded. The video edge calls this.

In: a seat. Out: the case has moved, or it was too late for that, which rooms need not know.
"""

from dastak.journeys.errors import Contended, IllegalSignal
from dastak.journeys.merchants import MerchantBook
from dastak.journeys.video_kyc.errors import CaseClosed, CaseNotFound, StepClosed
from dastak.journeys.video_kyc.moving import Mover
from dastak.journeys.video_kyc.ports import Surroundings, VideoKycStore
from dastak.journeys.video_kyc.rooms import Seat
from dastak.journeys.video_kyc.signal import Away, Joined, Recorded, Released, Signal
from dastak.journeys.video_kyc.video_kyc import VideoKyc


class CallDesk:
    """A `RoomWatcher` that moves cases. What cannot be noted now raises `ConnectionError`: rooms tell it again."""

    def __init__(self, store: VideoKycStore, merchants: MerchantBook, surroundings: Surroundings) -> None:
        self._store = store
        self._mover = Mover(store, merchants, surroundings)

    async def came(self, seat: Seat) -> None:
        """The party is in the room."""
        await self._tell(seat, Joined(seat.party, seat.call_id))

    async def lost(self, seat: Seat) -> None:
        """The party's connection is lost; the clock decides what comes of it."""
        await self._tell(seat, Away(seat.party, seat.call_id))

    async def recorded(self, seat: Seat, reference: str) -> None:
        """The call is recorded there."""
        await self._tell(seat, Recorded(seat.call_id, reference))

    async def broken(self, seat: Seat) -> None:
        """The call's room is gone with the machine that had it: the customer waits again, before everybody else."""
        await self._tell(seat, Released(seat.call_id))

    async def _tell(self, seat: Seat, signal: Signal) -> None:
        async def find() -> VideoKyc:
            case = await self._store.case_by_id(seat.merchant_id, seat.case_id)
            if case is None:
                raise CaseNotFound("no such case")
            return case

        try:
            await self._mover.signal(find, signal)
        except (IllegalSignal, CaseClosed, StepClosed, CaseNotFound):
            pass  # the call was over before its room knew
        except Contended as trouble:
            raise ConnectionError(str(trouble)) from None
