"""What counts as a `traceparent`, and that nothing else ever does or hurts."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak_sdk.traceparent import child, is_sampled, read_traceparent, span_id, trace_id, write_traceparent

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"

traces = st.integers(1, 2**128 - 1).map(lambda number: f"{number:032x}")
spans = st.integers(1, 2**64 - 1).map(lambda number: f"{number:016x}")


@given(traces, spans, st.booleans())
def test_what_is_written_is_read_as_it_was(trace: str, span: str, sampled: bool) -> None:
    written = write_traceparent(trace, span, sampled=sampled)
    assert read_traceparent(written) == written
    assert (trace_id(written), span_id(written), is_sampled(written)) == (trace, span, sampled)


@given(traces, spans, st.integers(0, 255))
def test_of_the_flags_only_sampled_is_kept(trace: str, span: str, flags: int) -> None:
    read = read_traceparent(f"00-{trace}-{span}-{flags:02x}")
    assert read == write_traceparent(trace, span, sampled=flags % 2 == 1)


@given(st.integers(1, 254), st.text(string.ascii_lowercase + string.digits + "-", max_size=40))
def test_a_later_version_is_read_as_far_as_we_know_it(version: int, more: str) -> None:
    head = f"{version:02x}-{TRACE}-{SPAN}-01"
    assert read_traceparent(head) == GOOD
    assert read_traceparent(f"{head}-{more}") == GOOD
    assert read_traceparent(f"{head}x{more}") == ""


@pytest.mark.parametrize(
    "value",
    [
        "",
        None,
        GOOD.encode(),
        GOOD.upper(),
        f" {GOOD}",
        f"{GOOD}\n",
        f"{GOOD}-more",
        f"{GOOD}, {GOOD}",
        GOOD[:-1],
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[:-1]}-{SPAN}-01",
        f"00-{TRACE[:-1]}g-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-0٣",
        f"01-{TRACE}-{SPAN}-01-" + "a" * 600,
    ],
)
def test_what_is_malformed_is_as_good_as_absent(value: object) -> None:
    assert read_traceparent(value) == ""


@given(st.text() | st.binary() | st.none() | st.lists(st.text(), max_size=2))
def test_whatever_comes_is_never_an_error(value: object) -> None:
    assert read_traceparent(value) == ""


@given(st.text("0123456789abcdefABCDEFg-", min_size=50, max_size=60), st.integers(0, 54), st.characters())
def test_whatever_resembles_one_is_one_or_nothing(text: str, place: int, changed: str) -> None:
    for value in (text, GOOD[:place] + changed + GOOD[place + 1 :]):
        read = read_traceparent(value)
        assert read in {"", read_traceparent(read)}
        assert not read or (len(read) == len(GOOD) and read.isascii() and read.startswith("00-"))


@given(traces, spans, st.booleans(), st.text("abc_123", min_size=1), st.text("abc_123", min_size=1))
def test_a_child_stays_in_the_trace_and_has_an_id_that_everybody_can_compute(
    trace: str, span: str, sampled: bool, name: str, other: str
) -> None:
    parent = write_traceparent(trace, span, sampled=sampled)
    below = child(parent, name, "1")
    assert read_traceparent(below) == below
    assert (trace_id(below), is_sampled(below)) == (trace, sampled)
    assert span_id(below) == span_id(child(GOOD, name, "1"))
    assert span_id(below) != span_id(child(parent, name, "2"))
    assert (span_id(below) == span_id(child(parent, other, "1"))) == (name == other)
