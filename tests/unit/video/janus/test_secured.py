"""What gateway and rooms send each other opens with the right key, once, and is dropped otherwise."""

from dastak.video.janus import packets
from dastak.video.janus.secured import Incoming, Outgoing, new_key
from dastak.video.rooms.connection import Media


def packet(sequence: int, size: int = 100) -> bytes:
    return packets.rtp(Media(sequence, 1000, marker=True, payload=bytes(size)), 96, 7)


def test_media_opens_once_with_its_key_and_with_no_other() -> None:
    key = new_key()
    sent = Outgoing(key).media(packet(1))
    assert sent is not None
    assert bytes(100) not in sent
    theirs = Incoming(key)
    assert theirs.media(sent) == packet(1)
    assert theirs.media(sent) is None
    assert Incoming(new_key()).media(sent) is None


def test_late_packets_go_out_and_repeated_or_endless_ones_do_not() -> None:
    ours = Outgoing(new_key())
    assert all(ours.media(packet(number)) for number in (900, 500, 901))
    assert ours.media(packet(500)) is None
    assert ours.media(packet(902, 1400)) is None


def test_reports_are_secured_too() -> None:
    key = new_key()
    sent = Outgoing(key).control(packets.picture_loss(7))
    assert sent is not None
    assert Incoming(key).control(sent) == packets.picture_loss(7)
    assert Incoming(key).control(b"nonsense") is None
    assert Incoming(key).media(b"nonsense") is None
