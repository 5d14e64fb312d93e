"""When a notice is tried again, and when it is given up.

In: the number of the attempt that failed, the instant, the notice's own end. Out: the next instant, or None. Pure;
called by `attempt.py`.
"""

from datetime import datetime, timedelta

PAUSES = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
)
"""Waited after the first, second, … failed attempt; after one more failure the notice is given up."""

JITTER = 0.1
"""Each pause is up to this share shorter or longer, so that notices that failed together do not return together."""


def is_worth_sending(expires_at: datetime, now: datetime) -> bool:
    """Tell whether the notice still means something to the customer."""
    return now < expires_at


def next_try(attempt: int, now: datetime, expires_at: datetime, jitter: float) -> datetime | None:
    """Return when to try again after failed attempt number `attempt` (from 1); None: give up.

    `jitter` is a number from 0 to 1 that places the pause between its shortest and its longest.
    """
    if attempt > len(PAUSES):
        return None
    pause = PAUSES[max(attempt, 1) - 1] * (1 - JITTER + 2 * JITTER * jitter)
    retry_at = now + pause
    return retry_at if is_worth_sending(expires_at, retry_at) else None
