"""What is, and what is not, an Aadhaar number or an OTP."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dastak.journeys.facts import SyntaxRefused
from dastak.verification.aadhaar.syntax import check_number, check_otp, last4, mask
from dastak.verification.aadhaar.verhoeff import check_digit

REAL_LOOKING = st.from_regex(r"[2-9][0-9]{10}", fullmatch=True).map(lambda d: d + check_digit(d))


@settings(deadline=None)  # a shared machine may be slow; that is no failure
@given(REAL_LOOKING.filter(lambda number: number != number[::-1]))
def test_twelve_digits_with_a_check_digit_pass_however_they_are_grouped(number: str) -> None:
    grouped = f" {number[:4]} {number[4:8]}-{number[8:]}\t"
    assert check_number(grouped) == number


def test_the_number_may_be_pasted_with_non_breaking_spaces() -> None:
    assert check_number("2000\u00a00000\u00a00107") == "200000000107"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Type your 12-digit"),
        (" \t ", "Type your 12-digit"),
        ("-", "digits 0 to 9 only"),
        ("20000000010O", "digits 0 to 9 only"),
        ("\u0968\u0966\u0966\u0966\u0966\u0966\u0966\u09660107", "digits 0 to 9 only"),
        ("\uff12\uff10\uff10\uff10\uff10\uff10\uff10\uff100107", "digits 0 to 9 only"),
        ("2000\u200b0000 0107", "digits 0 to 9 only"),
        ("20000000010", "has 12 digits"),
        ("2000000001077", "has 12 digits"),
        ("2000 0000 0000 0107", "Virtual ID"),
        ("100000000107", "never begins with 0 or 1"),
        ("200000000108", "digit by digit"),
        ("2" * 600, "too long"),
    ],
)
def test_what_cannot_be_a_number_is_refused_with_what_to_mend(typed: str, says: str) -> None:
    with pytest.raises(SyntaxRefused, match=says) as refused:
        check_number(typed)
    assert refused.value.field == "aadhaar_number"


def test_a_palindrome_is_refused_even_with_a_right_check_digit() -> None:
    halves = (f"{n:06d}" for n in range(200000, 999999))
    palindrome = next(h + h[::-1] for h in halves if check_digit((h + h[::-1])[:-1]) == h[0])
    with pytest.raises(SyntaxRefused, match="digit by digit"):
        check_number(palindrome)


def test_a_number_on_the_accept_list_needs_no_check_digit_and_only_there() -> None:
    public = "655675523712"
    assert check_number("6556 7552 3712", accept_anyway=(public,)) == public
    with pytest.raises(SyntaxRefused):
        check_number(public)


@pytest.mark.parametrize("typed", ["111000", " 111 000 "])
def test_an_otp_is_six_digits(typed: str) -> None:
    assert check_otp(typed) == "111000"


@pytest.mark.parametrize("typed", ["", "11100", "1110000", "11100a", "\u0967\u0967\u0967\u0966\u0966\u0966", "-11100"])
def test_anything_else_is_no_otp(typed: str) -> None:
    with pytest.raises(SyntaxRefused) as refused:
        check_otp(typed)
    assert refused.value.field == "otp"


def test_only_the_last_four_digits_are_ever_shown() -> None:
    assert last4("200000000107") == "0107"
    assert mask("200000000107") == mask("0107") == "XXXX XXXX 0107"
