"""Whether a party counts as being there. Pure: time is an argument.

In: media and beats of its page, and its connection's end. Out: `came` and `lost`, by turns, each once.
"""

from dataclasses import dataclass
from enum import StrEnum


class Change(StrEnum):
    """What is told of a party."""

    CAME = "came"
    LOST = "lost"


@dataclass(slots=True)
class Attendance:
    """One party of one room. Seconds, of any clock that does not go back."""

    silence: float
    beat_silence: float
    is_there: bool = False
    _media_at: float | None = None
    _beat_at: float = 0
    _is_broken: bool = True

    def begins(self, now: float) -> None:
        """A connection is being made, the first or one in place of another; who was there stays there meanwhile."""
        self._is_broken = False
        self._beat_at = now
        if not self.is_there:
            self._media_at = None

    def media(self, now: float) -> None:
        """Media came: the connection stands."""
        self._media_at = now

    def beat(self, now: float) -> None:
        """The page is alive."""
        self._beat_at = now

    def silent_for(self, now: float) -> float:
        """How long the page has said nothing."""
        return now - self._beat_at

    def broke(self) -> None:
        """The connection is over, or the page went away."""
        self._is_broken = True

    def look(self, now: float) -> Change | None:
        """What has changed since the last look."""
        is_there = (
            not self._is_broken
            and self._media_at is not None
            and now - self._media_at <= self.silence
            and now - self._beat_at <= self.beat_silence
        )
        if is_there == self.is_there:
            return None
        self.is_there = is_there
        return Change.CAME if is_there else Change.LOST
