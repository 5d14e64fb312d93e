"""Of an offer the gateway's answer takes VP8 and Opus, both ways, and nothing that is not secured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.video_kyc.rooms import BadOffer
from dastak.video.janus.description import Line, answer, ends, lines
from dastak.video.spool.record import Kind

WIDE = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
OFFER = f"""v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
a=ice-ufrag:abcd
a=ice-pwd:0123456789012345678901
a=fingerprint:sha-256 00:11
m=video 9 UDP/TLS/RTP/SAVPF 102 96 97
a=sendrecv
a=rtpmap:102 H264/90000
a=rtpmap:96 VP8/90000
a=rtpmap:97 rtx/90000
a=rtcp-fb:102 nack
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtcp-fb:96 transport-cc
a=rtcp-fb:96 something-new
a=extmap:3 {WIDE}
a=extmap:4 urn:3gpp:video-orientation
m=audio 9 UDP/TLS/RTP/SAVPF 111
a=sendrecv
a=rtpmap:111 opus/48000/2
""".replace("\n", "\r\n")
KEYS = {kind: kind.name[0] * 40 for kind in Kind}


def test_vp8_and_opus_are_taken_with_what_the_gateway_can_do_for_them() -> None:
    assert lines(OFFER) == (
        Line(Kind.VIDEO, 96, ("nack", "nack pli", "transport-cc"), (f"3 {WIDE}",)),
        Line(Kind.AUDIO, 111, (), ()),
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("VP8", "VP7"),
        ("opus", "sirius"),
        ("a=sendrecv", "a=sendonly"),
        ("a=ice-ufrag", "a=ice-nothing"),
        ("a=ice-pwd", "a=ice-nothing"),
        ("a=fingerprint", "a=finger"),
    ],
)
def test_what_is_no_secured_call_of_two_ways_is_refused(old: str, new: str) -> None:
    with pytest.raises(BadOffer):
        lines(OFFER.replace(old, new))


def test_what_stands_in_each_section_may_stand_there_instead_of_above() -> None:
    head, video, audio = OFFER.partition("m=video")[0], OFFER[OFFER.index("m=video") :], ""
    video, _, audio = video.partition("m=audio")
    secured = head[head.index("a=ice-ufrag") :]
    plain = head.replace(secured, "")
    assert lines(f"{plain}{video}{secured}m=audio{audio}{secured}") == lines(OFFER)
    with pytest.raises(BadOffer):
        lines(f"{plain}{video}{secured}m=audio{audio}")


def test_the_answer_follows_the_offer_s_order_and_can_be_read_again() -> None:
    ours = answer(lines(OFFER), "10.0.0.5", 5004, KEYS)
    assert [line.split(" ")[0] for line in ours.split("\r\n") if line.startswith("m=")] == ["m=video", "m=audio"]
    assert "a=rtpmap:96 VP8/90000\r\n" in ours
    assert f"a=extmap:3 {WIDE}\r\n" in ours
    found = ends(ours)
    assert {kind: (end.host, end.port, end.key) for kind, end in found.items()} == {
        kind: ("10.0.0.5", 5004, KEYS[kind]) for kind in Kind
    }
    assert "IN IP6 ::1\r\n" in answer(lines(OFFER), "::1", 5004, KEYS)


@pytest.mark.parametrize("part", ["a=crypto", "c=IN", "m=audio"])
def test_a_gateway_that_does_not_say_all_is_not_believed(part: str) -> None:
    ours = answer(lines(OFFER), "10.0.0.5", 5004, KEYS)
    with pytest.raises(ValueError, match="gateway"):
        ends(ours.replace(part, "x=nothing"))


@given(st.text())
def test_nonsense_is_refused_and_nothing_else(text: str) -> None:
    with pytest.raises(BadOffer):
        lines(text)
    with pytest.raises(ValueError, match="gateway"):
        ends(text)
