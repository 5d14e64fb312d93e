"""A browser's clock, moved onto ours: once per connection, so that sound and picture keep the distance it gave them.

In: sender reports as they come. Out: the same in this server's time. Pure; time is an argument.
"""

from dastak.video.rooms.connection import SenderReport

_NTP_SINCE_1970 = 2_208_988_800
_ALL = 1 << 64


class SenderClock:
    """Of one connection."""

    def __init__(self) -> None:
        self._ahead: int | None = None

    def ours(self, report: SenderReport, now: float) -> SenderReport:
        """The report in our time; `now` in seconds since 1970."""
        if self._ahead is None:
            self._ahead = ntp(now) - report.ntp
        return SenderReport(report.timestamp, (report.ntp + self._ahead) % _ALL)


def ntp(seconds: float) -> int:
    """64 bits of NTP for this many seconds since 1970."""
    whole = int(seconds)
    return whole + _NTP_SINCE_1970 << 32 | int((seconds - whole) * (1 << 32))
