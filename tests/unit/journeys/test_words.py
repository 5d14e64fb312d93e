"""What is sent to a customer, and how a phone number is shown."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.kyc_link.words import link_words
from dastak.journeys.words import mask_phone, otp_words
from unit.journeys.people import a_link

SMS_OF_THREE_PARTS = 459


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("9876543210", "•••••••210"),
        ("+919876543210", "••••••••••210"),
        (" 9876543210 ", "•••••••210"),
        ("1234567", "••••567"),
        ("123456", "••••••"),
        ("12", "••"),
        ("", ""),
    ],
)
def test_a_phone_number_shows_its_last_three_digits_and_a_short_one_none(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@given(st.text("+" + string.digits, max_size=20))
def test_a_masked_number_keeps_its_length_and_never_shows_more_than_three_digits(phone: str) -> None:
    shown = mask_phone(phone)
    assert len(shown) == len(phone)
    assert len(shown.replace("•", "")) <= 3


def test_the_invitation_names_the_merchant_and_the_last_day_and_ends_in_the_link() -> None:
    link = a_link()
    words = link_words(link, "Asha Bank")
    assert words.text.endswith(link.form_link)
    assert "Asha Bank" in words.text
    assert "12 Jan 2026" in words.text
    assert len(words.text) < SMS_OF_THREE_PARTS


def test_the_code_comes_first_so_that_a_phone_s_preview_shows_it() -> None:
    words = otp_words("123456", "Asha Bank")
    assert words.text.startswith("123456 ")
    assert "Asha Bank" in words.text
    assert "123456" not in words.subject
