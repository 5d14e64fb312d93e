"""The laws of the Verhoeff digit, on any number."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dastak.verification.aadhaar.verhoeff import check_digit, ends_right

NUMBERS = st.text("0123456789", min_size=1, max_size=24)


def test_the_textbook_example_has_the_textbook_digit() -> None:
    assert check_digit("236") == "3"


@settings(deadline=None)  # a shared machine may be slow; that is no failure
@given(NUMBERS)
def test_exactly_one_last_digit_is_right(digits: str) -> None:
    assert [last for last in "0123456789" if ends_right(digits + last)] == [check_digit(digits)]


@settings(deadline=None)  # a shared machine may be slow; that is no failure
@given(NUMBERS, st.data())
def test_any_single_wrong_digit_is_caught(digits: str, data: st.DataObject) -> None:
    right = digits + check_digit(digits)
    at = data.draw(st.integers(0, len(right) - 1))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != right[at]]))
    assert not ends_right(right[:at] + wrong + right[at + 1 :])


@settings(deadline=None)  # a shared machine may be slow; that is no failure
@given(NUMBERS, st.data())
def test_any_swap_of_two_neighbours_is_caught(digits: str, data: st.DataObject) -> None:
    right = digits + check_digit(digits)
    at = data.draw(st.integers(0, len(right) - 2))
    assume(right[at] != right[at + 1])
    assert not ends_right(right[:at] + right[at + 1] + right[at] + right[at + 2 :])
