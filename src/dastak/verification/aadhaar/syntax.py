"""What an Aadhaar number and its OTP look like; nothing is looked up.

In: what the customer typed. Out: twelve (or six) plain digits, or `SyntaxRefused`. Called by every Aadhaar source.
Rules: UIDAI's number has twelve digits, begins with 2-9, ends in a Verhoeff check digit and is no palindrome.
"""

from collections.abc import Container

from dastak.journeys.facts import SyntaxRefused
from dastak.verification.aadhaar.verhoeff import ends_right
from dastak.verification.typed import plain

NUMBER_FIELD = "aadhaar_number"
OTP_FIELD = "otp"

_NUMBER_LENGTH = 12
_VIRTUAL_ID_LENGTH = 16
_OTP_LENGTH = 6


def check_number(typed: str, accept_anyway: Container[str] = ()) -> str:
    """Return the twelve digits of an Aadhaar number; spaces and hyphens are tolerated.

    `accept_anyway` are twelve-digit numbers that pass without a check digit: the public test number of the sandbox has
    none. Real sources leave it empty. Raises `SyntaxRefused`.
    """
    number = plain(NUMBER_FIELD, typed, "your 12-digit Aadhaar number").replace("-", "")
    if not number.isdecimal():
        raise SyntaxRefused(NUMBER_FIELD, "Type the Aadhaar number with the digits 0 to 9 only.")
    if len(number) == _VIRTUAL_ID_LENGTH:
        raise SyntaxRefused(NUMBER_FIELD, "That looks like a Virtual ID. Type the 12-digit Aadhaar number.")
    if len(number) != _NUMBER_LENGTH:
        raise SyntaxRefused(NUMBER_FIELD, "An Aadhaar number has 12 digits. Check for missing or extra ones.")
    if number in accept_anyway:
        return number
    if number[0] in "01":
        raise SyntaxRefused(NUMBER_FIELD, "An Aadhaar number never begins with 0 or 1. Check the first digit.")
    if not ends_right(number) or number == number[::-1]:
        raise SyntaxRefused(NUMBER_FIELD, "This is not an Aadhaar number. Check it digit by digit.")
    return number


def check_otp(typed: str) -> str:
    """Return the six digits of an OTP. Raises `SyntaxRefused`."""
    otp = plain(OTP_FIELD, typed, "the 6-digit OTP")
    if not otp.isdecimal() or len(otp) != _OTP_LENGTH:
        raise SyntaxRefused(OTP_FIELD, "The OTP has 6 digits. Type it as it is in the message.")
    return otp


def last4(number: str) -> str:
    """The only digits of a checked number that may be kept."""
    return number[-4:]


def mask(number: str) -> str:
    """Show a checked number, or its last four digits, as it may be stored and displayed: `XXXX XXXX 1234`."""
    return f"XXXX XXXX {last4(number)}"
