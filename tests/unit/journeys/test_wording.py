"""Texts with named places: what is wrong with them, and how they are filled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.wording import fault, filled


@pytest.mark.parametrize("text", ["", "Plain.", "{merchant} asks: {link}", "आशा {merchant}", "{link}{link}"])
def test_a_text_with_known_places_is_fine(text: str) -> None:
    assert fault(text, limit=100, known=("merchant", "link")) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x" * 11, "It has 11 characters"),
        ("a\nb", "on one line"),
        ("a\u202eb", "on one line"),
        ("{name}", "known here: {merchant}, {link}"),
        ("{}", "known here"),
        ("{merchant", "known here"),
        ("a } b", "known here"),
        ("{{link}}", "known here"),
        ("{merchant}", "{link} must be in it"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    assert said in fault(text, limit=10, known=("merchant", "link"), needed=("link",))


def test_places_are_filled_once() -> None:
    assert filled("{a} {b} {c}", {"a": "{b}", "b": "B"}) == "{b} B {c}"


@given(st.text(), st.text())
def test_what_has_no_fault_has_no_brace_left_when_it_is_filled(text: str, value: str) -> None:
    if not fault(text, limit=10**6, known=("link",)):
        assert "{" not in filled(text, {"link": value.replace("{", "")})
