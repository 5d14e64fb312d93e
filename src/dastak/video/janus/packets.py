"""RTP and RTCP as bytes (RFC 3550), as far as rooms need them. Pure.

In: datagrams, decrypted. Out: packets of media, sender reports, wishes for a whole picture; and the way back.
"""

import struct
from collections.abc import Iterator

from dastak.video.rooms.connection import Media, SenderReport

_RTP = struct.Struct(">BBHII")
_SENDER = struct.Struct(">IQI")
_VERSION, _PADDING, _EXTENSION, _SOURCES = 0x80, 0x20, 0x10, 0x0F
_MARKER = 0x80
_SENDER_REPORT, _FEEDBACK = 200, 206
_PICTURE_LOSS, _FULL_PICTURE = 1, 4


def media(datagram: bytes) -> Media | None:
    """None: this is no RTP packet."""
    if len(datagram) < _RTP.size or datagram[0] & 0xC0 != _VERSION:
        return None
    first, second, sequence, timestamp, _ = _RTP.unpack_from(datagram)
    start, end = _RTP.size + 4 * (first & _SOURCES), len(datagram)
    if first & _EXTENSION:
        if end < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(datagram[start + 2 : start + 4], "big")
    if first & _PADDING:
        end -= datagram[-1]
    if start > end:
        return None
    return Media(sequence, timestamp, bool(second & _MARKER), datagram[start:end])


def rtp(packet: Media, payload_type: int, source: int) -> bytes:
    """The datagram of this packet."""
    second = (_MARKER if packet.marker else 0) | payload_type
    return _RTP.pack(_VERSION, second, packet.sequence, packet.timestamp, source) + packet.payload


def sender_reports(datagram: bytes) -> Iterator[SenderReport]:
    """Those in a compound packet."""
    for _, kind, body in _parts(datagram):
        if kind == _SENDER_REPORT and len(body) >= _SENDER.size:
            _, ntp, timestamp = _SENDER.unpack_from(body)
            yield SenderReport(timestamp, ntp)


def wants_key_picture(datagram: bytes) -> bool:
    """Whether the browser says that it lost a picture (RFC 4585 §6.3.1), or wants a whole one (RFC 5104 §4.3.1)."""
    return any(kind == _FEEDBACK and count in {_PICTURE_LOSS, _FULL_PICTURE} for count, kind, _ in _parts(datagram))


def picture_loss(source: int) -> bytes:
    """Says to a browser that a picture was lost, after an empty report, without which it would be no compound one."""
    return struct.pack(">BBHI", _VERSION, 201, 1, source) + struct.pack(
        ">BBHII", _VERSION | _PICTURE_LOSS, _FEEDBACK, 2, source, 0
    )


def _parts(datagram: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The lower bits of the first byte, the type, and what comes after the head; up to the first that is torn."""
    at = 0
    while at + 4 <= len(datagram) and datagram[at] & 0xC0 == _VERSION:
        end = at + 4 * (1 + int.from_bytes(datagram[at + 2 : at + 4], "big"))
        if end > len(datagram):
            return
        yield datagram[at] & 0x1F, datagram[at + 1], datagram[at + 4 : end]
        at = end
