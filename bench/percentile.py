"""How benchmarks speak of many times.

In: figures in any order, at least one. Out: the one at a percentile. A median is `statistics.median`'s.
"""

from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many in a hundred do not exceed; `percent` is below 100."""
    return sorted(values)[int(len(values) * percent / 100)]
