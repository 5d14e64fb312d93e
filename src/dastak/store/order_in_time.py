"""Finds a time in a log that is ordered by position, without an index of times: by halving.

In: a way to ask for the first row at or after a position. Out: the position from which on everything is as late.
Positions follow the order of commits, and times that of the events: nearly the same. Whoever needs every row asks for a
little more (`LATENESS`) and compares the times of what comes. Called by `browsing` of SQLite; PostgreSQL halves in SQL.
"""

from collections.abc import Callable
from datetime import timedelta

LATENESS = timedelta(minutes=2)
"""By so much may the order of times differ from that of positions: clocks of machines, and a commit that took long."""

Found = Callable[[int], tuple[int, int]]
"""Position → position and time of the first row there or after; never asked beyond the last."""


def boundary(first: int, last: int, moment: int, found: Found) -> int:
    """The lowest position from which on rows are of that moment or later; `last` + 1 if none is.

    Args:
        first: position of the earliest row.
        last: position of the latest.
        moment: in the unit of the rows' times.
        found: the look-up; asked about log2(last - first) times.
    """
    low, high = first, last + 1
    while low < high:
        middle = (low + high) // 2
        position, time = found(middle)
        if time < moment:
            low = position + 1
        else:
            high = middle
    return low
