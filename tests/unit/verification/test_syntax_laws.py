"""Laws that every syntax function keeps: it refuses or returns a fixed point, and never repeats what was typed."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dastak.journeys.facts import SyntaxRefused
from dastak.verification.aadhaar.syntax import check_number, check_otp
from dastak.verification.bank.syntax import check_account_number, check_ifsc
from dastak.verification.pan.syntax import check_pan
from dastak.verification.upi.syntax import check_upi_id

Check = Callable[[str], str]
EVERY_CHECK = pytest.mark.parametrize(
    "check", [check_number, check_otp, check_pan, check_account_number, check_ifsc, check_upi_id]
)
NEARLY_RIGHT = st.one_of(
    st.text(),
    st.text("0123456789 -", min_size=4, max_size=16),
    st.from_regex("[A-Za-z\u0131\u017f\u212a]{5}[0-9]{4}[A-Za-z]", fullmatch=True),
    st.from_regex(r"[A-Z]{4}[0O][A-Z0-9]{6}", fullmatch=True),
    st.from_regex("[a-z.@_-]{1,12}@[a-z\u212a]{1,8}", fullmatch=True),
)


@EVERY_CHECK
@settings(deadline=None)  # a shared machine may be slow; that is no failure
@given(typed=NEARLY_RIGHT)
def test_arbitrary_text_passes_or_is_refused_and_nothing_else(check: Check, typed: str) -> None:
    with contextlib.suppress(SyntaxRefused):
        checked = check(typed)
        assert checked.isascii()
        assert check(checked) == checked


@EVERY_CHECK
@settings(deadline=None)  # a shared machine may be slow; that is no failure
@given(secret=st.text("QXZqxz789", min_size=5, max_size=40))
def test_a_refusal_never_repeats_what_was_typed(check: Check, secret: str) -> None:
    with pytest.raises(SyntaxRefused) as refused:
        check(f"{secret}!")
    assert secret.lower() not in str(refused.value).lower()
    assert str(refused.value) == refused.value.message
