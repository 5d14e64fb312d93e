"""A posted form, read with a limit.

In: the raw request. Out: its fields as trimmed text. Raises `Refused` for what is no plain form, or a larger one than a
room's pages send.
"""

from dataclasses import dataclass

from starlette.requests import Request

from dastak.web.body import BodyTooLarge, BodyUnreadable, form_fields
from dastak.web.refusal import BAD_FORM, TOO_LARGE, PlainPage, Refused

Form = dict[str, str]


@dataclass(frozen=True, slots=True)
class FormLimits:
    """How large a room's forms may be, and what it says of others."""

    body_bytes: int
    fields: int
    too_large: PlainPage
    unreadable: PlainPage


WITH_SIGN_IN = FormLimits(32 * 1024, 500, TOO_LARGE, BAD_FORM)


async def read_form(request: Request, limits: FormLimits = WITH_SIGN_IN) -> Form:
    """The fields of an `application/x-www-form-urlencoded` body."""
    try:
        return await form_fields(request, limits.body_bytes, limits.fields)
    except BodyTooLarge:
        raise Refused(limits.too_large) from None
    except BodyUnreadable:
        raise Refused(limits.unreadable) from None
