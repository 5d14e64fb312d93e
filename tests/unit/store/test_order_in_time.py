"""A time is found in a log by its positions."""

from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from dastak.store.order_in_time import boundary

logs = st.lists(
    st.tuples(st.integers(1, 2**50), st.integers(0, 100)), min_size=1, max_size=40, unique_by=lambda row: row[0]
)


@given(logs, st.integers(-1, 101))
def test_everything_from_the_boundary_on_is_as_late_and_nothing_before_it(
    rows: list[tuple[int, int]], moment: int
) -> None:
    positions = sorted(position for position, _ in rows)
    times = sorted(time for _, time in rows)
    asked: list[int] = []

    def found(position: int) -> tuple[int, int]:
        asked.append(position)
        at = bisect_left(positions, position)
        return positions[at], times[at]

    start = boundary(positions[0], positions[-1], moment, found)
    assert [time for at, time in zip(positions, times, strict=True) if at >= start] == [
        time for time in times if time >= moment
    ]
    assert len(asked) <= 51
