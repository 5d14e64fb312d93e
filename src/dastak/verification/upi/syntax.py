"""What a UPI ID looks like; nothing is looked up.

In: what the customer typed. Out: `handle@psp` in lower case (UPI IDs know no case), or `SyntaxRefused`. Called by every
UPI source. Rules: exactly one `@`; a handle of letters, digits and `. - _`, not at its ends; a provider of letters and
digits that begins with a letter; 255 characters in all, the bound of NPCI's address field.
"""

import re

from dastak.journeys.facts import SyntaxRefused
from dastak.verification.typed import plain

UPI_FIELD = "upi_id"

_LENGTH_MAX = 255
_HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")
_PROVIDER = re.compile(r"[a-z][a-z0-9]{1,63}")
_SHOWN = 2


def check_upi_id(typed: str) -> str:
    """Return the UPI ID in lower case. Raises `SyntaxRefused`."""
    upi_id = plain(UPI_FIELD, typed, "your UPI ID").lower()
    if len(upi_id) > _LENGTH_MAX:
        raise SyntaxRefused(UPI_FIELD, "A UPI ID has at most 255 characters. Check it.")
    if upi_id.count("@") != 1:
        raise SyntaxRefused(UPI_FIELD, "A UPI ID has exactly one @, as in name@bank.")
    handle, provider = upi_id.split("@")
    if not _HANDLE.fullmatch(handle):
        raise SyntaxRefused(
            UPI_FIELD,
            "Before the @, use letters, digits and . - _ only, with a letter or digit at both ends.",
        )
    if not _PROVIDER.fullmatch(provider):
        raise SyntaxRefused(UPI_FIELD, "After the @ a UPI ID has letters and digits only, such as upi.")
    return upi_id


def mask(upi_id: str) -> str:
    """Show a checked UPI ID as it may be stored: `su***@upi`. Handles are often phone numbers."""
    handle, provider = upi_id.split("@")
    return f"{handle[: min(_SHOWN, len(handle) // 2)]}***@{provider}"
