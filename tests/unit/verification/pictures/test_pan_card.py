"""What stands on a PAN card, from lines as a machine reads them."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.verification.pictures.pan_card import TextLine, pan_card

HEAD = ("INCOME TAX DEPARTMENT", "GOVT. OF INDIA")
NEW = (
    *HEAD,
    "Permanent Account Number Card",
    "ABCPG1234D",
    "Name",
    "ASHA GUPTA",
    "Father's Name",
    "RAVI KUMAR GUPTA",
    "Date of Birth",
    "11/02/1994",
    "Signature",
)
OLD = (*HEAD, "ASHA GUPTA", "RAVI KUMAR GUPTA", "11/02/1994", "Permanent Account Number", "ABCPG1234D", "Signature")
WHOLE = {
    "pan": "XXXXXX234D",
    "name": "ASHA GUPTA",
    "father_name": "RAVI KUMAR GUPTA",
    "date_of_birth": "1994-02-11",
}
ALIKE = {"O": "0", "I": "1", "Z": "2", "S": "5", "B": "8", "0": "O", "1": "I", "2": "Z", "5": "S", "8": "B"}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def lines(texts: Sequence[str], sure: float = 0.9) -> list[TextLine]:
    return [TextLine(text, 40.0, 50.0 * place, 30.0, sure) for place, text in enumerate(texts)]


@pytest.mark.parametrize("texts", [NEW, OLD], ids=["with labels", "without labels"])
def test_both_kinds_of_card_are_read(texts: Sequence[str]) -> None:
    assert pan_card(lines(texts)) == WHOLE


@given(st.permutations(lines(NEW)))
def test_the_order_in_which_lines_come_does_not_matter(shuffled: list[TextLine]) -> None:
    assert pan_card(shuffled) == WHOLE


def test_what_was_read_of_hindi_labels_does_no_harm() -> None:
    texts = [
        "Permanent Account Number Card",
        "ABCPG1234D",
        "TTH /Name",
        "ASHA GUPTA",
        "fra a 7T/ Father's Name",
        "RAVI",
    ]
    assert pan_card(lines(texts)) == {"pan": "XXXXXX234D", "name": "ASHA GUPTA", "father_name": "RAVI"}


def test_what_the_machine_is_not_sure_of_is_left_out() -> None:
    assert pan_card(lines(NEW, sure=0.4)) == {}


@given(
    st.text(LETTERS, min_size=3, max_size=3),
    st.sampled_from("ABCFGHJLPT"),
    st.sampled_from(LETTERS),
    st.integers(1, 9999),
    st.sampled_from(LETTERS),
    st.sets(st.integers(0, 9), max_size=2),
)
def test_up_to_two_characters_may_be_read_as_ones_that_look_alike(
    first: str, holder: str, fifth: str, number: int, last: str, at: set[int]
) -> None:
    pan = f"{first}{holder}{fifth}{number:04d}{last}"
    read = "".join(ALIKE.get(char, char) if place in at else char for place, char in enumerate(pan))
    assert pan_card(lines([read]))["pan"] == "XXXXXX" + pan[-4:]


@given(st.integers(1, 9999), st.sampled_from(["", "No. ", "PAN: ", "NO "]))
def test_words_and_spaces_around_it_do_not_matter(number: int, before: str) -> None:
    assert pan_card(lines([f"{before}ABCPB {number:04d} A"]))["pan"] == "XXXXXX" + f"{number:04d}A"[-4:]


@pytest.mark.parametrize(
    "text", ["9876543210", "1234 5678 9012", "11/02/1994", "INCOME TAX DEPARTMENT", "GOVT OF INDIA"]
)
def test_other_numbers_and_words_are_no_pan(text: str) -> None:
    assert "pan" not in pan_card(lines([text]))


@given(st.lists(st.text(max_size=40), max_size=12))
def test_nothing_that_is_read_breaks_it_or_gives_a_whole_number_away(texts: list[str]) -> None:
    found = pan_card(lines(texts))
    assert set(found) <= set(WHOLE)
    assert found.get("pan", "XXXXXX").startswith("XXXXXX")
