"""How many packets of one stream never came. Pure.

In: sequence numbers as they arrive. Out: how many are missing up to the highest.
"""

from dastak.video.ordering import Unwrapped


class Losses:
    """Of one stream."""

    def __init__(self) -> None:
        self._long = Unwrapped(16)
        self._first: int | None = None
        self._highest = 0
        self._count = 0

    def came(self, sequence: int) -> None:
        """This number came; each comes once."""
        number = self._long(sequence)
        if self._first is None:
            self._first = self._highest = number
        self._first, self._highest = min(self._first, number), max(self._highest, number)
        self._count += 1

    @property
    def lost(self) -> int:
        """Those that are on their way again are among them."""
        return 0 if self._first is None else max(0, self._highest - self._first + 1 - self._count)
