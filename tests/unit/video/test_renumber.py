"""A viewer's stream goes on without a gap however often the other party's connection is replaced."""

from hypothesis import given
from hypothesis import strategies as st

from dastak.video.rooms.renumber import Renumber


@given(
    st.integers(0, 65535),
    st.integers(0, 2**32 - 1),
    st.lists(st.tuples(st.integers(0, 65535), st.integers(0, 2**32 - 1), st.integers(1, 400)), min_size=1, max_size=6),
)
def test_sequence_numbers_follow_each_other_over_all_sources(
    first: int, first_timestamp: int, sources: list[tuple[int, int, int]]
) -> None:
    renumber = Renumber(first, first_timestamp, 90_000)
    expected, now, last = first, 100.0, None
    for source, (sequence, timestamp, count) in enumerate(sources, start=1):
        for n in range(count):
            taken = renumber.take(source, (sequence + n) % 65536, (timestamp + 3000 * n) % 2**32, now)
            assert taken is not None
            assert taken[0] == expected % 65536
            if last is not None:
                assert 0 < (taken[1] - last) % 2**32 <= 3001
            last, expected, now = taken[1], expected + 1, now + 1 / 30


def test_a_late_packet_keeps_its_place() -> None:
    renumber = Renumber(1000, 0, 48_000)
    renumber.take(1, 7, 0, 0.0)
    assert renumber.take(1, 10, 2880, 0.1) == (1003, 2880)
    assert renumber.take(1, 8, 960, 0.2) == (1001, 960)


def test_packets_of_a_connection_that_was_replaced_are_dropped() -> None:
    renumber = Renumber(0, 0, 48_000)
    renumber.take(2, 500, 0, 0.0)
    assert renumber.take(1, 8, 960, 0.1) is None
    assert renumber.take(2, 499, 0, 0.1) is None


def test_as_much_time_passes_between_two_sources_as_has_passed() -> None:
    renumber = Renumber(0, 0, 90_000)
    renumber.take(1, 5, 777, 10.0)
    assert renumber.take(2, 900, 123_456, 12.0) == (1, 180_000)
    assert renumber.shifted(2, 123_456 + 90) == 180_090
    assert renumber.shifted(1, 777) is None
