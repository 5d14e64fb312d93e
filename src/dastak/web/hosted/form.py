"""A posted form, read with a limit.

In: the raw request. Out: its fields as trimmed text. Raises `Refused` for what is no small plain form.
"""

from starlette.requests import Request

from dastak.web.body import BodyTooLarge, BodyUnreadable, form_fields
from dastak.web.hosted.refusal import BAD_FORM, TOO_LARGE, Refused

BODY_LIMIT = 16 * 1024
FIELD_LIMIT = 20

NEVER_SHOWN_AGAIN = frozenset({"aadhaar_number", "otp", "consent"})

Form = dict[str, str]


async def read_form(request: Request) -> Form:
    """The fields of an `application/x-www-form-urlencoded` body of at most 16 KiB."""
    try:
        return await form_fields(request, BODY_LIMIT, FIELD_LIMIT)
    except BodyTooLarge:
        raise Refused(TOO_LARGE) from None
    except BodyUnreadable:
        raise Refused(BAD_FORM) from None


def kept_values(form: Form) -> dict[str, str]:
    """What a page may show again of what was typed."""
    return {name: value for name, value in form.items() if name not in NEVER_SHOWN_AGAIN}


def compact(text: str) -> str:
    """Without the spaces and dashes that people type between groups."""
    return "".join(text.replace("-", "").split())
