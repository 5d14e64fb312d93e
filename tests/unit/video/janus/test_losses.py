"""Packets that never came are counted, however they were mixed up on the way and wherever numbers begin anew."""

from hypothesis import given
from hypothesis import strategies as st

from dastak.video.janus.losses import Losses


@given(st.integers(0, 65535), st.lists(st.booleans(), min_size=1, max_size=300), st.integers(1, 20))
def test_what_is_missing_between_first_and_last_is_lost(first: int, came: list[bool], mixed_up: int) -> None:
    arrived = [n for n, has_come in enumerate(came) if has_come]
    shuffled = [n for at in range(0, len(arrived), mixed_up) for n in reversed(arrived[at : at + mixed_up])]
    losses = Losses()
    for n in shuffled:
        losses.came((first + n) % 65536)
    assert losses.lost == (arrived[-1] - arrived[0] + 1 - len(arrived) if arrived else 0)
