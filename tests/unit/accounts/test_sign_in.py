"""When a code may be sent, and which guesses let anybody in."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.accounts.sign_in import (
    DAY,
    LIFE,
    RESEND_AFTER,
    SENDS_PER_DAY,
    SENDS_PER_WINDOW,
    WINDOW,
    WRONG_GUESSES,
    SignIn,
    SignInRefused,
    TooSoon,
    guess,
    send,
)

NOW = datetime(2026, 1, 10, 9, 30, tzinfo=UTC)
NEW = SignIn("mer_1", "place")


def sent(operator_id: str = "opr_1") -> SignIn:
    return send(NEW, operator_id, "right", NOW)


def reason(kept: SignIn | None, typed: str, now: datetime = NOW) -> tuple[str, int]:
    try:
        _, refused = guess(kept, typed, now)
    except SignInRefused as raised:
        refused = raised
    return (refused.reason, refused.tries_left) if refused else ("", 0)


def test_the_right_code_lets_in_once() -> None:
    after, refused = guess(sent(), "right", NOW + LIFE - timedelta(microseconds=1))
    assert refused is None
    assert reason(after, "right") == ("none", 0)


def test_a_code_is_too_old_after_ten_minutes() -> None:
    assert reason(sent(), "right", NOW + timedelta(minutes=10)) == ("expired", 0)


def test_five_wrong_guesses_lock_the_code_and_the_right_one_comes_too_late() -> None:
    kept, seen = sent(), []
    for _ in range(WRONG_GUESSES):
        kept, refused = guess(kept, "wrong", NOW)
        assert refused is not None
        seen.append((refused.reason, refused.tries_left))
    assert seen == [("wrong", 4), ("wrong", 3), ("wrong", 2), ("wrong", 1), ("locked", 0)]
    assert reason(kept, "right") == ("locked", 0)


def test_a_stranger_s_address_is_counted_and_refused_in_the_same_words_even_with_the_right_digest() -> None:
    stranger, known = sent(""), sent()
    for _ in range(WRONG_GUESSES + 1):
        assert reason(stranger, "right") == reason(known, "wrong")
        if stranger.wrong < WRONG_GUESSES:
            stranger, known = guess(stranger, "right", NOW)[0], guess(known, "wrong", NOW)[0]
    assert (stranger.wrong, stranger.used) == (known.wrong, known.used)


def test_nothing_was_sent_so_nothing_is_right() -> None:
    assert reason(None, "") == ("none", 0)
    assert reason(NEW, "") == ("none", 0)


def test_another_code_replaces_the_first_after_half_a_minute() -> None:
    with pytest.raises(TooSoon) as early:
        send(sent(), "opr_1", "second", NOW + timedelta(seconds=10))
    assert early.value.wait == RESEND_AFTER - timedelta(seconds=10)
    second = send(sent(), "opr_1", "second", NOW + RESEND_AFTER)
    assert reason(second, "right", NOW + RESEND_AFTER) == ("wrong", 4)


def test_after_a_code_was_used_another_is_sent_at_once() -> None:
    used, _ = guess(sent(), "right", NOW)
    assert reason(send(used, "opr_1", "next", NOW), "next") == ("", 0)


@given(st.lists(st.timedeltas(timedelta(0), timedelta(hours=5)), min_size=40, max_size=60))
def test_however_they_are_asked_for_codes_stay_within_every_bound_and_a_wait_is_honest(gaps: list[timedelta]) -> None:
    kept, now, sends = NEW, NOW, list[datetime]()
    for gap in gaps:
        now += gap
        try:
            kept = send(kept, "opr_1", "d", now)
        except TooSoon as early:
            now += early.wait
            kept = send(kept, "opr_1", "d", now)
        sends.append(now)
    for first, at in enumerate(sends):
        assert sum(at <= other < at + WINDOW for other in sends[first:]) <= SENDS_PER_WINDOW
        assert sum(at <= other < at + DAY for other in sends[first:]) <= SENDS_PER_DAY
    assert all(later - earlier >= RESEND_AFTER for earlier, later in pairwise(sends))


def test_a_clock_that_is_set_back_does_not_lock_anybody_out() -> None:
    kept = send(NEW, "opr_1", "d", NOW)
    with pytest.raises(TooSoon) as early:
        send(kept, "opr_1", "d", NOW - timedelta(minutes=1))
    assert early.value.wait <= RESEND_AFTER
