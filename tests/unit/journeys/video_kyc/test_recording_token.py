"""The signed link to a recording: what it opens, how long, and that nobody else can make one."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.video_kyc import signed_text
from dastak.journeys.video_kyc.recording_token import Linked, reading, recording_link
from dastak.journeys.video_kyc.table import Stage
from unit.journeys.video_kyc.cases import IN_CALL, NOW, after, begun, case_at

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
LIFE = timedelta(days=7)
PLACE = "https://kyc.example.com/recordings/"


def token_of(link: str) -> str:
    assert link.startswith(PLACE)
    return link.removeprefix(PLACE)


def test_a_link_opens_the_call_that_was_decided_until_its_last_instant() -> None:
    case = case_at(Stage.DECIDED)
    token = token_of(recording_link("https://kyc.example.com", KEY, case, NOW + LIFE))
    opened = Linked("mer_1", "jrn_1", "call_1", is_over=False)
    assert reading(KEY, token, NOW) == opened
    assert reading(KEY, token, NOW + LIFE - timedelta(seconds=1)) == opened
    assert reading(KEY, token, NOW + LIFE) == Linked("mer_1", "jrn_1", "call_1", is_over=True)


def test_the_link_can_be_made_while_the_call_is_being_decided() -> None:
    case = after(begun(), IN_CALL)
    token = token_of(recording_link("https://kyc.example.com", KEY, case, NOW + LIFE))
    linked = reading(KEY, token, NOW)
    assert linked is not None
    assert linked.call_id == "call_1"


def test_a_link_fits_into_any_address_bar() -> None:
    link = recording_link("https://kyc.example.com", KEY, case_at(Stage.DECIDED), NOW + LIFE)
    assert len(link) < 400
    assert token_of(link).replace("-", "").replace("_", "").isalnum()


@given(st.integers(0, 10_000), st.integers(0, 255), st.integers(-400, 400))
def test_a_link_that_somebody_changed_opens_nothing_else_and_no_longer(at: int, byte: int, days: int) -> None:
    token = token_of(recording_link("https://kyc.example.com", KEY, case_at(Stage.DECIDED), NOW + LIFE))
    place = at % len(token)
    forged = token[:place] + chr(byte) + token[place + 1 :]
    now = NOW + timedelta(days=days)
    assert reading(KEY, forged, now) in (None, reading(KEY, token, now))


@pytest.mark.parametrize("token", ["", "x", "é", "A" * 54, "A" * 200, "../etc", "\x00"])
def test_what_is_no_token_opens_nothing(token: str) -> None:
    assert reading(KEY, token, NOW) is None


def test_neither_another_key_nor_another_purpose_makes_a_link() -> None:
    link = recording_link("https://kyc.example.com", OTHER_KEY, case_at(Stage.DECIDED), NOW + LIFE)
    assert reading(KEY, token_of(link), NOW) is None
    said = "mer_1\njrn_1\ncall_1"
    assert reading(KEY, signed_text.sign(KEY, "vkyc-seat", said, NOW + LIFE), NOW) is None
    assert reading(KEY, signed_text.sign(KEY, "vkyc-recording", "mer_1\njrn_1", NOW + LIFE), NOW) is None
