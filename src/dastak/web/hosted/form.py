"""A posted form, read with a limit.

In: the raw request. Out: its fields as trimmed text. Raises `Refused` for what is no small plain form.
"""

from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from dastak.web.hosted.refusal import BAD_FORM, TOO_LARGE, Refused

BODY_LIMIT = 16 * 1024
FIELD_LIMIT = 20

NEVER_SHOWN_AGAIN = frozenset({"aadhaar_number", "otp", "consent"})

Form = dict[str, str]


async def read_form(request: Request) -> Form:
    """The fields of an `application/x-www-form-urlencoded` body of at most 16 KiB."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise Refused(BAD_FORM)
    body = await _read_body(request)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELD_LIMIT, errors="strict")
    except ValueError:
        raise Refused(BAD_FORM) from None
    return {name: value.replace("\x00", "").strip() for name, value in pairs}


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_LIMIT:
                raise Refused(TOO_LARGE)
    except ClientDisconnect:
        raise Refused(BAD_FORM) from None
    return bytes(body)


def kept_values(form: Form) -> dict[str, str]:
    """What a page may show again of what was typed."""
    return {name: value for name, value in form.items() if name not in NEVER_SHOWN_AGAIN}


def compact(text: str) -> str:
    """Without the spaces and dashes that people type between groups."""
    return "".join(text.replace("-", "").split())
