"""Seats, pictures and refusals as JSON values, and back. Pure.

In: values of the port. Out: what the node and the web process put into their boxes.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from dastak.journeys.errors import JourneyError
from dastak.journeys.video_kyc.call import Party
from dastak.journeys.video_kyc.rooms import BadOffer, NoPicture, Picture, RoomClosed, Seat, SeatStats


class Ask(StrEnum):
    """What a node can be asked for; the last part of the path."""

    JOIN = "join"
    BEATS = "beats"
    LEAVE = "leave"
    STILL = "still"
    STATS = "stats"
    CLOSE = "close"


PATH = "/rooms/{ask}"
ELSEWHERE = "elsewhere"
"""This node has no such room: another one may have it."""
FULL = "full"
"""This node takes no new rooms now: another one may."""
AWAY = "away"
"""This node cannot say now: its store is away."""
REFUSALS: Mapping[str, type[JourneyError]] = {kind.code: kind for kind in (BadOffer, NoPicture, RoomClosed)}


def seat_out(seat: Seat) -> list[str]:
    """Ids of merchant, case and call, and the party."""
    return [seat.merchant_id, seat.case_id, seat.call_id, seat.party.value]


def seat_in(said: list[str]) -> Seat:
    """Raises `ValueError`."""
    merchant_id, case_id, call_id, party = said
    return Seat(merchant_id, case_id, call_id, Party(party))


def picture_out(picture: Picture) -> dict[str, Any]:
    """The JPEG as base64."""
    return {
        "jpeg": base64.b64encode(picture.jpeg).decode(),
        "width": picture.width,
        "height": picture.height,
        "taken_at": picture.taken_at.isoformat(),
    }


def picture_in(said: Mapping[str, Any]) -> Picture:
    """The reverse of `picture_out`."""
    taken_at = datetime.fromisoformat(said["taken_at"])
    return Picture(base64.b64decode(said["jpeg"]), said["width"], said["height"], taken_at)


def stats_out(stats: SeatStats | None) -> dict[str, Any] | None:
    """None for who is not in the room."""
    if stats is None:
        return None
    return {
        "is_connected": stats.is_connected,
        "bytes_in": stats.bytes_in,
        "bytes_out": stats.bytes_out,
        "packets_lost": stats.packets_lost,
        "last_media_at": stats.last_media_at.isoformat() if stats.last_media_at else None,
    }


def stats_in(said: Mapping[str, Any] | None) -> SeatStats | None:
    """The reverse of `stats_out`."""
    if said is None:
        return None
    last = said["last_media_at"]
    return SeatStats(**{**said, "last_media_at": datetime.fromisoformat(last) if last else None})
