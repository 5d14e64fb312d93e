"""The two ways in which the contract writes `event_time`, both UTC.

In: the text, or an aware datetime. Out: the other of the two. Called by `envelope`.

Video KYC samples use `2025-05-22T03:51:14Z`, KYC Link samples `2024-02-15 16:53:15`, and the field table of both says
ISO 8601 in UTC. We write the ISO form unless asked otherwise, and read both.
"""

from __future__ import annotations

import re
import sys
from datetime import datetime, timedelta, timezone
from typing import Literal

TimeForm = Literal["iso", "space"]
"""`iso`: `YYYY-MM-DDTHH:MM:SSZ`. `space`: `YYYY-MM-DD HH:MM:SS`."""

_FORMATS = {"iso": "%Y-%m-%dT%H:%M:%SZ", "space": "%Y-%m-%d %H:%M:%S"}
_SHAPE = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))?", re.ASCII
)

_ISO_LENGTH = 20
_ISO_MARKS = "--T::Z"
"""What stands between the numbers of `YYYY-MM-DDTHH:MM:SSZ`, which nearly every event has, and is read fast."""

_READS_Z = sys.version_info >= (3, 11)


def read_time(written: str) -> datetime:
    """Read either form as an aware UTC datetime; an offset is honoured, none means UTC. Raises `ValueError`."""
    if len(written) == _ISO_LENGTH and written[4::3] == _ISO_MARKS:
        try:
            return datetime.fromisoformat(written if _READS_Z else f"{written[:-1]}+00:00")
        except ValueError:
            pass  # said better below
    match = _SHAPE.fullmatch(written)
    if match is None:
        raise ValueError("it is neither YYYY-MM-DDTHH:MM:SSZ nor YYYY-MM-DD HH:MM:SS")
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = match.groups()
    microsecond = int(fraction.ljust(6, "0")[:6]) if fraction else 0
    moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), microsecond, timezone.utc)
    if sign is None:
        return moment
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        return moment - offset if sign == "+" else moment + offset
    except OverflowError:
        raise ValueError("it is outside the calendar") from None


def write_time(time: datetime, form: TimeForm = "iso") -> str:
    """Write an aware datetime, in UTC, to the second. Raises `ValueError` for a naive one or an unknown form."""
    if time.tzinfo is None:
        raise ValueError("event_time needs an aware datetime; give it a timezone, for example datetime.timezone.utc.")
    if form not in _FORMATS:
        raise ValueError(f"time_form is 'iso' or 'space', not {form!r}.")
    utc = time.astimezone(timezone.utc)
    return f"{utc.year:04d}" + utc.strftime(_FORMATS[form].removeprefix("%Y"))
