"""Whatever colour a merchant chooses, everything on the page can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.web.design.theme import DEFAULT, ENOUGH, contrast, contrasts, is_colour, palettes, stylesheet

COLOURS = st.tuples(*[st.integers(0, 255)] * 3).map(lambda rgb: "#{:02x}{:02x}{:02x}".format(*rgb))


@given(COLOURS)
def test_every_pair_that_is_read_has_the_contrast_of_small_text_in_both_schemes(colour: str) -> None:
    assert [one for one in contrasts(colour) if one.ratio < ENOUGH] == []


@given(COLOURS)
def test_the_door_keeps_the_colour_as_it_is(colour: str) -> None:
    assert [palette.door for palette in palettes(colour)] == [colour, colour]
    assert f"--door:{colour};" in stylesheet(colour)


def test_a_colour_that_is_dark_enough_is_that_of_buttons_too() -> None:
    light, _ = palettes(DEFAULT)
    assert (light.act, light.on_door) == (DEFAULT, "#f4efe2")


def test_a_yellow_header_gets_dark_words_and_darker_buttons() -> None:
    light, _ = palettes("#ffe135")
    assert light.on_door == "#1b2524"
    assert contrast(light.act, "#fffdf9") >= ENOUGH > contrast("#ffe135", "#fffdf9")


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("#0f4c48", True), ("#0F4C48", False), ("0f4c48", False), ("#fff", False), ("#0f4c48;}", False), ("", False)],
)
def test_a_colour_is_six_hexadecimal_digits(text: str, is_one: bool) -> None:
    assert is_colour(text) is is_one
