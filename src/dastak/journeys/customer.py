"""What a phone number, a name and an e-mail address of a customer look like. Pure.

In: what a merchant sent, or a visitor of a static link typed. Out: the same rules for both; the API has its own words
for a refusal, the pages use `SyntaxRefused`. Sources: contract.md §3.1 (name), §3.6 (phone).
"""

import re
from dataclasses import dataclass

from dastak.journeys.facts import SyntaxRefused


@dataclass(frozen=True, slots=True)
class Rule:
    """What one field may hold."""

    pattern: re.Pattern[str]
    limit: int
    """Characters."""
    words: str
    """For whoever has to mend it."""


VERIFICATION_ID = Rule(re.compile(r"[A-Za-z0-9._-]+"), 50, "only letters, digits, '.', '-' and '_' are allowed.")
"""The merchant's own names, of journeys and of users."""
PHONE = Rule(re.compile(r"\+?[0-9]{8,13}"), 14, "8 to 13 digits, with or without '+' before them.")
NAME = Rule(
    # Each character fits in one way only, so that no name takes long to refuse. The range holds India's vowel signs.
    re.compile(r"[^\W_](?:(?!_)[\w .\-\u0900-\u0D7F])*"),
    100,
    "only letters, digits, spaces, '.' and '-' are allowed.",
)
EMAIL = Rule(
    re.compile(r"[^@\s<>()\[\],;:\\\"\x00-\x20\x7f]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,63}"),
    254,
    "it is not an e-mail address.",
)


def check_customer(phone: str, name: str, email: str) -> None:
    """Raise `SyntaxRefused` for the first field that cannot be right; name and e-mail may be empty."""
    if not _fits(PHONE, phone):
        raise SyntaxRefused("phone", "Type your mobile number: 8 to 13 digits.")
    if name and not _fits(NAME, name):
        raise SyntaxRefused("name", "Use only letters, digits, spaces, dots and hyphens, 100 at most.")
    if email and not _fits(EMAIL, email):
        raise SyntaxRefused("email", "Type an e-mail address such as asha@example.com, or leave it empty.")


def _fits(rule: Rule, value: str) -> bool:
    return len(value) <= rule.limit and rule.pattern.fullmatch(value) is not None
