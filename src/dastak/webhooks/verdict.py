"""What an attempt's answer means for the delivery. Pure.

In: the answer, the endpoint's policy, the number of failures, the time and chance. Out: one verdict.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from dastak.webhooks.post import Answer, Stage
from dastak.webhooks.retry import RetryPolicy, wait_after

GONE = 410
NO_ATTEMPT_LEFT = "; no attempt is left"


class Outcome(StrEnum):
    DELIVERED = "delivered"
    RETRY = "retry"
    GIVEN_UP = "given_up"
    GONE = "gone"
    """410: the endpoint is disabled; the delivery stays owed, for when it is enabled again."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the delivery, and why, in words for the log."""

    outcome: Outcome
    reason: str
    retry_at: datetime | None = None
    """Set exactly when the outcome is RETRY."""


def judge(answer: Answer, policy: RetryPolicy, failures: int, now: datetime, chance: float) -> Verdict:
    """The verdict on one attempt.

    Args:
        answer: what came back.
        policy: the endpoint's retry policy.
        failures: failed attempts of this round, counting this one as if it failed (from 1).
        now: aware UTC time of the answer.
        chance: uniform in [0, 1), for the jitter.
    """
    if is_success(answer):
        return Verdict(Outcome.DELIVERED, f"answered {answer.status}")
    if answer.status == GONE:
        return Verdict(Outcome.GONE, "answered 410 Gone: the endpoint was disabled")
    reason = _reason(answer)
    wait = wait_after(policy, failures, chance, retry_after(answer, now))
    if wait is None:
        return Verdict(Outcome.GIVEN_UP, f"{reason}{NO_ATTEMPT_LEFT}")
    return Verdict(Outcome.RETRY, reason, now + wait)


def is_success(answer: Answer) -> bool:
    """200-299, and nothing else: a redirect is a failure (design §4)."""
    return answer.stage is Stage.ANSWERED and answer.status is not None and 200 <= answer.status <= 299  # noqa: PLR2004


def retry_after(answer: Answer, now: datetime) -> timedelta | None:
    """What `Retry-After` asks for, as seconds or as an HTTP date; None when absent or unreadable."""
    value = next((value.strip() for name, value in answer.headers if name == "retry-after"), "")
    if value.isascii() and value.isdigit() and len(value) <= 9:  # noqa: PLR2004 - beyond it, timedelta overflows
        return timedelta(seconds=int(value))
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if at.tzinfo is None:
        return None
    return max(timedelta(0), at - now)


def _reason(answer: Answer) -> str:
    if answer.stage is not Stage.ANSWERED:
        return answer.error or f"failed at {answer.stage.value}"
    if answer.status is not None and 300 <= answer.status <= 399:  # noqa: PLR2004
        return f"answered {answer.status}: redirects are not followed, give the final URL"
    return f"answered {answer.status}"
