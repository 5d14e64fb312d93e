"""Rows as CSV that no spreadsheet takes for formulas. Pure.

In: values. Out: a line with its end, as RFC 4180 has it. A value that begins as a formula may begin is written after an
apostrophe: spreadsheets show it as text.
"""

import csv
import io
from collections.abc import Sequence

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
BYTE_ORDER_MARK = "\ufeff"
"""Begins the file, so that spreadsheets read it as UTF-8."""


def line(values: Sequence[object]) -> str:
    """One row."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([safe(value) for value in values])
    return out.getvalue()


def safe(value: object) -> str:
    """The value as text that is no formula; None is empty."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(DANGEROUS) else text
