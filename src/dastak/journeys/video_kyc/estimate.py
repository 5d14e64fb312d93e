"""How long a waiting customer will wait, said honestly. Pure.

In: who stands before, how many agents are online, how long agents took of late. Out: a span with two ends, or nothing
when nobody can say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

ENOUGH = 3
"""Calls from which on our own experience counts for more than the guess."""
GUESS = timedelta(minutes=6)
"""How long an agent takes, while nobody knows better."""
SAMPLE = 20
"""How many of the latest calls are looked at."""


@dataclass(frozen=True, slots=True)
class QueueStanding:
    """Where a customer stands in the queue."""

    position: int
    """1: next."""
    agents_online: int
    at_least: timedelta | None
    """None: no agent is online, so nobody can say."""
    at_most: timedelta | None


def queue_standing(ahead: int, agents_online: int, handling_times: Sequence[timedelta]) -> QueueStanding:
    """The place and the wait.

    With n agents, one becomes free every typical time / n. So many of these pass as customers stand before, and at most
    one more until the next agent is free.
    """
    if agents_online < 1:
        return QueueStanding(ahead + 1, 0, None, None)
    known = [span.total_seconds() for span in handling_times[:SAMPLE]]
    typical = timedelta(seconds=median(known)) if len(known) >= ENOUGH else GUESS
    each = typical / agents_online
    return QueueStanding(ahead + 1, agents_online, each * ahead, each * (ahead + 1))
