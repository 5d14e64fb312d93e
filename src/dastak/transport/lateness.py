"""Which deadline of a post has passed, and when to look again: the same for both senders.

In: the deadlines, the times so far, how far the post has come. Out: a failure, or the time of the next look. Pure.

Deadlines count from the moment the post leaves the queue (`started`): the name look-up has until `connect`, TCP and
TLS have `connect` again from the end of the look-up, the final answer's status line must be in by `first_byte`, all
of it by `total`.
"""

from typing import NamedTuple

from dastak.transport import failure
from dastak.transport.failure import Failure, Progress
from dastak.webhooks.post import Deadlines


class Times(NamedTuple):
    """On the monotonic clock, in seconds."""

    started: float
    resolved: float
    now: float


def late(limits: Deadlines, times: Times, at: Progress, *, answering: bool) -> Failure | float:
    """Judge a post whose name is known and whose look is due.

    Args:
        limits: of the post.
        times: of the post.
        at: how far it has come.
        answering: a final answer (not 1xx) has begun.
    """
    started, resolved, now = times
    total, first_byte = limits.total.total_seconds(), limits.first_byte.total_seconds()
    if not at.ready:
        connect = limits.connect.total_seconds()
        return failure.connect_late(at, connect if now >= resolved + connect else min(first_byte, total))
    if now >= started + total:
        return failure.total_late(at, total)
    if answering:
        return started + total
    if now >= started + first_byte:
        return failure.first_byte_late(at, first_byte)
    return started + min(first_byte, total)


def look_up_late(host: str, limits: Deadlines) -> Failure:
    """Judge a post whose name is still being looked up when its look is due."""
    return failure.look_up_late(host, min(limits.connect, limits.total).total_seconds())


def first_due(limits: Deadlines, started: float, connecting_since: float) -> float:
    """When to look first at a post that is being looked up or connected."""
    return min(answer_due(limits, started), connecting_since + limits.connect.total_seconds())


def answer_due(limits: Deadlines, started: float) -> float:
    """When to look first at a post that needs no new connection."""
    return started + min(limits.first_byte, limits.total).total_seconds()
