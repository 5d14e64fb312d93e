"""One room: two seats, what passes between them, and what is written down of it.

In: connections and their packets. Out: each packet to the other party and to the recorder; who came and who is lost.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import RoomClosed, Seat, SeatStats
from dastak.video.attendance import Attendance, Change
from dastak.video.recent import RecentPictures
from dastak.video.rooms.connection import BackEnd, Connection, Media, SenderReport
from dastak.video.rooms.recorder import Recorder
from dastak.video.settings import RoomSettings
from dastak.video.spool.record import Kind, Packet, Report, Track
from dastak.video.wall_clock import WallClock

_LEAST_BITS = 250_000
"""Per second; a face and a card can be read then, in a small picture."""

Told = Callable[[Seat, Change], None]


@dataclass(slots=True)
class Occupant:
    """A party, over all its connections."""

    seat: Seat
    attendance: Attendance
    connection: Connection | None = None
    pictures: RecentPictures = field(default_factory=RecentPictures)
    joining: asyncio.Lock = field(default_factory=asyncio.Lock)
    media_at: float | None = None
    shown: int = 0
    """The number of the connection whose media came last."""
    bytes_before: tuple[int, int] = (0, 0)
    """In and out, of connections that were replaced."""
    lost_before: int = 0
    second: int = 0
    bits_in_second: int = 0

    def takes(self, bits: int, now: float, most: int) -> bool:
        """Whether so much more is within what a party may send in one second."""
        if int(now) != self.second:
            self.second, self.bits_in_second = int(now), 0
        self.bits_in_second += bits
        return self.bits_in_second <= most


class Room:
    """Lives in the media's event loop; a `connection.Listener`."""

    def __init__(
        self, name: str, back_end: BackEnd, recorder: Recorder, settings: RoomSettings, told: Told, connections: int
    ) -> None:
        """`connections`: the number below its first one's."""
        self.is_closed = False
        self._name = name
        self._back_end = back_end
        self._recorder = recorder
        self._settings = settings
        self._told = told
        self._occupants: dict[Party, Occupant] = {}
        self._connections = connections
        self._wall = WallClock.started()
        self._empty_since = time.monotonic()
        self._key_pictures_at = 0.0
        self._flushed_at = 0.0
        self._closing: set[asyncio.Task[None]] = set()

    async def join(self, seat: Seat, offer: str) -> str:
        """Answer this offer; whoever sat here before is replaced once that has worked."""
        occupant = self._occupant(seat)
        async with occupant.joining:
            if self.is_closed:
                raise RoomClosed("the call is over")
            self._connections += 1
            fresh = self._back_end.connection(self._name, self._connections, self)
            try:
                answer = await fresh.answer(offer)
                if self.is_closed:
                    raise RoomClosed("the call is over")
            except BaseException:
                self._close_later(fresh)
                raise
            self._vacate(occupant)
            occupant.connection = fresh
            occupant.pictures = RecentPictures()
            occupant.attendance.begins(time.monotonic())
        return answer

    def beat(self, party: Party) -> None:
        """Its page is alive."""
        if party in self._occupants:
            self._occupants[party].attendance.beat(time.monotonic())

    def leave(self, party: Party) -> None:
        """Its page went away."""
        occupant = self._occupants.get(party)
        if occupant is not None and occupant.connection is not None:
            self._vacate(occupant)
            occupant.attendance.broke()
            self._look(occupant, time.monotonic())

    def occupant(self, party: Party) -> Occupant | None:
        """Who sits here; None: nobody ever did."""
        return self._occupants.get(party)

    def stats(self, party: Party) -> SeatStats | None:
        """None: nobody ever sat here."""
        one = self._occupants.get(party)
        if one is None:
            return None
        now = one.connection
        return SeatStats(
            is_connected=one.attendance.is_there,
            bytes_in=one.bytes_before[0] + (now.bytes_in if now else 0),
            bytes_out=one.bytes_before[1] + (now.bytes_out if now else 0),
            packets_lost=one.lost_before + (now.packets_lost if now else 0),
            last_media_at=None if one.media_at is None else self._wall.at(one.media_at),
        )

    @property
    def connections(self) -> int:
        """Browsers that are connected, or being connected."""
        return sum(one.connection is not None for one in self._occupants.values())

    @property
    def packets_lost(self) -> int:
        """On the way from both parties, since the room was made."""
        return sum(
            one.lost_before + (one.connection.packets_lost if one.connection else 0) for one in self._occupants.values()
        )

    def tick(self) -> None:
        """Do what is due; called some times a second."""
        now = time.monotonic()
        for occupant in self._occupants.values():
            self._give_up_unconnected(occupant, now)
            self._give_up_abandoned(occupant, now)
            self._look(occupant, now)
            if occupant.connection is not None:
                if occupant.pictures.is_stuck:
                    occupant.connection.ask_for_key_picture()
                occupant.connection.tick()
                self._empty_since = now
        if now - self._key_pictures_at >= self._settings.key_picture_every.total_seconds():
            self._key_pictures_at = now
            self._ask_for_key_pictures()
        if now - self._flushed_at >= self._settings.flush_every.total_seconds():
            self._flushed_at = now
            self._spawn(self._recorder.flush())

    @property
    def is_idle(self) -> bool:
        """Whether nobody has been here for long."""
        return time.monotonic() - self._empty_since > self._settings.idle.total_seconds()

    async def close(self) -> None:
        """Send everybody out and finish the recording. Nobody is told as lost: the call is over."""
        self.is_closed = True
        for occupant in self._occupants.values():
            self._vacate(occupant)
        while self._closing:
            await asyncio.gather(*self._closing, return_exceptions=True)
        await self._recorder.close()

    def lose_everybody(self) -> None:
        """The process stops: whoever is here is told as lost."""
        for occupant in self._occupants.values():
            occupant.attendance.broke()
            self._look(occupant, time.monotonic())

    def arrived(self, connection: Connection, kind: Kind, packet: Media) -> None:
        occupant = self._of(connection)
        if occupant is None:
            return
        now = time.monotonic()
        if not occupant.takes(8 * len(packet.payload), now, self._settings.most_bits):
            return
        occupant.media_at = now
        occupant.attendance.media(now)
        self._to_the_other(occupant, lambda other: other.send(kind, connection.number, packet))
        written = Packet(
            Track(occupant.seat.party, kind, connection.number),
            self._wall.microseconds(now),
            packet.sequence,
            packet.timestamp,
            packet.marker,
            packet.payload,
        )
        self._recorder.record(written)
        if kind is Kind.VIDEO:
            occupant.pictures.add(written)
        if not occupant.attendance.is_there:
            self._look(occupant, now)
        if occupant.shown != connection.number:
            occupant.shown = connection.number
            self._ask_for_key_pictures()

    def reported(self, connection: Connection, kind: Kind, report: SenderReport) -> None:
        occupant = self._of(connection)
        if occupant is None:
            return
        self._to_the_other(occupant, lambda other: other.send_report(kind, connection.number, report))
        track = Track(occupant.seat.party, kind, connection.number)
        self._recorder.record(Report(track, self._wall.microseconds(time.monotonic()), report.timestamp, report.ntp))

    def wants_key_picture(self, connection: Connection) -> None:
        viewer = self._of(connection)
        if viewer is not None:
            self._to_the_other(viewer, lambda other: other.ask_for_key_picture())

    def cap(self, connection: Connection) -> int | None:
        """What the other party can receive, but never so little that nobody could be recognised."""
        sender = self._of(connection)
        others = [one.connection for one in self._occupants.values() if one is not sender and one.connection]
        limits = [other.can_receive for other in others if other.can_receive is not None]
        return max(_LEAST_BITS, min(limits)) if limits else None

    def over(self, connection: Connection) -> None:
        occupant = self._of(connection)
        if occupant is not None:
            self._vacate(occupant)
            occupant.attendance.broke()
            self._look(occupant, time.monotonic())

    def _occupant(self, seat: Seat) -> Occupant:
        if seat.party not in self._occupants:
            settings = self._settings
            attendance = Attendance(settings.silence.total_seconds(), settings.beat_silence.total_seconds())
            self._occupants[seat.party] = Occupant(seat, attendance)
        return self._occupants[seat.party]

    def _of(self, connection: Connection) -> Occupant | None:
        """None: the connection was replaced."""
        return next((one for one in self._occupants.values() if one.connection is connection), None)

    def _to_the_other(self, occupant: Occupant, do: Callable[[Connection], None]) -> None:
        for party, other in self._occupants.items():
            if party is not occupant.seat.party and other.connection is not None:
                do(other.connection)

    def _vacate(self, occupant: Occupant) -> None:
        old, occupant.connection = occupant.connection, None
        if old is not None:
            occupant.bytes_before = (occupant.bytes_before[0] + old.bytes_in, occupant.bytes_before[1] + old.bytes_out)
            occupant.lost_before += old.packets_lost
            self._close_later(old)

    def _give_up_unconnected(self, occupant: Occupant, now: float) -> None:
        connection = occupant.connection
        patience = self._settings.come_up_within.total_seconds()
        if connection is not None and not connection.has_media and now - connection.began > patience:
            self._vacate(occupant)
            occupant.attendance.broke()

    def _give_up_abandoned(self, occupant: Occupant, now: float) -> None:
        """Pages stop their beats once the call is over, whichever process ended it."""
        patience = self._settings.abandoned.total_seconds()
        if occupant.connection is not None and occupant.attendance.silent_for(now) > patience:
            self._vacate(occupant)
            occupant.attendance.broke()

    def _look(self, occupant: Occupant, now: float) -> None:
        change = occupant.attendance.look(now)
        if change is not None:
            self._told(occupant.seat, change)

    def _ask_for_key_pictures(self) -> None:
        for occupant in self._occupants.values():
            if occupant.connection is not None:
                occupant.connection.ask_for_key_picture()

    def _close_later(self, connection: Connection) -> None:
        self._spawn(connection.close())

    def _spawn(self, doing: "asyncio._CoroutineLike[None]") -> None:
        task = asyncio.get_running_loop().create_task(doing)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
