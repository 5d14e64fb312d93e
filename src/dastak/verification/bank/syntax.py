"""What a bank account number and an IFSC look like; nothing is looked up.

In: what the customer typed. Out: both in upper case, or `SyntaxRefused`. Called by every bank source.
Rules: the account number has 6 to 40 letters and digits, the contract's bound (contract §3.6). Banks in India print
9 to 18 digits, but no rule forbids the rest, and the bank knows better. An IFSC is four letters, the digit 0 and six
letters or digits.
"""

import re

from dastak.journeys.facts import SyntaxRefused
from dastak.verification.typed import plain

ACCOUNT_FIELD = "account_number"
IFSC_FIELD = "ifsc"

_ACCOUNT_LENGTHS = range(6, 41)
_IFSC_LENGTH = 11
_IFSC_ZERO_AT = 4
_IFSC_SHAPE = re.compile(r"[A-Z]{4}0[A-Z0-9]{6}")


def check_account_number(typed: str) -> str:
    """Return the account number in upper case; spaces and hyphens are tolerated. Raises `SyntaxRefused`."""
    number = plain(ACCOUNT_FIELD, typed, "your account number").replace("-", "").upper()
    if not number.isalnum():
        raise SyntaxRefused(ACCOUNT_FIELD, "An account number has letters and digits only. Check each one.")
    if len(number) not in _ACCOUNT_LENGTHS:
        raise SyntaxRefused(ACCOUNT_FIELD, "An account number has 6 to 40 characters. Check its length.")
    return number


def check_ifsc(typed: str) -> str:
    """Return the IFSC in upper case. Raises `SyntaxRefused`."""
    ifsc = plain(IFSC_FIELD, typed, "the 11-character IFSC of your branch").upper()
    if len(ifsc) != _IFSC_LENGTH:
        raise SyntaxRefused(IFSC_FIELD, "An IFSC has 11 characters. Check for missing or extra ones.")
    if ifsc[_IFSC_ZERO_AT] != "0":
        raise SyntaxRefused(IFSC_FIELD, "The fifth character of an IFSC is the digit 0. Check it.")
    if not _IFSC_SHAPE.fullmatch(ifsc):
        raise SyntaxRefused(IFSC_FIELD, "An IFSC has 4 letters, the digit 0 and 6 letters or digits.")
    return ifsc


def mask(account_number: str) -> str:
    """Show a checked account number as it may be stored: all but the last four characters hidden."""
    return "X" * (len(account_number) - 4) + account_number[-4:]
