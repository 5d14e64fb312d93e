"""A node: answers web processes that ask for its rooms.

In: sealed requests over HTTP (`sealed.py`). Out: what the rooms say, sealed. A room that is not in use here is claimed
before it is opened, so that of many nodes one has it, whatever web processes believe.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from dastak.journeys.errors import JourneyError
from dastak.journeys.video_kyc.errors import RecordedElsewhere
from dastak.journeys.video_kyc.rooms import BadOffer, NoPicture, RoomClosed, Rooms, Seat
from dastak.video.remote.sealed import NotOurs, OtherRun, Reader, Said, seal_answer
from dastak.video.remote.wire import AWAY, ELSEWHERE, FULL, PATH, Ask, picture_out, seat_in, seat_out, stats_out

log = structlog.get_logger("dastak.node")

LONGEST_REQUEST = 1 << 20
Claim = Callable[[Seat], Awaitable[None]]
"""Take this seat's call for this node, or know that it has it.

Raises `RecordedElsewhere`, another `JourneyError` for a call that is over or does not exist, `ConnectionError`."""


class RoomsHere(Rooms, Protocol):
    """Rooms in this process."""

    async def is_open(self, seat: Seat) -> bool:
        """Whether this seat's room is in use."""

    async def knows(self, seat: Seat) -> bool:
        """Whether this seat's room is here, or was."""


class NodeDoor:
    """What a node answers."""

    def __init__(self, rooms: RoomsHere, claim: Claim, reader: Reader) -> None:
        self.takes_new = True
        """False: rooms that are in use go on, and no others are opened."""
        self._rooms = rooms
        self._claim = claim
        self._reader = reader
        self._acts: dict[str, Callable[[Said], Awaitable[Said]]] = {
            Ask.JOIN: self._join,
            Ask.BEATS: self._beats,
            Ask.LEAVE: self._leave,
            Ask.STILL: self._still,
            Ask.STATS: self._stats,
            Ask.CLOSE: self._close,
        }

    def routes(self) -> list[Route]:
        """All that the node answers."""
        return [Route(PATH, self._answer, methods=["POST"])]

    async def _answer(self, request: Request) -> Response:
        ask = request.path_params["ask"]
        act = self._acts.get(ask)
        if act is None:
            return Response(status_code=404)
        try:
            opened = self._reader.open(ask, await _body(request))
        except OtherRun:
            return _bytes(self._reader.run, 409)
        except (NotOurs, ClientDisconnect) as why:
            log.warning("request_refused", ask=ask, why=str(why))
            return Response(status_code=403)
        try:
            said = await act(opened.said)
        except (BadOffer, NoPicture, RoomClosed) as refusal:
            said = {"error": refusal.code, "why": str(refusal)}
        except ConnectionError:
            said = {"error": AWAY}
        return _bytes(seal_answer(opened, ask, said))

    async def _join(self, said: Said) -> Said:
        seat = seat_in(said["seat"])
        if not await self._rooms.is_open(seat):
            if not self.takes_new:
                return {"error": FULL}
            try:
                await self._claim(seat)
            except RecordedElsewhere:
                return {"error": ELSEWHERE}
            except JourneyError:
                raise RoomClosed("the call is over") from None
        return {"sdp": await self._rooms.join(seat, said["sdp"])}

    async def _beats(self, said: Said) -> Said:
        seats = [seat_in(one) for one in said["seats"]]
        known = [seat for seat in seats if await self._rooms.knows(seat)]
        for seat in known:
            self._rooms.beat(seat)
        return {"known": [seat_out(seat) for seat in known]}

    async def _leave(self, said: Said) -> Said:
        seat = seat_in(said["seat"])
        if not await self._rooms.knows(seat):
            return {"error": ELSEWHERE}
        await self._rooms.leave(seat)
        return {}

    async def _still(self, said: Said) -> Said:
        seat = seat_in(said["seat"])
        if not await self._rooms.knows(seat):
            return {"error": ELSEWHERE}
        return picture_out(await self._rooms.still(seat))

    async def _stats(self, said: Said) -> Said:
        seat = seat_in(said["seat"])
        if not await self._rooms.knows(seat):
            return {"error": ELSEWHERE}
        return {"stats": stats_out(await self._rooms.stats(seat))}

    async def _close(self, said: Said) -> Said:
        seat = seat_in(said["seat"])
        if not await self._rooms.knows(seat):
            return {"error": ELSEWHERE}
        await self._rooms.close(seat)
        return {}


async def _body(request: Request) -> bytes:
    """Raises `NotOurs` for more than we ever ask, and `ClientDisconnect`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_REQUEST:
            raise NotOurs("it is too long")
    return bytes(body)


def _bytes(content: bytes, status: int = 200) -> Response:
    return Response(content, status, media_type="application/octet-stream")
