"""Which node has a call: the one whose spool is written down in the case first.

In: a seat that somebody wants to take here. Out: the case says that the call is recorded here, or that it is not to be.
So a call never moves: when its node dies, the call is over, and no film is made of a part.
"""

from dastak.journeys.video_kyc.evidence import Evidence
from dastak.journeys.video_kyc.rooms import RoomClosed, Seat
from dastak.video.remote.node import Claim
from dastak.video.spool.spool import Spool


def claims(evidence: Evidence, spool: Spool) -> Claim:
    """Claims calls for this spool, which must have a name."""

    async def claim(seat: Seat) -> None:
        reference = spool.reference(seat.room)
        case = await evidence.recorded(seat.merchant_id, seat.case_id, seat.call_id, reference)
        if case.call is None or case.call.id != seat.call_id:
            raise RoomClosed("the call is over")

    return claim
