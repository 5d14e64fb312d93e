"""A posted form, read with a limit.

In: the raw request. Out: its fields as trimmed text. Raises `Refused` for what is no plain form.
"""

from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from dastak.web.console.refusal import BAD_FORM, TOO_LARGE, Refused

BODY_LIMIT = 32 * 1024
FIELD_LIMIT = 500

Form = dict[str, str]


async def read_form(request: Request) -> Form:
    """The fields of an `application/x-www-form-urlencoded` body of at most 32 KiB."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise Refused(BAD_FORM)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_LIMIT:
                raise Refused(TOO_LARGE)
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELD_LIMIT, errors="strict")
    except (ClientDisconnect, ValueError):
        raise Refused(BAD_FORM) from None
    return {name: value.replace("\x00", "").strip() for name, value in pairs}
