"""The door of rooms that are elsewhere: fulfils `journeys/video_kyc/rooms.Rooms` over the nodes of the settings.

In: the web edge, in the server's event loop. Out: each question goes to the node that has the room. Nodes are asked in
the order of the room's name (`order.py`), failing ones last; which one really has it is decided by the node's claim, so
web processes that believe different things come to the same room. Beats are gathered and sent once a second.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from dastak.journeys.video_kyc.rooms import IceServer, NoPicture, Picture, RoomClosed, Seat, SeatStats
from dastak.video.remote.client import NodeAway
from dastak.video.remote.order import order
from dastak.video.remote.sealed import Said
from dastak.video.remote.wire import ELSEWHERE, FULL, REFUSALS, Ask, picture_in, seat_in, seat_out, stats_in

log = structlog.get_logger("dastak.rooms")

_MOST_PLACES = 10_000
_MOST_BEATS = 500
"""Seats in one request."""
_FORGET_AFTER = 60.0
"""Seconds after which a room that was not taken, and whose pages went away, is forgotten."""


class AskedNode(Protocol):
    """A node, as `client.Node` is one."""

    @property
    def url(self) -> str: ...

    @property
    def is_failing(self) -> bool:
        """Whether it did not answer lately."""

    async def ask(self, ask: Ask, said: Said) -> Said:
        """Raises `NodeAway`."""

    def close(self) -> None: ...


Broken = Callable[[Seat], Awaitable[None]]
"""Who is told that a call's room is gone for good. May raise `ConnectionError`."""


@dataclass(frozen=True, slots=True)
class RemoteSettings:
    """When something is done."""

    beat_every: timedelta = timedelta(seconds=1)
    gone_after: timedelta = timedelta(seconds=15)
    """A room whose beats no node has taken for so long is gone, and its call with it. A node that begins anew needs
    less; a customer who is lost drops off a little later."""


