"""How far apart calls to the store begin."""

import pytest

from dastak.webhooks.batching import ALONE, BUSY, CROWDED, FLOOD, FLOODED, spacing


@pytest.mark.parametrize(
    ("size", "seconds"),
    [(0, ALONE), (BUSY - 1, ALONE), (BUSY, CROWDED), (FLOOD - 1, CROWDED), (FLOOD, FLOODED), (5000, FLOODED)],
)
def test_after_a_large_call_a_crowd_is_let_gather(size: int, seconds: float) -> None:
    assert spacing(size) == seconds


def test_a_lone_event_may_wait_two_milliseconds_at_most() -> None:
    assert ALONE <= 0.002
