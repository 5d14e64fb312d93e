"""What is written down of calls while and after they happen: recordings, the composed file, findings on pictures.

In: the video edge and the workers behind it say what they have stored. Out: the case that knows of it. It may come when
the case is over.
"""

from collections.abc import Mapping

from dastak.journeys.merchants import MerchantBook
from dastak.journeys.video_kyc.errors import CaseNotFound
from dastak.journeys.video_kyc.moving import Mover
from dastak.journeys.video_kyc.ports import Surroundings, VideoKycStore
from dastak.journeys.video_kyc.signal import Composed, Examined, LateSignal, Recorded
from dastak.journeys.video_kyc.video_kyc import VideoKyc


class Evidence:
    """Notes what was stored of a case's calls."""

    def __init__(self, store: VideoKycStore, merchants: MerchantBook, surroundings: Surroundings) -> None:
        self._store = store
        self._mover = Mover(store, merchants, surroundings)

    async def recorded(self, merchant_id: str, case_id: str, call_id: str, reference: str) -> VideoKyc:
        """The recording of this call is, or will be, at this place."""
        return await self._note(merchant_id, case_id, Recorded(call_id, reference))

    async def composed(self, merchant_id: str, case_id: str, reference: str, sha256: str) -> VideoKyc:
        """The decided call's recording is one file that can be played."""
        return await self._note(merchant_id, case_id, Composed(reference, sha256))

    async def examined(self, merchant_id: str, case_id: str, still_id: str, facts: Mapping[str, str]) -> VideoKyc:
        """Something was read from a picture, or measured on it."""
        return await self._note(merchant_id, case_id, Examined(still_id, facts))

    async def _note(self, merchant_id: str, case_id: str, signal: LateSignal) -> VideoKyc:
        async def find() -> VideoKyc:
            case = await self._store.case_by_id(merchant_id, case_id)
            if case is None:
                raise CaseNotFound("no such case")
            return case

        return await self._mover.signal(find, signal)
