"""The form of a week: windows of each weekday, and days off. Read, checked, and filled in again. Pure.

In: what was typed, or an availability as it is kept. Out: an availability with what to mend, or rows for the macro
`week` of `design/templates/week.html`. The agent's own page and the dashboard's page of an operator use it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dastak.accounts.availability import (
    DAY_MINUTES,
    MOST_DAYS_OFF,
    WEEKDAYS,
    Availability,
    BadAvailability,
    Window,
    availability,
    clock_of,
    minute_of,
)
from dastak.web.form import Form

ROWS = 2
"""Windows of a day that can be typed at least."""
MOST_ROWS = 28
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Typed:
    """A week as it was typed."""

    week: Availability
    mistakes: tuple[tuple[str, str], ...]
    """Field, and what to do; with any, the week is not to be kept."""


def read_week(form: Form) -> Typed:
    """What the form says."""
    mistakes: list[tuple[str, str]] = []
    windows = list(_windows(form, mistakes))
    days = [*_kept_days(form), *_new_days(form, mistakes)]
    week = Availability(tuple(windows), tuple(days))
    if not mistakes:
        try:
            week = availability(windows, days)
        except BadAvailability as error:
            mistakes.append((_field(0, 0, "from"), str(error)[:1].upper() + str(error)[1:]))
    return Typed(week, tuple(mistakes))


def shown_week(
    week: Availability, today: date, typed: Form | None = None, mistakes: Sequence[tuple[str, str]] = ()
) -> dict[str, object]:
    """What the macro shows; with `typed`, as it was typed."""
    return {
        "days": [_day(weekday, week, typed) for weekday in range(len(WEEKDAYS))],
        "days_off": [(day.isoformat(), f"{day:%a} {day.day} {day:%b %Y}") for day in sorted(week.days_off)],
        "today": today.isoformat(),
        "wrong": {field for field, _ in mistakes},
    }


def _day(weekday: int, week: Availability, typed: Form | None) -> dict[str, object]:
    """One weekday's rows: as typed, or as kept with room for more."""
    if typed is not None:
        names = [(_field(weekday, row, "from"), _field(weekday, row, "to")) for row in range(_rows(weekday, typed))]
        rows = [(begins, typed.get(begins, ""), ends, typed.get(ends, "")) for begins, ends in names]
    else:
        kept = [one for one in week.windows if one.weekday == weekday]
        rows = []
        for row in range(max(ROWS, len(kept) + 1 if len(kept) >= ROWS else ROWS)):
            begins = clock_of(kept[row].from_minute) if row < len(kept) else ""
            ends = clock_of(kept[row].to_minute % DAY_MINUTES) if row < len(kept) else ""
            rows.append((_field(weekday, row, "from"), begins, _field(weekday, row, "to"), ends))
    return {"name": DAY_NAMES[weekday], "rows": rows}


def _windows(form: Form, mistakes: list[tuple[str, str]]) -> Iterator[Window]:
    for weekday in range(len(WEEKDAYS)):
        for row in range(_rows(weekday, form)):
            names = _field(weekday, row, "from"), _field(weekday, row, "to")
            typed = tuple(form.get(name, "")[:5] for name in names)
            if not any(typed):
                continue
            begins, ends = (minute_of(one) for one in typed)
            ends = DAY_MINUTES if ends == 0 else ends  # midnight at the end of the day
            if begins is None or ends is None:
                at = names[0] if begins is None else names[1]
                mistakes.append((at, f"{DAY_NAMES[weekday]}: give both times, such as 09:30 and 18:00."))
            elif begins >= ends:
                mistakes.append((names[1], f"{DAY_NAMES[weekday]}: it must end after it begins, on the same day."))
            else:
                yield Window(weekday, begins, ends)


def _kept_days(form: Form) -> list[date]:
    names = (name.removeprefix("off-") for name in form if name.startswith("off-"))
    return [day for day in map(_date, names) if day is not None]


def _new_days(form: Form, mistakes: list[tuple[str, str]]) -> list[date]:
    """From one date to another, both included; one alone is one day."""
    first_text, last_text = form.get("off_from", ""), form.get("off_to", "")
    if not first_text and not last_text:
        return []
    first, last = _date(first_text or last_text), _date(last_text or first_text)
    if first is None or last is None:
        mistakes.append(("off_from", "Days off: give dates, such as 2026-01-26."))
    elif last < first:
        mistakes.append(("off_to", "Days off: the last day must not be before the first."))
    elif (last - first).days >= MOST_DAYS_OFF:
        mistakes.append(("off_to", f"Days off: at most {MOST_DAYS_OFF} days."))
    else:
        return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    return []


def _rows(weekday: int, form: Form) -> int:
    last = max((row for row in range(MOST_ROWS) if _field(weekday, row, "from") in form), default=ROWS - 1)
    return max(ROWS, last + 1)


def _field(weekday: int, row: int, edge: str) -> str:
    return f"{WEEKDAYS[weekday]}-{row}-{edge}"


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
