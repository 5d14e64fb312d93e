"""Codes of an authenticator app: what is right, once, and how often one may be wrong."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dastak.accounts.authenticator import (
    DAY,
    WINDOW,
    WRONG_PER_DAY,
    WRONG_PER_WINDOW,
    Authenticator,
    TooManyGuesses,
    confirmed,
    judged,
    uri,
)

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""RFC 6238, appendix B: the ASCII of 12345678901234567890."""
NOW = datetime(2026, 1, 26, 8, 35, 10, tzinfo=UTC)
KEPT = Authenticator("mer_1", "mem_1", RFC_SECRET, NOW, confirmed=True)
RECOVERY = ["abcd2345efgh6789", "zyxw9876vuts5432"]


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_of_the_standard_are_right_at_their_times(seconds: int, code: str) -> None:
    """RFC 6238, appendix B, SHA-1; the last six digits of its eight."""
    assert judged(KEPT, code, at(seconds))[1]
    assert not judged(KEPT, code, at(seconds + 90))[1]


@pytest.mark.parametrize("shift", [-30, 0, 30])
def test_a_clock_may_be_one_step_off(shift: int) -> None:
    assert judged(KEPT, " 050-471 ", at(1111111111 + shift))[1]


@pytest.mark.parametrize("shift", [-60, 60])
def test_and_no_more(shift: int) -> None:
    assert not judged(KEPT, "050471", at(1111111111 + shift))[1]


def test_a_code_is_right_once_and_so_is_every_earlier_one() -> None:
    after, right = judged(KEPT, "050471", at(1111111111))
    assert right
    assert not judged(after, "050471", at(1111111112))[1], "the same code, within its step"
    assert not judged(after, "081804", at(1111111112))[1], "the code of the step before"


@pytest.mark.parametrize("typed", ["", "0", "05047", "0504711", "٠٥٠٤٧١", "abcdef", "\x00" * 6, "ü" * 6, "x" * 100])
def test_what_is_no_code_is_wrong(typed: str) -> None:
    after, right = judged(KEPT, typed, at(1111111111))
    assert not right
    assert after.wrong == (at(1111111111),)


def test_a_recovery_code_is_right_once_in_any_spelling() -> None:
    kept = confirmed(KEPT, RECOVERY)
    assert not any(code in repr(kept) for code in RECOVERY)
    after, right = judged(kept, "ABCD-2345 efgh-6789", NOW)
    assert right
    assert len(after.recovery) == 1
    assert not judged(after, RECOVERY[0], NOW)[1]
    assert judged(after, RECOVERY[1], NOW)[1]


def test_after_five_wrong_guesses_nothing_is_judged_for_a_while_not_even_a_right_code() -> None:
    kept = KEPT
    for second in range(WRONG_PER_WINDOW):
        kept, right = judged(kept, "000000", at(1111111100 + second))
        assert not right
    with pytest.raises(TooManyGuesses) as too_many:
        judged(kept, "050471", at(1111111111))
    assert too_many.value.wait == WINDOW - timedelta(seconds=11)
    later = at(1111111100) + WINDOW
    assert not judged(kept, "000000", later)[1], "it is judged again"


def test_there_is_a_limit_for_the_day_too() -> None:
    wrong = tuple(NOW - timedelta(hours=23) + WINDOW * number for number in range(WRONG_PER_DAY))
    with pytest.raises(TooManyGuesses) as too_many:
        judged(replace(KEPT, wrong=wrong), "000000", NOW)
    assert too_many.value.wait == DAY - timedelta(hours=23)
    after, _ = judged(replace(KEPT, wrong=wrong), "000000", NOW + timedelta(hours=1))
    assert len(after.wrong) == WRONG_PER_DAY, "what is older than a day is forgotten"


def test_a_right_code_forgets_the_wrong_ones() -> None:
    after, _ = judged(KEPT, "000000", at(1111111111))
    after, right = judged(after, "050471", at(1111111111))
    assert (right, after.wrong) == (True, ())


def test_the_qr_code_names_the_company_and_the_address() -> None:
    shown = uri(KEPT, "ravi@asha.example", "Asha & Bank")
    assert shown.startswith("otpauth://totp/Asha%20%26%20Bank:ravi%40asha.example?")
    assert f"secret={RFC_SECRET}" in shown
