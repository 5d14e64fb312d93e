"""One line of what happened in a call, to bytes and back. Pure.

In: packets of media as the network brought them, and what a sender says of its own clock. Out: bytes that say their
own length, one after another; all numbers are big-endian.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from dastak.journeys.video_kyc.call import Party


class Kind(IntEnum):
    """What a stream carries."""

    AUDIO = 0
    """Opus, 48 kHz."""
    VIDEO = 1
    """VP8, timestamps at 90 kHz."""

    @property
    def clock_rate(self) -> int:
        """Timestamps per second."""
        return 48_000 if self is Kind.AUDIO else 90_000


@dataclass(frozen=True, slots=True)
class Track:
    """A stream of one connection: a party that comes again begins new ones."""

    party: Party
    kind: Kind
    connection: int
    """Counted per room; later ones have higher numbers, those of a later process too."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet, decrypted."""

    track: Track
    arrived_us: int
    """Microseconds since 1970, by this server's clock."""
    sequence: int
    """16 bits."""
    timestamp: int
    """32 bits, at the rate of the track's kind."""
    marker: bool
    """The last packet of a picture."""
    payload: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """What a sender report says: this timestamp belongs to that moment of the sender's clock."""

    track: Track
    arrived_us: int
    timestamp: int
    """32 bits."""
    ntp: int
    """64 bits, seconds since 1900 in the upper half."""


Record: TypeAlias = Packet | Report

_HEAD = struct.Struct(">BBIQ")
_PACKET = struct.Struct(">HIBH")
_REPORT = struct.Struct(">IQ")
_IS_PACKET, _IS_REPORT = 1, 2
_PARTIES = (Party.CUSTOMER, Party.AGENT)
_NUMBERS = {party: number for number, party in enumerate(_PARTIES)}


def encode(record: Record) -> bytes:
    """The bytes of one record."""
    track = record.track
    which = _NUMBERS[track.party] << 1 | track.kind
    if isinstance(record, Packet):
        return (
            _HEAD.pack(_IS_PACKET, which, track.connection, record.arrived_us)
            + _PACKET.pack(record.sequence, record.timestamp, record.marker, len(record.payload))
            + record.payload
        )
    head = _HEAD.pack(_IS_REPORT, which, track.connection, record.arrived_us)
    return head + _REPORT.pack(record.timestamp, record.ntp)


def decode(block: bytes) -> Iterator[Record]:
    """Every record of a block; it is trusted to be whole, for it was authenticated."""
    at = 0
    while at < len(block):
        what, which, connection, arrived = _HEAD.unpack_from(block, at)
        at += _HEAD.size
        track = Track(_PARTIES[which >> 1], Kind(which & 1), connection)
        if what == _IS_PACKET:
            sequence, timestamp, marker, length = _PACKET.unpack_from(block, at)
            at += _PACKET.size
            yield Packet(track, arrived, sequence, timestamp, bool(marker), block[at : at + length])
            at += length
        else:
            timestamp, ntp = _REPORT.unpack_from(block, at)
            at += _REPORT.size
            yield Report(track, arrived, timestamp, ntp)
