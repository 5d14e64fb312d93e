"""Pictures come out whole, after a loss only from the next key picture on; nonsense never raises."""

from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.video_kyc.call import Party
from dastak.video.spool.record import Kind, Packet, Track
from dastak.video.vp8 import Encoded, Vp8Pictures, body, is_sound_key

TRACK = Track(Party.CUSTOMER, Kind.VIDEO, 1)
START, MIDDLE = b"\x10", b"\x00"


def key(width: int = 640, height: int = 480, more: bytes = b"k") -> bytes:
    sides = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return b"\x00\x00\x00\x9d\x01\x2a" + sides + more


def packets(first: int, timestamp: int, data: bytes, cuts: int = 2) -> list[Packet]:
    size = -(-len(data) // cuts)
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    return [
        Packet(TRACK, 0, (first + n) % 65536, timestamp, n == len(parts) - 1, (MIDDLE if n else START) + part)
        for n, part in enumerate(parts)
    ]


def shown(given_packets: list[Packet]) -> list[bytes]:
    assembled = Vp8Pictures()
    out: list[Encoded] = []
    for one in given_packets:
        out += assembled.add(one)
    return [picture.data for picture in out + assembled.end()]


def test_pictures_are_put_together_from_the_first_key_picture_on() -> None:
    changed = b"\x01" + b"changed" * 3
    sent = packets(0, 10, changed) + packets(2, 20, key()) + packets(4, 30, changed)
    assert shown(sent) == [key(), changed]


def test_after_a_loss_nothing_is_shown_before_the_next_key_picture() -> None:
    changed = b"\x01" + b"changed" * 3
    sent = packets(0, 10, key()) + packets(2, 20, changed)[:1] + packets(4, 30, changed) + packets(6, 40, key())
    assert shown(sent) == [key(), key()]


def test_a_picture_that_was_lost_whole_is_noticed_by_its_numbers() -> None:
    changed = b"\x01" + b"changed"
    assert shown(packets(0, 10, key()) + packets(4, 30, changed)) == [key()]


def test_packets_without_anything_in_them_are_no_pictures_and_no_loss() -> None:
    changed = b"\x01" + b"changed"
    padding = Packet(TRACK, 0, 2, 10, marker=False, payload=b"")
    assert shown([*packets(0, 10, key()), padding, *packets(3, 20, changed)]) == [key(), changed]


def test_a_picture_too_large_for_a_decoder_is_not_handed_on() -> None:
    assert is_sound_key(key(2560, 1440))
    assert not is_sound_key(key(16383, 16383))
    assert shown(packets(0, 10, key(16383, 16383)) + packets(2, 20, b"\x01changed") + packets(4, 30, key())) == [key()]


def test_descriptors_of_every_length_are_read() -> None:
    for descriptor in (b"\x10", b"\x90\x80\x05", b"\x90\x80\x85\x05", b"\x90\xc0\x05\x06", b"\x90\xf0\x85\x05\x06\x07"):
        assert body(descriptor + b"data") == (True, b"data")
    assert body(b"\x11data") == (False, b"data")


@given(st.lists(st.tuples(st.integers(0, 65535), st.integers(0, 3), st.booleans(), st.binary(max_size=20))))
def test_nonsense_never_raises(sent: list[tuple[int, int, bool, bytes]]) -> None:
    shown([Packet(TRACK, 0, number, timestamp, marker, payload) for number, timestamp, marker, payload in sent])
