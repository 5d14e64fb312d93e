"""What is sent to a customer, and how a phone number is shown."""

import asyncio
import string
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.kyc_link.words import link_words
from dastak.journeys.words import MESSAGES, MessageKind, Voice, Words, faults, mask_phone, otp_words, say, voice
from unit.journeys.people import a_link
from unit.journeys.video_kyc.memory import Merchants

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


def spoken_as(kind: MessageKind, own: Mapping[str, tuple[str, str]] | None = None) -> Voice:
    book = Merchants()
    book.own = own or {}
    return asyncio.run(voice(book, "mer_1", kind))


def test_the_invitation_names_the_merchant_and_the_last_day_and_ends_in_the_link() -> None:
    link = a_link()
    words = link_words(link, spoken_as(MessageKind.KYC_LINK))
    assert words.text.endswith(link.form_link)
    assert "Asha Bank" in words.text
    assert "12 Jan 2026" in words.text
    assert len(words.text) < SMS_OF_THREE_PARTS


def test_the_code_comes_first_so_that_a_phone_s_preview_shows_it() -> None:
    words = otp_words("123456", spoken_as(MessageKind.CODE))
    assert words.text.startswith("123456 ")
    assert "Asha Bank" in words.text
    assert "123456" not in words.subject


def test_a_merchant_s_own_words_are_said_with_their_places_filled() -> None:
    own = {"kyc_link": ("{merchant} calls", "Go to {link} before {until}.")}
    words = link_words(a_link(), spoken_as(MessageKind.KYC_LINK, own))
    assert words == Words("Asha Bank calls", f"Go to {a_link().form_link} before 12 Jan 2026.")
    assert otp_words("1", spoken_as(MessageKind.CODE, own)).text.startswith("1 is your code")


@pytest.mark.parametrize("kind", MessageKind)
def test_what_dastak_says_has_no_fault_and_fills_every_place(kind: MessageKind) -> None:
    speech = MESSAGES[kind]
    assert faults(kind, speech.words) == []
    said = say(Voice("Asha Bank", speech.words), **{k: v for k, v in speech.places.items() if k != "merchant"})
    assert "{" not in said.subject + said.text
    assert len(said.text) < SMS_OF_THREE_PARTS


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        (Words("", "{code}"), ["subject"]),
        (Words("Code {code}", "{code}"), ["subject"]),
        (Words("Code", "Hello"), ["text"]),
        (Words("Code", "{code} {link}"), ["text"]),
        (Words("x" * 121, "x" * 401), ["subject", "text"]),
    ],
)
def test_words_that_would_be_of_no_use_are_refused(words: Words, fields: list[str]) -> None:
    assert [field for field, _ in faults(MessageKind.CODE, words)] == fields
