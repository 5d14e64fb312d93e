"""What an answer means for its delivery."""

from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.webhooks.post import Stage
from dastak.webhooks.retry import RETRY_AFTER_LIMIT, RetryPolicy
from dastak.webhooks.verdict import Outcome, judge, retry_after
from unit.webhooks.props import NOW, SECOND, an_answer, no_answer

POLICY = RetryPolicy.custom((timedelta(seconds=10), timedelta(seconds=100)))
MIDDLE = 0.5


def outcome_of(status: int, failures: int = 1) -> Outcome:
    return judge(an_answer(status=status), POLICY, failures, NOW, MIDDLE).outcome


@given(st.integers(100, 999))
def test_every_status_has_its_verdict(status: int) -> None:
    if 200 <= status <= 299:
        assert outcome_of(status) is Outcome.DELIVERED
    elif status == 410:
        assert outcome_of(status) is Outcome.GONE
    else:
        assert outcome_of(status) is Outcome.RETRY
        assert outcome_of(status, failures=3) is Outcome.GIVEN_UP


@pytest.mark.parametrize("failures", [1, 2, 3, 50])
def test_success_and_gone_do_not_depend_on_how_often_it_failed_before(failures: int) -> None:
    assert outcome_of(204, failures) is Outcome.DELIVERED
    assert outcome_of(410, failures) is Outcome.GONE


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.ANSWERED])
def test_without_an_answer_it_is_tried_again_and_the_log_says_why(stage: Stage) -> None:
    verdict = judge(no_answer(stage=stage), POLICY, 1, NOW, MIDDLE)
    assert (verdict.outcome, verdict.reason) == (Outcome.RETRY, f"It ended at {stage.value}.")
    assert judge(no_answer(stage=stage), POLICY, 3, NOW, MIDDLE).outcome is Outcome.GIVEN_UP


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_failure_and_the_log_says_what_to_do(status: int) -> None:
    verdict = judge(an_answer("dlv_1", status, ("location", "https://elsewhere.example.com")), POLICY, 1, NOW, MIDDLE)
    assert verdict.outcome is Outcome.RETRY
    assert "final URL" in verdict.reason


@given(st.integers(100, 999), st.integers(1, 5), st.floats(0, 1, exclude_max=True))
def test_a_time_is_set_exactly_when_it_is_tried_again_and_lies_ahead(status: int, failures: int, chance: float) -> None:
    verdict = judge(an_answer(status=status), POLICY, failures, NOW, chance)
    assert (verdict.retry_at is not None) == (verdict.outcome is Outcome.RETRY)
    assert verdict.retry_at is None or verdict.retry_at > NOW
    assert verdict.reason


def test_the_round_s_failures_choose_the_interval() -> None:
    times = [judge(an_answer(status=500), POLICY, failures, NOW, MIDDLE).retry_at for failures in (1, 2, 3)]
    assert times == [NOW + 10 * SECOND, NOW + 100 * SECOND, None]


@pytest.mark.parametrize(
    ("written", "wait"),
    [
        ("120", timedelta(seconds=120)),
        (" 7 ", timedelta(seconds=7)),
        ("0", timedelta(0)),
        ("999999999", timedelta(seconds=999_999_999)),
        (format_datetime(NOW + timedelta(hours=1), usegmt=True), timedelta(hours=1)),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), timedelta(0)),
        ("Sat, 10 Jan 2026 15:30:00 +0530", timedelta(minutes=30)),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(written: str, wait: timedelta) -> None:
    assert retry_after(an_answer("dlv_1", 503, ("retry-after", written)), NOW) == wait


@pytest.mark.parametrize("written", ["", "soon", "-5", "1.5", "1e3", "٣", "9" * 10, "Sat, 10 Jan 2026 15:30:00", "Sat"])
def test_an_unreadable_retry_after_is_no_retry_after(written: str) -> None:
    assert retry_after(an_answer("dlv_1", 503, ("retry-after", written)), NOW) is None


def test_without_the_header_there_is_no_retry_after() -> None:
    assert retry_after(an_answer("dlv_1", 503, ("x-retry-after", "5")), NOW) is None


@given(st.text(max_size=60))
def test_whatever_a_receiver_writes_there_the_next_attempt_lies_within_the_bounds(written: str) -> None:
    verdict = judge(an_answer("dlv_1", 503, ("retry-after", written)), POLICY, 1, NOW, MIDDLE)
    assert verdict.retry_at is not None
    assert NOW + 10 * SECOND <= verdict.retry_at <= NOW + RETRY_AFTER_LIMIT


@given(st.datetimes(datetime(1900, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001 - written as GMT below
def test_any_date_is_within_the_bounds(at: datetime) -> None:
    written = at.strftime("%a, %d %b ") + f"{at.year:04d}" + at.strftime(" %H:%M:%S GMT")
    verdict = judge(an_answer("dlv_1", 503, ("retry-after", written)), POLICY, 1, NOW, MIDDLE)
    assert verdict.retry_at is not None
    assert NOW + 10 * SECOND <= verdict.retry_at <= NOW + RETRY_AFTER_LIMIT
