"""What a PAN looks like; nothing is looked up.

In: what the customer typed. Out: ten upper-case characters, or `SyntaxRefused`. Called by every PAN source.
Rules: five letters, four digits (never 0000), one letter; the fourth letter is the kind of holder. The fifth is the
first letter of a name, but names change, so it is not held against anyone. The last letter's algorithm is not public.
"""

import re

from dastak.journeys.facts import SyntaxRefused
from dastak.verification.typed import plain

PAN_FIELD = "pan"

_LENGTH = 10
_SHAPE = re.compile(r"[A-Z]{5}[0-9]{4}[A-Z]")
_HOLDERS = frozenset("ABCFGHJLPT")


def check_pan(typed: str) -> str:
    """Return the PAN in upper case. Raises `SyntaxRefused`."""
    pan = plain(PAN_FIELD, typed, "your 10-character PAN").upper()
    if len(pan) != _LENGTH:
        raise SyntaxRefused(PAN_FIELD, "A PAN has 10 characters. Check for missing or extra ones.")
    if not _SHAPE.fullmatch(pan):
        raise SyntaxRefused(PAN_FIELD, "A PAN has 5 letters, then 4 digits, then 1 letter. Check each one.")
    if pan[3] not in _HOLDERS:
        raise SyntaxRefused(PAN_FIELD, "No PAN has this fourth letter (a person's is P). Check it.")
    if pan[5:9] == "0000":
        raise SyntaxRefused(PAN_FIELD, "The four digits of a PAN are never all 0. Check them.")
    return pan


def mask(pan: str) -> str:
    """Show a checked PAN as it may be stored: `XXXXXX234D`."""
    return "X" * 6 + pan[-4:]