class RemoteRooms:
    """Fulfils `Rooms`. One per web process."""

    def __init__(
        self,
        nodes: Sequence[AskedNode],
        broken: Broken,
        ice_servers: Callable[[], tuple[IceServer, ...]] = tuple,
        settings: RemoteSettings | None = None,
    ) -> None:
        self._nodes = {node.url: node for node in nodes}
        self._broken = broken
        self._ice_servers = ice_servers
        self._settings = settings or RemoteSettings()
        self._places: OrderedDict[str, AskedNode] = OrderedDict()
        """Room → the node that had it when it was asked last."""
        self._beats: dict[Seat, None] = {}
        """Seats whose pages gave a sign of life since the last turn."""
        self._waiting: dict[AskedNode, dict[Seat, None]] = {node: {} for node in nodes}
        """Beats that a node has not been told of."""
        self._telling: dict[AskedNode, asyncio.Task[None]] = {}
        self._untaken: dict[str, float] = {}
        """Room → since when no node has taken its beats."""
        self._beating: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to send beats."""
        self._beating = asyncio.get_running_loop().create_task(self._beat())

    async def stop(self) -> None:
        """Ask nobody any more; the rooms go on without this process. Stopping twice: harmless."""
        beating, self._beating = self._beating, None
        if beating is None:
            return
        for task in (beating, *self._telling.values()):
            task.cancel()
        await asyncio.gather(beating, *self._telling.values(), return_exceptions=True)
        for node in self._nodes.values():
            node.close()

    async def join(self, seat: Seat, offer: str) -> str:
        """As the port says; raises `NodeAway` as well: the room may be where nobody answers now, so ask again."""
        return str((await self._ask(Ask.JOIN, seat, sdp=offer))["sdp"])

    def beat(self, seat: Seat) -> None:
        self._beats[seat] = None

    async def leave(self, seat: Seat) -> None:
        self._beats.pop(seat, None)
        await self._quietly(Ask.LEAVE, seat)

    async def still(self, seat: Seat) -> Picture:
        try:
            return picture_in(await self._ask(Ask.STILL, seat))
        except NodeAway:
            raise NoPicture("the room does not answer") from None

    async def stats(self, seat: Seat) -> SeatStats | None:
        said = await self._quietly(Ask.STATS, seat)
        return stats_in(said["stats"]) if said else None

    async def close(self, seat: Seat) -> None:
        for party_seat in [one for one in self._beats if one.room == seat.room]:
            del self._beats[party_seat]
        self._untaken.pop(seat.room, None)
        await self._quietly(Ask.CLOSE, seat)

    def ice_servers(self) -> tuple[IceServer, ...]:
        return self._ice_servers()

    async def _quietly(self, ask: Ask, seat: Seat) -> Said | None:
        """For what does no harm when it is not heard; None when it was not."""
        try:
            return await self._ask(ask, seat)
        except NodeAway as error:
            log.warning("node_away", ask=ask.value, call_id=seat.call_id, error=str(error))
        except (RoomClosed, NoPicture):
            pass  # no node has it
        return None

    async def _ask(self, ask: Ask, seat: Seat, **more: str) -> Said:
        """The answer of the node that has the room; for a join, of one that takes it.

        Raises what the node refuses with; `NodeAway` when no node has it and one that may have did not say; else what
        the port raises for a room that is nowhere.
        """
        if self._beating is None:
            raise _nowhere(ask)
        away: NodeAway | None = None
        for node in self._in_order(seat.room):
            try:
                said = await node.ask(ask, {"seat": seat_out(seat), **more})
            except NodeAway as error:
                away = error
                continue
            refusal = said.get("error", "")
            if refusal == FULL:
                away = NodeAway(f"{node.url} takes no new calls now")
            elif refusal != ELSEWHERE:
                self._place(seat.room, node)
                if refusal:
                    raise REFUSALS[refusal](str(said.get("why", "")))
                return said
        raise away or _nowhere(ask)

    def _in_order(self, room: str) -> Iterator[AskedNode]:
        known = self._places.get(room)
        if known is not None:
            yield known
        found = [self._nodes[url] for url in order(room, self._nodes)]
        yield from sorted((node for node in found if node is not known), key=lambda node: node.is_failing)

    def _place(self, room: str, node: AskedNode) -> None:
        self._places[room] = node
        self._places.move_to_end(room)
        while len(self._places) > _MOST_PLACES:
            self._places.popitem(last=False)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._settings.beat_every.total_seconds())
            try:
                await self._turn()
            except Exception:  # the next turn's beats are sent all the same
                log.exception("beats_failed")

    async def _turn(self) -> None:
        """Hand on what has come. A node that has not answered the last time is not asked again before it has."""
        beats, self._beats = self._beats, {}
        now = time.monotonic()
        self._untaken = {room: since for room, since in self._untaken.items() if now - since < _FORGET_AFTER}
        for seat in beats:
            for node in [self._places[seat.room]] if seat.room in self._places else self._nodes.values():
                self._waiting[node][seat] = None
        for node, seats in self._waiting.items():
            if seats and (node not in self._telling or self._telling[node].done()):
                self._telling[node] = asyncio.get_running_loop().create_task(self._tell(node, list(seats)))
                seats.clear()
        for seat in beats:
            if now - self._untaken.setdefault(seat.room, now) > self._settings.gone_after.total_seconds():
                await self._is_gone(seat)

    async def _tell(self, node: AskedNode, seats: list[Seat]) -> None:
        """These pages are alive."""
        for first in range(0, len(seats), _MOST_BEATS):
            some = seats[first : first + _MOST_BEATS]
            try:
                said = await node.ask(Ask.BEATS, {"seats": [seat_out(seat) for seat in some]})
            except NodeAway as error:
                log.warning("node_away", ask=Ask.BEATS.value, seats=len(some), error=str(error))
                return
            known = {seat_in(one).room for one in said["known"]}
            for room in {seat.room for seat in some}:
                if room in known:
                    self._untaken.pop(room, None)
                    self._place(room, node)
                elif self._places.get(room) is node:
                    del self._places[room]

    async def _is_gone(self, seat: Seat) -> None:
        log.warning("room_gone", call_id=seat.call_id)
        await self._broken(seat)
        self._untaken.pop(seat.room, None)
        self._places.pop(seat.room, None)


def _nowhere(ask: Ask) -> NoPicture | RoomClosed:
    return NoPicture("this party is in no room") if ask is Ask.STILL else RoomClosed("no calls here now")
