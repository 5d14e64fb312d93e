"""Arrays of a statement as one text each: `{1,2}`, which PostgreSQL reads faster than the driver writes them.

In: numbers, flags, or names. Out: text for a parameter that the statement casts: `$1::text::bigint[]`. The driver looks
at each element of a list twice and asks of each what it is; for statements that run for every delivery that was a tenth
of all the work. `lane` and `settlement` use it.
"""

from collections.abc import Iterable, Sequence


def numbers(values: Iterable[int]) -> str:
    """Whole numbers."""
    return f"{{{','.join(map(str, values))}}}"


def flags(values: Iterable[bool]) -> str:
    """Booleans."""
    return f"{{{','.join(['t' if value else 'f' for value in values])}}}"


def names(values: Sequence[str]) -> str:
    """Texts, whatever is in them but NUL."""
    if not values:
        return "{}"
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        joined = '","'.join([value.replace("\\", "\\\\").replace('"', '\\"') for value in values])
    return f'{{"{joined}"}}'
