"""What a browser says of its addresses is left out; what is no call of two ways is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.video_kyc.rooms import BadOffer
from dastak.video.rooms.offer import LONGEST_OFFER, admitted, given_out

OFFER = """v=0
o=- 1 1 IN IP4 127.0.0.1
m=audio 9 UDP/TLS/RTP/SAVPF 96
a=candidate:1 1 udp 1 10.0.0.7 4000 typ host
a=candidate:2 1 udp 1 3c1d.local 4001 typ host
a=end-of-candidates
m=video 9 UDP/TLS/RTP/SAVPF 97
a=sendrecv
""".replace("\n", "\r\n")


def test_no_address_that_a_browser_names_is_let_in() -> None:
    kept = admitted(OFFER)
    assert "candidate" not in kept
    assert kept == "\r\n".join(line for line in OFFER.split("\r\n") if "candidate" not in line)


@pytest.mark.parametrize(
    "offer",
    [
        "",
        "hello",
        OFFER.replace("m=video", "m=audio"),
        OFFER + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n",
        OFFER + "m=video 9 UDP/TLS/RTP/SAVPF 97\r\n",
        OFFER + "a=x\r\n" * LONGEST_OFFER,
    ],
)
def test_what_is_no_call_is_refused(offer: str) -> None:
    with pytest.raises(BadOffer):
        admitted(offer)


@given(st.text())
def test_nonsense_is_refused_and_nothing_else(offer: str) -> None:
    with pytest.raises(BadOffer):
        admitted(offer)


ANSWER = (
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\nc=IN IP4 10.0.0.7\r\n"
    "a=candidate:abc 1 udp 2130706431 10.0.0.7 40000 typ host\r\na=sendrecv\r\n"
)


def test_the_public_address_stands_where_the_host_s_was() -> None:
    assert given_out(ANSWER, "") == ANSWER
    moved = given_out(ANSWER, "203.0.113.9")
    assert "10.0.0.7" not in moved
    assert "a=candidate:abc 1 udp 2130706431 203.0.113.9 40000 typ host\r\n" in moved
    assert "c=IN IP6 2001:db8::1\r\n" in given_out(ANSWER, "2001:db8::1")
