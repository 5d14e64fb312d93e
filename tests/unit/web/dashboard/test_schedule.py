"""The drawn schedule of retries: every attempt a dot, in order, within the drawing, and all of it in the table."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.web.dashboard.webhooks.schedule import drawn, whole
from dastak.webhooks.retry import PRESETS, RetryPolicy

POLICIES = st.lists(st.integers(1, 604_800), max_size=20).map(
    lambda seconds: RetryPolicy.custom(tuple(timedelta(seconds=one) for one in seconds))
)


def share(length: str) -> float:
    assert length.endswith("%")
    return float(length[:-1])


@given(POLICIES)
def test_every_attempt_has_a_dot_in_order_within_the_drawing_and_a_row(policy: RetryPolicy) -> None:
    chart = drawn(policy)
    places = [share(dot.get("cx")) for dot in chart.drawing.find("circle")]
    assert len(places) == len(policy.intervals) + 1 == len(chart.table.rows)
    assert places == sorted(places)
    assert all(0 <= place <= 100 for place in places)


@given(POLICIES)
def test_no_two_numbers_stand_on_each_other(policy: RetryPolicy) -> None:
    numbers = [text for text in drawn(policy).drawing.find("text") if text.get("class") == "value"]
    places = [share(text.get("x")) for text in numbers]
    assert all(later - earlier >= 3.4 for earlier, later in pairwise(places))


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_told_in_words_too(preset: str) -> None:
    policy = RetryPolicy.named(preset)
    (said,) = drawn(policy).drawing.find("desc")
    assert f"Up to {len(policy.intervals) + 1} attempts" in said.text
    assert "2 min" in said.text


def test_the_standard_schedule_ends_after_about_two_days() -> None:
    assert whole(RetryPolicy.named("standard")) == (
        "Up to 10 attempts within about 1 day 20 h; each wait is up to a tenth longer or shorter."
    )
    assert drawn(RetryPolicy.named("standard")).table.rows[1] == ("2", "5 s", "5 s")


def test_without_waits_there_is_one_attempt() -> None:
    assert whole(RetryPolicy.custom(())) == "Once only: what is not taken is given up at once."
    assert drawn(RetryPolicy.custom(())).table.rows == (("1", "at once", ""),)
