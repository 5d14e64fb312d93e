"""A booked slot as a calendar file (RFC 5545). Pure.

In: the booking in words, the time. Out: the text of an `.ics` file with one event and a reminder. Booking another slot
gives the same event a later sequence, so that a calendar moves it.
"""

from datetime import UTC, datetime, timedelta

LINE_OCTETS = 75
"""Longest line, without its end (RFC 5545 §3.1)."""
_EDGE = "\r\n"


def calendar_file(
    *,
    uid: str,
    sequence: int,
    now: datetime,
    at: datetime,
    length: timedelta,
    remind_before: timedelta,
    title: str,
    text: str,
    url: str,
) -> str:
    """One event.

    Args:
        uid: the same for every booking of one case.
        sequence: grows from booking to booking.
        now: when the file is made.
        at: the event's beginning.
        length: how long it lasts.
        remind_before: how long before it the calendar rings.
        title: the event's name.
        text: what it says inside.
        url: where to go.
    """
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Dastak//Video KYC//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{_text(uid)}",
        f"SEQUENCE:{sequence}",
        f"DTSTAMP:{_instant(now)}",
        f"DTSTART:{_instant(at)}",
        f"DTEND:{_instant(at + length)}",
        f"SUMMARY:{_text(title)}",
        f"DESCRIPTION:{_text(text)}",
        f"URL:{url}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(title)}",
        f"TRIGGER:-PT{int(remind_before.total_seconds()) // 60}M",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(_folded(line) + _EDGE for line in lines)


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """A TEXT value (§3.3.11)."""
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(escaped.splitlines())


def _folded(line: str) -> str:
    """No line is too long, and no letter is cut in two."""
    parts, part, octets = [], "", 0
    for char in line:
        size = len(char.encode())
        if octets + size > LINE_OCTETS:
            parts.append(part)
            part, octets = "", 1  # the blank that a continued line begins with
        part, octets = part + char, octets + size
    return f"{_EDGE} ".join([*parts, part])
