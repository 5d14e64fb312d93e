"""How the server and a process with rooms talk: JSON over a socket, each message after its length in 4 bytes.

In: messages. Out: the same, at the other end. Also how settings, seats, pictures and errors look in them.
"""

import asyncio
import base64
import json
import struct
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from dastak.journeys.errors import JourneyError
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import BadOffer, NoPicture, RoomClosed, Seat, SeatStats
from dastak.video.envelope import SealedKey
from dastak.video.settings import RoomSettings
from dastak.video.vp8 import Encoded

Message = dict[str, Any]

_LENGTH = struct.Struct(">I")
_LONGEST = 64 << 20
_ERRORS: dict[str, type[JourneyError]] = {error.code: error for error in (BadOffer, NoPicture, RoomClosed)}
_LEFT_OUT = {"ice_servers", "public_address"}
"""Settings that only the door needs."""


class Wire:
    """One end of the socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, message: Message) -> None:
        """Soon. Nothing happens when the other end is gone: who reads will notice."""
        data = json.dumps(message).encode()
        if not self._writer.is_closing():
            self._writer.write(_LENGTH.pack(len(data)) + data)

    async def receive(self) -> Message | None:
        """The next message; None when the other end is gone."""
        try:
            (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
            if length > _LONGEST:
                return None
            found: Message = json.loads(await self._reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        return found

    def finish(self) -> None:
        """The other end will read None; what it still says can be read here."""
        self._writer.write_eof()

    def close(self) -> None:
        """The other end will read None."""
        self._writer.close()


def seat_fields(seat: Seat) -> list[str]:
    """Of a seat."""
    return [seat.merchant_id, seat.case_id, seat.call_id, seat.party.value]


def seat_of(said: list[str]) -> Seat:
    """From its fields."""
    merchant_id, case_id, call_id, party = said
    return Seat(merchant_id, case_id, call_id, Party(party))


def settings_fields(settings: RoomSettings) -> Message:
    """Of settings, as far as rooms need them; spans in seconds."""
    named = {one.name: getattr(settings, one.name) for one in fields(settings) if one.name not in _LEFT_OUT}
    return {name: value.total_seconds() if isinstance(value, timedelta) else value for name, value in named.items()}


def settings_of(said: Message) -> RoomSettings:
    """From their fields."""
    found = dict(said)
    for one in fields(RoomSettings):
        if one.name in found and isinstance(one.default, timedelta):
            found[one.name] = timedelta(seconds=found[one.name])
        elif isinstance(found.get(one.name), list):
            found[one.name] = tuple(found[one.name])
    return RoomSettings(**found)


def key_fields(key: SealedKey) -> list[str]:
    """Of a key."""
    return [base64.b64encode(part).decode() for part in (key.key, key.box)]


def key_of(said: list[str]) -> SealedKey:
    """From its fields."""
    return SealedKey(*(base64.b64decode(part) for part in said))


def stats_fields(stats: SeatStats | None) -> list[Any] | None:
    """Of figures; None for none."""
    if stats is None:
        return None
    at = stats.last_media_at.isoformat() if stats.last_media_at else None
    return [stats.is_connected, stats.bytes_in, stats.bytes_out, stats.packets_lost, at]


def stats_of(said: list[Any] | None) -> SeatStats | None:
    """From their fields."""
    if said is None:
        return None
    is_connected, bytes_in, bytes_out, packets_lost, at = said
    return SeatStats(is_connected, bytes_in, bytes_out, packets_lost, datetime.fromisoformat(at) if at else None)


def picture_fields(picture: Encoded) -> list[Any]:
    """Of an encoded picture."""
    return [picture.timestamp, picture.arrived_us, picture.is_key, base64.b64encode(picture.data).decode()]


def picture_of(said: list[Any]) -> Encoded:
    """From its fields."""
    timestamp, arrived_us, is_key, data = said
    return Encoded(timestamp, arrived_us, is_key, base64.b64decode(data))


def error_fields(error: JourneyError) -> list[str]:
    """Of an error that a room raises."""
    return [error.code, str(error)]


def error_of(said: list[str]) -> JourneyError:
    """From its fields."""
    code, text = said
    return _ERRORS.get(code, RoomClosed)(text)
