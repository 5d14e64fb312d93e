"""A posted form, read with a limit.

In: the raw request. Out: its fields as trimmed text. Raises `Refused` for what is no plain form.
"""

from starlette.requests import Request

from dastak.web.body import BodyTooLarge, BodyUnreadable, form_fields
from dastak.web.refusal import BAD_FORM, TOO_LARGE, Refused

BODY_LIMIT = 32 * 1024
FIELD_LIMIT = 500

Form = dict[str, str]


async def read_form(request: Request) -> Form:
    """The fields of an `application/x-www-form-urlencoded` body of at most 32 KiB."""
    try:
        return await form_fields(request, BODY_LIMIT, FIELD_LIMIT)
    except BodyTooLarge:
        raise Refused(TOO_LARGE) from None
    except BodyUnreadable:
        raise Refused(BAD_FORM) from None
