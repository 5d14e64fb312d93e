"""Spans of time, typed and said."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.web.dashboard.webhooks.spans import UnreadableSpan, read_spans, said, written


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (5, "5 s"),
        (90, "1 min 30 s"),
        (3600, "1 h"),
        (86_400, "1 day"),
        (2 * 86_400 + 3600 + 60, "2 days 1 h"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(seconds: int, words: str) -> None:
    assert said(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", []),
        ("30", [30]),
        ("5 s, 2 min, 1h; 1 day", [5, 120, 3600, 86_400]),
        ("1 h 30 min\n2d", [5400, 172_800]),
        ("10 Minutes", [600]),
        ("30s,,", [30]),
    ],
)
def test_spans_are_read_as_people_write_them(text: str, seconds: list[int]) -> None:
    assert [span.total_seconds() for span in read_spans(text)] == seconds


@pytest.mark.parametrize("text", ["soon", "5 weeks", "-5 s", "1.5 h", "5 s later", "٣ s", "10s!", "9999999999 s"])
def test_what_is_no_span_is_named(text: str) -> None:
    with pytest.raises(UnreadableSpan) as caught:
        read_spans(f"30 s, {text}")
    assert caught.value.text == text


@given(st.lists(st.integers(1, 604_800), max_size=20))
def test_what_is_written_is_read_again_exactly(seconds: list[int]) -> None:
    spans = tuple(timedelta(seconds=one) for one in seconds)
    assert read_spans(written(spans)) == spans
