"""A request's body, read with a limit: for the API and all pages, which say in their own words what is wrong."""

from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request


class BodyTooLarge(Exception):  # noqa: N818 - the name says what happened
    """There are more bytes than are taken."""


class BodyUnreadable(Exception):  # noqa: N818 - the name says what happened
    """The caller went away before its end, or it is not what it says."""


async def limited_body(request: Request, limit: int) -> bytes:
    """Every byte of it. Raises `BodyTooLarge` as soon as there are more than `limit`, or `BodyUnreadable`."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise BodyTooLarge
    except ClientDisconnect:
        raise BodyUnreadable from None
    return bytes(body)


async def form_fields(request: Request, limit: int, most_fields: int) -> dict[str, str]:
    """The trimmed fields of an `application/x-www-form-urlencoded` body. Raises `BodyTooLarge`, `BodyUnreadable`."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise BodyUnreadable
    body = await limited_body(request, limit)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=most_fields, errors="strict")
    except ValueError:
        raise BodyUnreadable from None
    return {name: value.replace("\x00", "").strip() for name, value in pairs}
