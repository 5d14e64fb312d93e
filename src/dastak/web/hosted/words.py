"""What the pages call each check. One place, so that a page and the progress bar never disagree."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from dastak_sdk import CheckType


class Need(Protocol):
    """Something that the customer should have at hand."""

    @property
    def label(self) -> str: ...

    @property
    def need(self) -> str:
        """What of it."""


@dataclass(frozen=True, slots=True)
class CheckWords:
    """The words of one check."""

    slug: str
    """Its name in URLs and file names."""
    label: str
    short: str
    """The label below its door in the progress bar."""
    need: str
    """What the customer should have at hand."""


WORDS: Mapping[CheckType, CheckWords] = {
    CheckType.AADHAAR: CheckWords("aadhaar", "Aadhaar", "Aadhaar", "12-digit number and linked phone"),
    CheckType.PAN: CheckWords("pan", "PAN", "PAN", "From your PAN card"),
    CheckType.BANK: CheckWords("bank", "Bank account", "Bank", "Account number and IFSC"),
    CheckType.UPI: CheckWords("upi", "UPI ID", "UPI", "Such as name@bank"),
}

BY_SLUG: Mapping[str, CheckType] = {words.slug: type_ for type_, words in WORDS.items()}

KEPT_LABELS: Mapping[str, str] = {
    "aadhaar_number": "Number",
    "pan": "PAN",
    "account_number": "Account",
    "ifsc": "IFSC",
    "upi_id": "UPI ID",
    "name": "Name",
    "registered_name": "Name",
    "name_at_bank": "Name at the bank",
}
"""Labels of what a check may keep; `verification` chooses the names."""


def kept_label(name: str) -> str:
    """A label for something that was kept with a check."""
    return KEPT_LABELS.get(name) or name.replace("_", " ").capitalize()


SHORT_PHONE = 6
"""Of a number with so few digits nothing is shown at all."""


def masked_phone(phone: str) -> str:
    """A phone number of which only the last three digits can be read."""
    digits = "".join(char for char in phone if char.isdigit())
    return f"•••• ••• {digits[-3:]}" if len(digits) > SHORT_PHONE else "••••"
