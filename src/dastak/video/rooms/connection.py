"""What rooms need of a back end: connections to browsers, whose packets it decrypts and encrypts, and nothing more.

In: `video/aiortc` and `video/janus` fulfil it. Out: rooms work with either. Everything here lives in the media's event
loop.
"""

from dataclasses import dataclass
from typing import Protocol

from dastak.video.spool.record import Kind

KEY_PICTURES_APART = 0.3
"""Seconds; several viewers' requests, or one viewer's many, become one."""


@dataclass(frozen=True, slots=True)
class Media:
    """One RTP packet, decrypted."""

    sequence: int
    """16 bits."""
    timestamp: int
    """32 bits, at the rate of its kind."""
    marker: bool
    """The last packet of a picture."""
    payload: bytes
    audio_level: tuple[bool, int] | None = None
    """Whether somebody speaks, and how loud, as the browser says (RFC 6464)."""


@dataclass(frozen=True, slots=True)
class SenderReport:
    """A timestamp, and the moment of the sender's clock to which it belongs (RFC 3550 §6.4.1)."""

    timestamp: int
    ntp: int


class Connection(Protocol):
    """One browser's, made for one offer."""

    number: int
    """Counted per room, from 1."""
    began: float
    """When it was made, by the room's clock."""
    has_media: bool
    """Whether anything came."""

    @property
    def bytes_in(self) -> int: ...

    @property
    def bytes_out(self) -> int: ...

    @property
    def packets_lost(self) -> int: ...

    @property
    def can_receive(self) -> int | None:
        """Bits per second of video, as the browser says it; None: it does not say."""

    async def answer(self, offer: str) -> str:
        """The answer (SDP), with addresses in it. Raises `BadOffer`; `ConnectionError`: not now."""

    def send(self, kind: Kind, source: int, packet: Media) -> None:
        """Hand a packet of the other party's connection `source` on to this browser."""

    def send_report(self, kind: Kind, source: int, report: SenderReport) -> None:
        """Tell this browser how the other party's timestamps lie in time."""

    def ask_for_key_picture(self) -> None:
        """Soon; requests that follow each other closely become one."""

    def tick(self) -> None:
        """Called some times a second."""

    async def close(self) -> None:
        """Say good-bye and free everything. Closing twice: harmless."""


class Listener(Protocol):
    """Who hears of a connection."""

    def arrived(self, connection: Connection, kind: Kind, packet: Media) -> None: ...

    def reported(self, connection: Connection, kind: Kind, report: SenderReport) -> None:
        """The report is in this server's clock already."""

    def wants_key_picture(self, connection: Connection) -> None: ...

    def over(self, connection: Connection) -> None: ...

    def cap(self, connection: Connection) -> int | None:
        """Bits per second of video that this browser may send at most; None for no limit."""


class BackEnd(Protocol):
    """Makes connections."""

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """After every connection was closed."""

    def connection(self, room: str, number: int, listener: Listener) -> Connection:
        """A new one for a browser that wants into this room."""


class KeyPictureWish:
    """Holds a wish for a whole picture back until enough time has passed since the last one. Pure."""

    def __init__(self) -> None:
        self._is_open = False
        self._granted_at = float("-inf")

    def wish(self) -> None:
        """Somebody wants one."""
        self._is_open = True

    def is_due(self, now: float) -> bool:
        """Whether to ask the browser now; says so once per wish."""
        if not self._is_open or now - self._granted_at < KEY_PICTURES_APART:
            return False
        self._is_open, self._granted_at = False, now
        return True
