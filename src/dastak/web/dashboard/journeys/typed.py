"""What a member types of a journey to be made, checked by the rules that the API has. Pure.

In: fields. Out: mistakes, by field, in the order of the form.
"""

from collections.abc import Sequence

from dastak.journeys.customer import VERIFICATION_ID, check_customer
from dastak.journeys.facts import SyntaxRefused

Mistakes = list[tuple[str, str]]


def check_verification_id(text: str, mistakes: Mistakes) -> None:
    """The merchant's own name of the journey."""
    if len(text) > VERIFICATION_ID.limit or not VERIFICATION_ID.pattern.fullmatch(text):
        limit = VERIFICATION_ID.limit
        mistakes.append(("verification_id", f"Verification ID: up to {limit} letters, digits, dots, hyphens and _."))


def check_user_id(text: str, mistakes: Mistakes) -> None:
    """The merchant's own name of a user; empty: we make one."""
    if text and (len(text) > VERIFICATION_ID.limit or not VERIFICATION_ID.pattern.fullmatch(text)):
        limit = VERIFICATION_ID.limit
        mistakes.append(("user_id", f"User ID: up to {limit} letters, digits, dots, hyphens and _."))


def check_customer_fields(phone: str, name: str, email: str, channels: Sequence[str], mistakes: Mistakes) -> None:
    """Phone, name and e-mail; and an address for every channel."""
    for fields in ((phone, "", ""), ("00000000", name, ""), ("00000000", "", email)):
        try:
            check_customer(*fields)
        except SyntaxRefused as refused:
            mistakes.append((refused.field, refused.message))
    if "email" in channels and not email:
        mistakes.append(("email", "Type an e-mail address, or do not tell the customer by e-mail."))
