"""How values become places and words: round steps of an axis, shares of it, short and whole numbers. Pure."""

from collections.abc import Sequence
from math import ceil, floor, log10

STEPS = (1, 2, 5, 10)
THOUSAND = 1000


def steps(top: float, wanted: int = 4, *, whole: bool = True) -> list[float]:
    """Round values from 0 up to one that is not below `top`, evenly apart.

    Args:
        top: the largest value; if it is not above 0, the axis goes to 1.
        wanted: about so many steps.
        whole: no step is smaller than 1, as for things that are counted.
    """
    top = top if top > 0 else 1
    rough = top / wanted
    ten = 10.0 ** floor(log10(rough))
    step = next(ten * factor for factor in STEPS if ten * factor >= rough * (1 - 1e-9))
    if whole:
        step = max(1.0, step)
    return [step * index for index in range(ceil(top / step - 1e-9) + 1)]


def share(value: float, whole: float) -> float:
    """What part of the whole it is, from 0 to 1."""
    return min(1.0, max(0.0, value / whole)) if whole > 0 else 0.0


def short(value: float) -> str:
    """A number for an axis: `950`, `1.2k`, `3M`."""
    for size, letter in ((THOUSAND**3, "G"), (THOUSAND**2, "M"), (THOUSAND, "k")):
        if abs(value) >= size:
            return f"{value / size:.1f}".removesuffix(".0") + letter
    return f"{value:.2f}".rstrip("0").rstrip(".")


def plain(value: float) -> str:
    """A number in full: `12,345`."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")


def every(names: Sequence[str], most: int) -> set[int]:
    """Which of so many names to write so that no more than `most` stand side by side, evenly, the first among them."""
    apart = max(1, ceil(len(names) / most))
    return set(range(0, len(names), apart))
