"""Closes the rooms of calls that are over, whoever ended them: the agent, the customer, the merchant or the clock.

In: `LiveBell` tells of every change. Out: the room of an ended call is closed, once, and its recording is whole.
"""

import asyncio
from collections import OrderedDict

import structlog

from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import Rooms, Seat
from dastak.journeys.video_kyc.video_kyc import VideoKyc

REMEMBERED = 4096
"""Calls that were closed; who is forgotten is closed once more, which is harmless."""

log = structlog.get_logger("dastak.calls")


class RoomCloser:
    """Listens to the bell, in the event loop of the web edge."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._closed: OrderedDict[str, None] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()

    def changed(self, case: VideoKyc) -> None:
        """This case is committed as it stands here."""
        for call in case.calls:
            if call.ended_at is None or call.id in self._closed:
                continue
            self._closed[call.id] = None
            while len(self._closed) > REMEMBERED:
                self._closed.popitem(last=False)
            task = asyncio.ensure_future(self._close(Seat(case.merchant_id, case.id, call.id, Party.AGENT)))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _close(self, seat: Seat) -> None:
        try:
            await self._rooms.close(seat)
        except Exception as error:  # noqa: BLE001 - an idle room is put away in the end; nobody waits for this
            log.warning("room_not_closed", call_id=seat.call_id, error=type(error).__name__)
