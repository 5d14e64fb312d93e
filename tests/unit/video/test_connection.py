"""Wishes for whole pictures are bundled; a browser's clock is moved onto ours once."""

from hypothesis import given
from hypothesis import strategies as st

from dastak.video.compose.clocks import microseconds
from dastak.video.rooms.connection import KEY_PICTURES_APART, KeyPictureWish, SenderReport
from dastak.video.rooms.sender_clock import SenderClock, ntp


def test_no_wish_is_lost_and_none_is_granted_too_soon() -> None:
    wish = KeyPictureWish()
    assert not wish.is_due(0)
    wish.wish()
    assert wish.is_due(0)
    wish.wish()
    wish.wish()
    assert not wish.is_due(KEY_PICTURES_APART / 2)
    assert wish.is_due(KEY_PICTURES_APART)
    assert not wish.is_due(10)


@given(st.integers(0, 2**64 - 1), st.integers(0, 10**9), st.floats(1e9, 2e9))
def test_what_lies_between_two_reports_is_kept(first: int, apart: int, now: float) -> None:
    clock = SenderClock()
    assert clock.ours(SenderReport(1, first), now) == SenderReport(1, ntp(now))
    later = clock.ours(SenderReport(2, (first + apart) % 2**64), now + 3)
    assert later == SenderReport(2, (ntp(now) + apart) % 2**64)
    assert abs(microseconds(ntp(now)) - now * 1e6) <= 2
