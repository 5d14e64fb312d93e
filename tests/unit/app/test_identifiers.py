"""Ids sort by time, codes cannot be guessed, and nothing repeats."""

import base64
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.app import identifiers

LAST_MOMENT = 2**48 - 1
"""Milliseconds that an id has room for: until the year 10889."""


@given(st.lists(st.integers(0, LAST_MOMENT), min_size=2, max_size=2, unique=True))
def test_an_id_made_later_sorts_after_an_earlier_one(moments: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        ids = []
        for moment in sorted(moments):
            patch.setattr(time, "time_ns", lambda moment=moment: moment * 1_000_000)
            ids.append(identifiers.new_id("evt"))
    assert ids == sorted(ids)
    assert {len(one) for one in ids} == {30}


def test_an_id_has_its_prefix_and_26_letters_that_no_one_confuses() -> None:
    assert re.fullmatch(r"dlv_[0-9a-hjkmnp-tv-z]{26}", identifiers.new_id("dlv"))


def test_ids_of_one_moment_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_700_000_000_000_000_000)
    assert len({identifiers.new_id("evt") for _ in range(5000)}) == 5000


def test_a_code_is_16_letters_none_of_which_looks_like_another() -> None:
    codes = {identifiers.new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert all(re.fullmatch(r"[2-9a-zA-Z]{16}", code) for code in codes)
    assert not set("".join(codes)) & set("01ilIoO")


def test_an_otp_is_always_six_digits_zeros_in_front_included() -> None:
    otps = {identifiers.new_otp() for _ in range(3000)}
    assert all(re.fullmatch(r"[0-9]{6}", otp) for otp in otps)
    assert any(otp.startswith("0") for otp in otps)


def test_client_ids_and_secrets_say_what_they_are_and_never_repeat() -> None:
    pairs = {(identifiers.new_client_id(), identifiers.new_client_secret()) for _ in range(500)}
    assert len({client_id for client_id, _ in pairs}) == len({secret for _, secret in pairs}) == 500
    assert all(re.fullmatch(r"dk_[0-9a-f]{20}", client_id) for client_id, _ in pairs)
    assert all(re.fullmatch(r"dks_[\w-]{43}", secret) for _, secret in pairs)


def test_an_endpoint_secret_is_what_standard_webhooks_expects() -> None:
    secret = identifiers.new_endpoint_secret()
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
