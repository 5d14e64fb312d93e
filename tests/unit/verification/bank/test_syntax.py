"""What is, and what is not, an account number or an IFSC."""

import pytest

from dastak.journeys.facts import SyntaxRefused
from dastak.verification.bank.syntax import check_account_number, check_ifsc, mask


@pytest.mark.parametrize("typed", ["0262 9180 0001 191", "026291800001191", "0262-91800001191"])
def test_grouping_does_not_matter(typed: str) -> None:
    assert check_account_number(typed) == "026291800001191"


@pytest.mark.parametrize("typed", ["123456", "a" * 40])
def test_six_to_forty_letters_and_digits_are_an_account_number(typed: str) -> None:
    assert check_account_number(typed) == typed.upper()


@pytest.mark.parametrize(
    "typed", ["", "12345", "1" * 41, "12345_6", "\u0967\u0968\u0969\u096a\u096b\u096c\u096d\u096e\u096f", "---------"]
)
def test_anything_else_is_no_account_number(typed: str) -> None:
    with pytest.raises(SyntaxRefused) as refused:
        check_account_number(typed)
    assert refused.value.field == "account_number"


def test_an_ifsc_is_upper_cased() -> None:
    assert check_ifsc(" yesb 0000262") == "YESB0000262"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Type the 11-character IFSC"),
        ("YESB000026", "has 11 characters"),
        ("YESBO000262", "is the digit 0"),
        ("YES10000262", "4 letters, the digit 0"),
        ("YESB000026-", "4 letters, the digit 0"),
        ("YESB\u0966000262", "English letters"),
    ],
)
def test_what_cannot_be_an_ifsc_is_refused_with_what_to_mend(typed: str, says: str) -> None:
    with pytest.raises(SyntaxRefused, match=says) as refused:
        check_ifsc(typed)
    assert refused.value.field == "ifsc"


def test_a_stored_account_number_shows_its_last_four_characters() -> None:
    assert mask("026291800001191") == "XXXXXXXXXXX1191"
