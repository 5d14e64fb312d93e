"""Times as people type them: `2026-01-31T10:00:00Z`, or how long ago, `90s`, `30m`, `2h`, `7d`.

In: text and the time now. Out: text as the API reads it. Called by the commands with `--since` and `--until`.
"""

import re
from datetime import datetime, timedelta

_AGO = re.compile(r"(?P<count>[0-9]{1,6})(?P<unit>[smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class UnreadableTimeError(ValueError):
    """Neither a time nor a span; the message says what is."""


def moment(text: str, now: datetime) -> str:
    """The instant that is meant, with its zone. Raises `UnreadableTimeError`."""
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago is not None:
            return (now - timedelta(**{_UNITS[ago["unit"]]: int(ago["count"])})).isoformat()
        at = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        at = None
    if at is None or at.tzinfo is None:
        raise UnreadableTimeError(
            f"{text!r} is no time: give one with its zone, such as 2026-01-31T10:00:00Z, or how long ago, such as 2h."
        )
    return at.isoformat()
