"""RTP and RTCP are read as RFC 3550 has them; what is torn is nothing, whatever a gateway sends."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from dastak.video.janus import packets
from dastak.video.rooms.connection import Media, SenderReport

MEDIA = st.builds(
    Media, st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF), st.booleans(), st.binary(max_size=1200), st.none()
)
SOURCE = 0x01020304


def sender_report(ntp: int, timestamp: int) -> bytes:
    return struct.pack(">BBHIQIII", 0x80, 200, 6, SOURCE, ntp, timestamp, 1, 1)


@given(MEDIA, st.integers(0, 127), st.integers(0, 0xFFFFFFFF))
def test_a_packet_comes_out_as_it_went_in(packet: Media, payload_type: int, source: int) -> None:
    datagram = packets.rtp(packet, payload_type, source)
    assert packets.media(datagram) == packet
    assert datagram[1] & 0x7F == payload_type


@given(MEDIA, st.integers(0, 15), st.integers(0, 4), st.integers(0, 8))
def test_sources_extensions_and_padding_are_left_out(packet: Media, sources: int, words: int, padding: int) -> None:
    plain = packets.rtp(packet, 96, SOURCE)
    first = 0x80 | sources | 0x10 | (0x20 if padding else 0)
    extension = struct.pack(">HH", 0xBEDE, words) + bytes(4 * words)
    tail = bytes(padding - 1) + bytes((padding,)) if padding else b""
    datagram = bytes((first,)) + plain[1:12] + bytes(4 * sources) + extension + packet.payload + tail
    assert packets.media(datagram) == packet


@given(st.binary(max_size=64))
def test_whatever_comes_nothing_breaks(datagram: bytes) -> None:
    packets.media(datagram)
    list(packets.sender_reports(datagram))
    packets.wants_key_picture(datagram)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1))
def test_reports_and_wishes_are_found_in_a_compound_packet(ntp: int, timestamp: int) -> None:
    compound = sender_report(ntp, timestamp) + packets.picture_loss(SOURCE)
    assert list(packets.sender_reports(compound)) == [SenderReport(timestamp, ntp)]
    assert packets.wants_key_picture(compound)
    assert not packets.wants_key_picture(sender_report(ntp, timestamp))
    assert list(packets.sender_reports(compound[:20])) == []


def test_a_full_picture_is_wanted_too_and_bandwidth_is_not_one() -> None:
    assert packets.wants_key_picture(struct.pack(">BBHII", 0x84, 206, 2, SOURCE, 0))
    assert not packets.wants_key_picture(struct.pack(">BBHII", 0x8F, 206, 2, SOURCE, 0))
    assert not packets.wants_key_picture(struct.pack(">BBHII", 0x81, 205, 2, SOURCE, 0))
