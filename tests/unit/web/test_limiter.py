"""Windows: never more than the rate in one of them, never longer to wait than told, never more memory than bounded."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.web import limiter as module
from dastak.web.limiter import Rate, WindowLimiter

MINUTE = timedelta(minutes=1)
calls = st.lists(st.tuples(st.integers(0, 90), st.sampled_from("ab")), max_size=80)
"""(seconds since the last call, who calls)"""


class Ticks:
    """A monotonic clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def limiter_of(count: int, per: timedelta = MINUTE) -> tuple[WindowLimiter, Ticks]:
    ticks = Ticks()
    return WindowLimiter({"page": Rate(count, per), "otp": Rate(1, per), "free": Rate(0)}, ticks), ticks


@given(calls, st.integers(1, 5))
def test_a_key_is_allowed_its_count_per_window_and_the_first_call_after_it_begins_a_new_one(
    sequence: list[tuple[int, str]], count: int
) -> None:
    limiter, ticks = limiter_of(count)
    windows: dict[str, tuple[float, int]] = {}
    for gap, key in sequence:
        ticks.now += gap
        began, used = windows.get(key, (ticks.now, 0))
        if ticks.now - began >= 60:
            began, used = ticks.now, 0
        windows[key] = (began, used + 1)
        usage = limiter.count("page", key)
        assert usage is not None
        assert usage.allowed == (used < count)
        assert usage.remaining == max(0, count - used - 1)
        assert usage.limit == count
        assert usage.reset_seconds == began + 60 - ticks.now


@given(calls, st.integers(1, 5))
def test_whoever_waits_as_told_is_allowed(sequence: list[tuple[int, str]], count: int) -> None:
    limiter, ticks = limiter_of(count)
    for gap, key in sequence:
        ticks.now += gap
        wait = limiter.allow("page", key)
        if wait is not None:
            assert timedelta(0) < wait <= MINUTE
            ticks.now += wait.total_seconds()
            assert limiter.allow("page", key) is None


def test_buckets_and_keys_do_not_disturb_each_other() -> None:
    limiter, _ = limiter_of(2)
    assert limiter.allow("otp", "a") is None
    assert limiter.allow("otp", "a") is not None
    assert limiter.allow("otp", "b") is None
    assert limiter.allow("page", "a") is None


def test_a_rate_of_zero_is_no_limit() -> None:
    limiter, _ = limiter_of(1)
    assert all(limiter.count("free", "a") is None for _ in range(1000))


def test_an_unknown_bucket_is_a_defect_of_the_caller() -> None:
    limiter, _ = limiter_of(1)
    with pytest.raises(KeyError):
        limiter.allow("unknown", "a")


@given(st.lists(st.integers(0, 30), min_size=20, max_size=120))
def test_however_many_addresses_try_the_memory_is_bounded(gaps: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_KEYS", 10)
        limiter, ticks = limiter_of(1)
        for number, gap in enumerate(gaps):
            ticks.now += gap
            assert limiter.allow("page", f"address {number}") is None
            assert len(limiter._windows) <= 10


def test_what_is_over_is_forgotten_before_what_is_live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEYS", 3)
    limiter, ticks = limiter_of(1)
    limiter.allow("page", "old")
    ticks.now += 60
    limiter.allow("page", "live")
    limiter.allow("otp", "live")
    limiter.allow("page", "new")
    assert limiter.allow("page", "live") is not None, "a live window was dropped"
    assert limiter.allow("page", "old") is None


def test_every_use_that_was_one_too_many_is_told() -> None:
    told: list[str] = []
    limiter = WindowLimiter({"page": Rate(2), "free": Rate(0)}, Ticks(), told.append)
    for _ in range(5):
        limiter.allow("page", "a")
        limiter.allow("free", "a")
    assert told == ["page"] * 3
