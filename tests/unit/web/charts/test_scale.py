"""Axes: steps are round, even, and reach over the largest value."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.web.design.charts.scale import every, plain, share, short, steps


@pytest.mark.parametrize(
    ("top", "expected"),
    [(0, [0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (10, [0, 5, 10]), (97, [0, 50, 100]), (812, [0, 500, 1000])],
)
def test_counted_things_have_whole_steps(top: float, expected: list[float]) -> None:
    assert steps(top) == expected


@given(st.floats(0.001, 1e12), st.booleans())
def test_steps_are_even_few_and_reach_the_largest_value(top: float, whole: bool) -> None:
    marks = steps(top, whole=whole)
    apart = marks[1] - marks[0]
    assert marks[0] == 0
    assert marks[-1] >= top * (1 - 1e-6)
    assert marks[-1] - apart < top
    assert 2 <= len(marks) <= 6
    assert all(abs(b - a - apart) <= apart * 1e-9 for a, b in pairwise(marks))


def test_numbers_are_said_shortly_on_axes_and_in_full_in_tables() -> None:
    assert [short(value) for value in (0, 0.25, 950, 1200, 3_000_000, 2e9)] == ["0", "0.25", "950", "1.2k", "3M", "2G"]
    assert [plain(value) for value in (0, 12345, 0.5, 1234.567)] == ["0", "12,345", "0.5", "1,234.57"]


@given(st.floats(-10, 10), st.floats(-10, 10))
def test_a_share_is_between_nothing_and_all(value: float, whole: float) -> None:
    assert 0 <= share(value, whole) <= 1


@given(st.integers(1, 200), st.integers(1, 10))
def test_no_more_names_are_written_than_have_room(count: int, most: int) -> None:
    written = every([str(at) for at in range(count)], most)
    assert 0 in written
    assert len(written) <= most
