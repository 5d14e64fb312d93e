"""The bounds that make guessing a phone OTP hopeless."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.journeys.errors import OtpRefused, TooSoon
from dastak.journeys.phone_otp import (
    LIFE,
    RESEND_AFTER,
    SENDS_PER_LINK,
    SENDS_PER_WINDOW,
    WINDOW,
    WRONG_GUESSES,
    PhoneOtp,
    digest,
    guess,
    send,
)
from unit.journeys.people import NOW

RIGHT, WRONG = "right", "wrong"
SECOND = timedelta(seconds=1)
gaps = st.lists(st.integers(0, 1200).map(lambda seconds: timedelta(seconds=seconds)), max_size=60)


def refusal(otp: PhoneOtp | None, now: datetime) -> OtpRefused:
    with pytest.raises(OtpRefused) as caught:
        guess(otp, RIGHT, now)
    return caught.value


def sent(now: datetime = NOW) -> PhoneOtp:
    return send(None, RIGHT, now)


def test_the_bounds_are_these() -> None:
    minute = timedelta(minutes=1)
    assert [10 * minute, minute / 2, 30 * minute] == [LIFE, RESEND_AFTER, WINDOW]
    assert (SENDS_PER_WINDOW, SENDS_PER_LINK, WRONG_GUESSES) == (5, 30, 5)


def test_the_right_code_works_once() -> None:
    used, refused = guess(sent(), RIGHT, NOW)
    assert refused is None
    assert refusal(used, NOW).reason == "none"


def test_without_a_code_there_is_nothing_to_guess_at() -> None:
    assert refusal(None, NOW).reason == "none"


def test_a_code_works_until_just_before_its_ten_minutes_are_over() -> None:
    assert guess(sent(), RIGHT, NOW + LIFE - SECOND)[1] is None
    assert refusal(sent(), NOW + LIFE).reason == "expired"


def test_each_wrong_guess_says_how_many_are_left_and_the_fifth_locks() -> None:
    otp, told = sent(), []
    for _ in range(WRONG_GUESSES):
        otp, refused = guess(otp, WRONG, NOW)
        assert refused is not None
        told.append((refused.reason, refused.tries_left))
    assert told == [("wrong", 4), ("wrong", 3), ("wrong", 2), ("wrong", 1), ("locked", 0)]
    assert refusal(otp, NOW).reason == "locked"


def test_a_fresh_code_can_be_guessed_at_again_and_the_old_one_is_worth_nothing() -> None:
    otp = sent()
    for _ in range(WRONG_GUESSES):
        otp, _refused = guess(otp, WRONG, NOW)
    fresh = send(otp, "fresh", NOW + RESEND_AFTER)
    assert guess(fresh, RIGHT, NOW + RESEND_AFTER)[1] is not None
    assert guess(fresh, "fresh", NOW + RESEND_AFTER)[1] is None


def test_a_second_code_within_thirty_seconds_is_refused_with_the_time_to_wait() -> None:
    with pytest.raises(TooSoon) as caught:
        send(sent(), "fresh", NOW + timedelta(seconds=12))
    assert caught.value.retry_after == timedelta(seconds=18)
    assert send(sent(), "fresh", NOW + RESEND_AFTER).sends == 2


def test_after_a_code_that_was_used_the_next_one_need_not_wait() -> None:
    used, refused = guess(sent(), RIGHT, NOW)
    assert refused is None
    assert send(used, "fresh", NOW).sends == 1, "a used code does not count"


def test_after_five_codes_in_half_an_hour_the_sixth_waits_for_the_first_to_grow_old() -> None:
    otp = sent()
    for number in range(1, SENDS_PER_WINDOW):
        otp = send(otp, "fresh", NOW + number * RESEND_AFTER)
    with pytest.raises(TooSoon) as caught:
        send(otp, "fresh", NOW + timedelta(minutes=10))
    assert caught.value.retry_after == timedelta(minutes=20)
    assert send(otp, "fresh", NOW + WINDOW).sends == SENDS_PER_WINDOW + 1


def ask(otp: PhoneOtp | None, now: datetime) -> PhoneOtp | TooSoon | OtpRefused:
    try:
        return send(otp, RIGHT, now)
    except (TooSoon, OtpRefused) as refused:
        return refused


@given(gaps)
def test_no_pattern_of_asking_gets_more_codes_than_the_bounds(pattern: list[timedelta]) -> None:
    otp: PhoneOtp | None = None
    now, sends = NOW, []
    for gap in pattern:
        now += gap
        answer = ask(otp, now)
        if isinstance(answer, PhoneOtp):
            otp = answer
            sends.append(now)
        elif isinstance(answer, TooSoon):
            assert timedelta(0) < answer.retry_after <= WINDOW
            assert isinstance(ask(otp, now + answer.retry_after), PhoneOtp), "waiting as told is enough"
        else:
            assert (answer.reason, len(sends)) == ("locked", SENDS_PER_LINK)
    assert len(sends) <= SENDS_PER_LINK
    assert all(later - earlier >= RESEND_AFTER for earlier, later in pairwise(sends))
    for start in sends:
        assert sum(start <= at < start + WINDOW for at in sends) <= SENDS_PER_WINDOW


def test_after_thirty_codes_a_link_gets_no_more() -> None:
    otp, now = sent(), NOW
    for _ in range(SENDS_PER_LINK - 1):
        now += WINDOW
        otp = send(otp, RIGHT, now)
    with pytest.raises(OtpRefused) as caught:
        send(otp, RIGHT, now + timedelta(days=1))
    assert caught.value.reason == "locked"


@given(st.binary(min_size=32, max_size=32), st.integers(0, 999_999))
def test_a_digest_depends_on_the_key_the_link_and_the_code(key: bytes, number: int) -> None:
    otp = f"{number:06d}"
    kept = digest(key, "jrn_1", otp)
    assert otp not in kept
    assert kept == digest(key, "jrn_1", otp)
    others = {digest(key + b"x", "jrn_1", otp), digest(key, "jrn_2", otp), digest(key, "jrn_1", otp + "0")}
    assert kept not in others
