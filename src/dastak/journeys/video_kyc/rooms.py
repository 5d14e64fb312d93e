"""What a call needs of the video edge: rooms to meet in, pictures, and a place for what was recorded.

In: the web edge asks for these; `video` fulfils them; `app` plugs one into the other. Out: no media library is known
here. Who may sit where is said by a `Seat`; `seat_token` makes that a text that a page can hold.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dastak.journeys.errors import JourneyError
from dastak.journeys.video_kyc.call import Party


class RoomClosed(JourneyError):  # noqa: N818 - the names say what happened
    """This call is over, or was never begun; nobody can come in."""

    code = "room_closed"


class BadOffer(JourneyError):  # noqa: N818
    """What the browser offers cannot be answered: no session description, or none of our codecs."""

    code = "bad_offer"


class NoPicture(JourneyError):  # noqa: N818
    """No whole picture of this party has arrived yet, or not lately."""

    code = "no_picture"


class NotKept(JourneyError):  # noqa: N818
    """The storage has nothing under this name."""

    code = "not_kept"


@dataclass(frozen=True, slots=True)
class Seat:
    """One party's place in the room of one call."""

    merchant_id: str
    case_id: str
    call_id: str
    """`call_…`, a `CallSession`'s; the room is named after it and the merchant."""
    party: Party

    @property
    def room(self) -> str:
        """The room's name; unique per deployment."""
        return f"{self.merchant_id}.{self.call_id}"


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server that browsers and rooms may use; there is none but those of the settings."""

    urls: tuple[str, ...]
    username: str = ""
    credential: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of what a party's camera sent."""

    jpeg: bytes
    width: int
    height: int
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class SeatStats:
    """How a party's connection does, for pages and for `bench`."""

    is_connected: bool
    bytes_in: int
    """Of media, since the room was made."""
    bytes_out: int
    packets_lost: int
    last_media_at: datetime | None
    """When the last packet of media came from this party."""


class Rooms(Protocol):
    """Where customer and agent meet. A room is made by the first who joins, and recorded from then on.

    Whoever's connection comes up, breaks or comes back is told to the `RoomWatcher` of the room's maker.
    """

    async def join(self, seat: Seat, offer: str) -> str:
        """Answer (SDP) to a browser's whole offer (SDP, all candidates in it). Joining again replaces the connection.

        Raises:
            BadOffer: it cannot be answered.
            RoomClosed: the room was closed before.
        """

    def beat(self, seat: Seat) -> None:
        """The party's page is alive; without a beat for some seconds it counts as lost. Unknown seats: nothing."""

    async def leave(self, seat: Seat) -> None:
        """The party's page went away; its connection is closed and told as lost. Unknown seats: nothing."""

    async def still(self, seat: Seat) -> Picture:
        """A picture of what this party's camera sends now. Raises `NoPicture`, `RoomClosed`."""

    async def stats(self, seat: Seat) -> SeatStats | None:
        """None for who is not in the room."""

    async def close(self, seat: Seat) -> None:
        """End the room of this seat for everybody; what was recorded is whole on the disk. Closing twice: harmless."""

    def ice_servers(self) -> tuple[IceServer, ...]:
        """What a browser must use to get here."""


class RoomWatcher(Protocol):
    """Who is told what happens in rooms."""

    async def came(self, seat: Seat) -> None:
        """This party's media connection stands, or stands again."""

    async def lost(self, seat: Seat) -> None:
        """This party's connection is lost: no beat, no media, page gone, or the transport failed."""

    async def recorded(self, seat: Seat, reference: str) -> None:
        """The call's recording has this place in the storage; told once, when the recording begins."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Something in the storage."""

    reference: str
    size: int
    """Bytes, as they come out again."""
    sha256: str


class Library(Protocol):
    """The storage for pictures and composed recordings: encrypted at rest, readable in parts."""

    async def keep(self, reference: str, content: AsyncIterator[bytes] | bytes) -> Kept:
        """Store it whole or not at all. The reference is a path of lower-case words: `merchant/case/name.ext`."""

    async def size(self, reference: str) -> int:
        """Bytes. Raises `NotKept`."""

    def read(self, reference: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """From `start` to before `end`. Raises `NotKept` at the first step."""

    async def forget(self, reference: str) -> None:
        """Remove it; nothing to do when it is not there."""


@dataclass(frozen=True, slots=True)
class Composition:
    """The work of making one file of what was recorded of a decided call."""

    merchant_id: str
    case_id: str
    call_id: str
    attempts: int
    """Tries begun, this one included."""


@dataclass(frozen=True, slots=True)
class CompositionState:
    """How far a composition is, for the console."""

    progress: float
    """0 to 1."""
    attempts: int
    failure: str
    """Why the latest try failed; empty when none did."""


class Compositions(Protocol):
    """Compositions to be done. A case that was decided and has a recording without a reference is one, by itself."""

    async def claim_composition(
        self, now: datetime, lease_until: datetime, rooms: Sequence[str] | None = None
    ) -> Composition | None:
        """The longest waiting one that nobody has a lease on; None when there is none.

        `rooms`: only of calls in these rooms (`Seat.room`); None: of any.
        """

    async def composition_progress(self, composition: Composition, progress: float, lease_until: datetime) -> None:
        """Say how far it is and hold on to it."""

    async def composition_failed(self, composition: Composition, failure: str, again_at: datetime) -> None:
        """It will be tried again then. One that is done needs no word: its case says so."""

    async def composition_state(self, merchant_id: str, case_id: str) -> CompositionState | None:
        """None: nobody has begun."""


@dataclass(frozen=True, slots=True)
class View:
    """Somebody was shown a recording or a picture."""

    merchant_id: str
    case_id: str
    reference: str
    viewer: str
    """An operator's id, or `link` for the signed link that the merchant holds."""
    client_ip: str
    at: datetime


class ViewLog(Protocol):
    """Who was shown what; kept as long as the case."""

    async def note_view(self, view: View) -> None: ...

    async def views(self, merchant_id: str, case_id: str) -> tuple[View, ...]:
        """Oldest first."""
