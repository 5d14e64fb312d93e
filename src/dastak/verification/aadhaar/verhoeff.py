"""The Verhoeff check digit, which ends every Aadhaar number.

In: a string of ASCII digits. Out: whether the last one is right, or what it should be. Called by `syntax.py`.
It catches every single wrong digit and every swap of two neighbours (J. Verhoeff, Error Detecting Decimal Codes, 1969).
"""

_ORDER = 5  # the digits 0-4 turn a pentagon, 5-9 flip it: the dihedral group of ten elements
_SHUFFLE = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
_SHUFFLE_PERIOD = 8


def _compose(left: int, right: int) -> int:
    """Multiply two digits as elements of the dihedral group."""
    turned = left + right if left < _ORDER else left - right
    flipped = (left < _ORDER) != (right < _ORDER)
    return turned % _ORDER + (_ORDER if flipped else 0)


def _shuffled() -> tuple[tuple[int, ...], ...]:
    """One permutation per position from the right, each the shuffle of the one before."""
    rows = [tuple(range(10))]
    while len(rows) < _SHUFFLE_PERIOD:
        rows.append(tuple(_SHUFFLE[digit] for digit in rows[-1]))
    return tuple(rows)


_ROWS = _shuffled()


def _checksum(digits: str) -> int:
    total = 0
    for position, digit in enumerate(reversed(digits)):
        total = _compose(total, _ROWS[position % _SHUFFLE_PERIOD][int(digit)])
    return total


def ends_right(digits: str) -> bool:
    """Tell whether the last digit is the check digit of those before it."""
    return _checksum(digits) == 0


def check_digit(digits: str) -> str:
    """Return the one digit to append to `digits`."""
    return next(last for last in "0123456789" if ends_right(digits + last))
