"""A wall clock of a process's own, that a test sets forward and back while the process runs. Others keep theirs.

In: a folder. Out: environment for the process (libfaketime reads the file once a second; the monotonic
clock stays as it is, as when a machine's clock is set), and the hand that sets it.
"""

import time
from datetime import timedelta
from pathlib import Path

from support import programs


class WallClock:
    """As long as nobody sets it, it is right."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.ahead: list[timedelta] = []
        """By how much it was ahead, setting by setting."""
        self.set(timedelta(0))

    @property
    def env(self) -> dict[str, str]:
        """For the process that is to have this clock."""
        return {
            "LD_PRELOAD": str(programs.faketime()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, ahead: timedelta) -> None:
        """So much ahead of the right time from now on; negative: behind it."""
        self.ahead.append(ahead)
        new = self._file.with_suffix(".new")
        new.write_text(f"{ahead.total_seconds():+.0f}\n")
        new.replace(self._file)

    def has_shown(self, at: float, within: timedelta = timedelta(minutes=2)) -> bool:
        """Whether that Unix time is what this clock shows now, in one of its settings."""
        now = time.time()
        return any(abs(at - now - ahead.total_seconds()) <= within.total_seconds() for ahead in self.ahead)
