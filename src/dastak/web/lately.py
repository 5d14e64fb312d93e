"""What was done lately: keys, each remembered until an instant.

In: a key, and until when it need not be done again. Out: whether that is still so. One per process, and bounded:
whoever asks must not mind that something is done once more.
"""

from collections.abc import Hashable
from datetime import datetime


class Lately:
    """Remembers."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._until: dict[Hashable, datetime] = {}

    def has(self, key: Hashable, now: datetime) -> bool:
        """Whether it is remembered at that time."""
        until = self._until.get(key)
        return until is not None and now < until

    def keep(self, key: Hashable, until: datetime) -> None:
        """Remember it until then; those that were kept longest ago are forgotten when there are too many."""
        self._until.pop(key, None)
        self._until[key] = until
        while len(self._until) > self._most:
            del self._until[next(iter(self._until))]
