"""When a failed delivery is tried again. Pure: chance is an argument.

In: the policy, how many attempts there were, what the receiver asked for. Out: how long to wait, or None: give up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

JITTER = 0.10
"""Each wait is lengthened or shortened by up to a tenth, so that a crowd of deliveries spreads out."""

RETRY_AFTER_LIMIT = timedelta(hours=24)
"""A receiver may ask for a later attempt than planned, up to this; never for an earlier one."""

MOST_RETRIES = 20
LONGEST_INTERVAL = timedelta(days=7)

PRESETS: Mapping[str, tuple[timedelta, ...]] = {
    "standard": (
        timedelta(seconds=5),
        timedelta(seconds=30),
        timedelta(minutes=2),
        timedelta(minutes=10),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=6),
        timedelta(hours=12),
        timedelta(hours=24),
    ),
    "compat": (timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30)),
}
"""design §4; `compat` is what the hosted provider publishes for its nearest product (contract.md §4.5)."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Waits between attempts: the n-th failed attempt is followed by the n-th interval."""

    preset: str
    """`standard`, `compat` or `custom`."""
    intervals: tuple[timedelta, ...]

    @classmethod
    def named(cls, preset: str) -> "RetryPolicy":
        """One of `PRESETS`; KeyError for another name."""
        return cls(preset, PRESETS[preset])

    @classmethod
    def custom(cls, intervals: tuple[timedelta, ...]) -> "RetryPolicy":
        """Own intervals. ValueError when there are more than 20, or one is not within 1 second and 7 days."""
        if len(intervals) > MOST_RETRIES:
            raise ValueError(f"at most {MOST_RETRIES} intervals")
        if any(not timedelta(seconds=1) <= interval <= LONGEST_INTERVAL for interval in intervals):
            raise ValueError("each interval must be from 1 second to 7 days")
        return cls("custom", intervals)


def wait_after(
    policy: RetryPolicy, failures: int, chance: float, retry_after: timedelta | None = None
) -> timedelta | None:
    """How long to wait after the `failures`-th failed attempt of a round; None when the round is over.

    Args:
        policy: the endpoint's policy.
        failures: failed attempts of this round so far, from 1.
        chance: uniform in [0, 1), for the jitter.
        retry_after: what the receiver's answer asked for, if anything.
    """
    if failures > len(policy.intervals):
        return None
    planned = policy.intervals[failures - 1] * (1 - JITTER + 2 * JITTER * chance)
    return max(planned, min(retry_after, RETRY_AFTER_LIMIT)) if retry_after is not None else planned
