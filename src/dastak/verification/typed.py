"""What a customer typed, made plain before any rule looks at it.

In: the text of one form field. Out: the same without white space, proven to be short and printable ASCII.
Called by every `syntax.py` of this room. Look-alikes (Devanagari or full-width digits, Cyrillic letters) are refused
here, before any change of case could turn one of them into an ASCII letter.
"""

from dastak.journeys.facts import SyntaxRefused

TYPED_LIMIT = 512
"""Characters read from a field before it is looked at at all; the longest value we know (a UPI ID) has 255."""


def plain(field: str, typed: str, what: str) -> str:
    """Return `typed` without white space, refusing what is empty, far too long or outside printable ASCII.

    `what` names the value in the sentence for the customer, such as "your PAN". Raises `SyntaxRefused`.
    """
    if len(typed) > TYPED_LIMIT:
        raise SyntaxRefused(field, f"That is too long. Type only {what}.")
    text = "".join(typed.split())
    if not text:
        raise SyntaxRefused(field, f"Type {what}.")
    if not (text.isascii() and text.isprintable()):
        raise SyntaxRefused(field, f"Type {what} with English letters and the digits 0 to 9 only.")
    return text
