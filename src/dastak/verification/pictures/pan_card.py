"""What stands on a PAN card, from the lines that a machine has read. Pure.

In: lines of text with their places. Out: findings by name; what was not found is left out. Cards since 2017 have labels
in front of the values; older ones have name, father's name and date in this order, without any.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dastak.journeys.facts import SyntaxRefused
from dastak.verification.pan.syntax import check_pan, mask

PAN_LENGTH = 10
LEAST_SURE = 0.5
"""Lines that the machine is less sure of are left out; from 0 to 1."""
MOST_GUESSED = 2
"""Characters of a PAN that may have been read as ones that look alike."""

_DATE = re.compile(r"(\d{2})[/.-](\d{2})[/.-](\d{4})")
_WORDS = re.compile(r"[A-Z][A-Z .']{1,84}")
_HEADS = ("INCOME TAX", "GOVT", "PERMANENT ACCOUNT", "SIGNATURE")
_AS_LETTER = str.maketrans("01258", "OIZSB")
_AS_DIGIT = str.maketrans("OQDIZSB", "0001258")


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line as it was read; places in pixels, from the upper left corner."""

    text: str
    left: float
    top: float
    height: float
    sure: float
    """From 0 to 1."""


def pan_card(lines: Sequence[TextLine]) -> dict[str, str]:
    """`pan` (masked), `name`, `father_name`, `date_of_birth` (ISO 8601), as far as they were found."""
    good = sorted((line for line in lines if line.sure >= LEAST_SURE), key=lambda line: (line.top, line.left))
    texts = [" ".join(line.text.split()) for line in good]
    number = next((pan for text in texts if (pan := _pan(text))), None)
    found = {"pan": mask(number) if number else "", **_names(texts), "date_of_birth": _date(texts)}
    return {name: value for name, value in found.items() if value}


def _pan(text: str) -> str | None:
    """A PAN in this line: where the fewest characters must be taken for ones that look alike."""
    solid = re.sub(r"[^A-Z0-9]", "", text.upper())
    found = (_guessed(solid[start : start + PAN_LENGTH]) for start in range(len(solid) - PAN_LENGTH + 1))
    return min((one for one in found if one is not None), key=lambda one: one[0], default=(0, None))[1]


def _guessed(ten: str) -> tuple[int, str] | None:
    """How many characters were read as their place demands, and the PAN that this makes; None: it makes none."""
    read = ten[:5].translate(_AS_LETTER) + ten[5:9].translate(_AS_DIGIT) + ten[9].translate(_AS_LETTER)
    guesses = sum(one != other for one, other in zip(ten, read, strict=True))
    if guesses > MOST_GUESSED:
        return None
    try:
        return guesses, check_pan(read)
    except SyntaxRefused:
        return None


def _names(texts: Sequence[str]) -> Mapping[str, str]:
    """The line after each label, which may have Hindi before its English; else the first two that can be names."""
    found: dict[str, str] = {}
    for label, value in pairwise(texts):
        words = label.casefold()
        if "name" in words and _is_name(value):
            found.setdefault("father_name" if "father" in words else "name", value)
    return found or dict(zip(("name", "father_name"), filter(_is_name, texts), strict=False))


def _is_name(text: str) -> bool:
    return bool(_WORDS.fullmatch(text)) and not text.startswith(_HEADS) and _pan(text) is None


def _date(texts: Sequence[str]) -> str:
    """The first date: of birth, on either kind of card."""
    for text in texts:
        found = _DATE.search(text)
        if found is not None:
            day, month, year = found.groups()
            return f"{year}-{month}-{day}"
    return ""
