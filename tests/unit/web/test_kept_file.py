"""Which part of a file a `Range` header asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.web.kept_file import Part, part_of

SIZES = st.integers(0, 5000)


@given(SIZES, st.integers(0, 6000), st.none() | st.integers(0, 6000))
def test_a_part_is_what_a_slice_would_be(size: int, first: int, last: int | None) -> None:
    content = bytes(n % 251 for n in range(size))
    part = part_of(f"bytes={first}-{'' if last is None else last}", size)
    if last is not None and last < first:
        assert part is None
        return
    assert part is not None
    wanted = content[first : size if last is None else last + 1]
    assert part.is_empty == (not wanted)
    if wanted:
        assert content[part.start : part.end] == wanted
        assert 0 <= part.start < part.end <= size


@given(SIZES, st.integers(0, 6000))
def test_the_last_bytes_are_what_a_slice_from_the_end_would_be(size: int, tail: int) -> None:
    content = bytes(n % 251 for n in range(size))
    part = part_of(f"bytes=-{tail}", size)
    assert part is not None
    assert content[part.start : part.end] == (content[-tail:] if tail else b"")


@pytest.mark.parametrize(
    "wanted", ["", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=0-1,3-4", "lines=0-1", "bytes=1-0", "bytes=٣-٤"]
)
def test_what_cannot_be_read_or_is_not_supported_is_answered_with_the_whole(wanted: str) -> None:
    assert part_of(wanted, 10) is None


def test_spaces_do_not_matter() -> None:
    assert part_of(" bytes = 2 - 3 ", 10) == Part(2, 4, 10)


@given(st.text(max_size=40), SIZES)
def test_no_header_breaks_it(wanted: str, size: int) -> None:
    part = part_of(wanted, size)
    assert part is None or part.is_empty or 0 <= part.start < part.end <= size
