"""What is, and what is not, a PAN."""

import pytest

from dastak.journeys.facts import SyntaxRefused
from dastak.verification.pan.syntax import check_pan, mask


@pytest.mark.parametrize("typed", ["ABCPV1234D", "abcpv1234d", " ABCPV 1234 D "])
def test_case_and_spaces_do_not_matter(typed: str) -> None:
    assert check_pan(typed) == "ABCPV1234D"


@pytest.mark.parametrize("holder", "ABCFGHJLPT")
def test_every_kind_of_holder_is_known(holder: str) -> None:
    assert check_pan(f"ABC{holder}V1234D")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Type your 10-character PAN"),
        ("ABCPV1234", "has 10 characters"),
        ("ABCPV12345", "5 letters, then 4 digits"),
        ("ABCPV-1234", "5 letters, then 4 digits"),
        ("ABCDV1234D", "fourth letter"),
        ("ABCPV0000D", "never all 0"),
        ("ABCPV\u0967\u0968\u0969\u096aD", "English letters"),
        ("\u0410BCPV1234D", "English letters"),
        ("ABCP\u017f1234D", "English letters"),
    ],
)
def test_what_cannot_be_a_pan_is_refused_with_what_to_mend(typed: str, says: str) -> None:
    with pytest.raises(SyntaxRefused, match=says) as refused:
        check_pan(typed)
    assert refused.value.field == "pan"


def test_a_stored_pan_shows_its_last_four_characters() -> None:
    assert mask("ABCPV1234D") == "XXXXXX234D"
