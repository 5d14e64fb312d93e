"""Lengths of time in few words: `340 ms`, `4.2 s`, `10 min`, `2 h 5 min`, `3 d 4 h`. Pure.

In: a span. Out: text. Called by the area's pages and drawings.
"""

from datetime import timedelta

SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
SHORT = timedelta(seconds=10)


def span(length: timedelta) -> str:
    """The length, to about two figures; what is negative is nothing."""
    length = max(length, timedelta(0))
    if length < SECOND:
        return f"{length / timedelta(milliseconds=1):.0f} ms"
    if length < SHORT:
        return f"{length / SECOND:.1f} s".replace(".0 ", " ")
    if length < MINUTE:
        return f"{length // SECOND} s"
    if length < HOUR:
        return _two(length, MINUTE, "min", SECOND, "s", few=10)
    if length < DAY:
        return _two(length, HOUR, "h", MINUTE, "min", few=24)
    return _two(length, DAY, "d", HOUR, "h", few=7)


def phase(microseconds: int) -> str:
    """A phase of an attempt: `0.4 ms`, `12 ms`, `3.1 s`."""
    if microseconds < 50:  # noqa: PLR2004 - it would be rounded to nothing
        return "under 0.1 ms"
    if microseconds < 10_000:  # noqa: PLR2004 - below ten milliseconds a decimal says something
        return f"{microseconds / 1000:.1f} ms"
    return span(timedelta(microseconds=microseconds))


def _two(length: timedelta, large: timedelta, name: str, small: timedelta, other: str, few: int) -> str:
    """With its second unit while there are few of the first."""
    whole, rest = length // large, length % large // small
    return f"{whole} {name}" if whole >= few or not rest else f"{whole} {name} {rest} {other}"
