"""A form with a file in it, read with a limit.

In: the raw request, `multipart/form-data` (RFC 7578). Out: its fields as trimmed text, and its files as bytes. Raises
what `body` does.
"""

from dataclasses import dataclass
from email.message import Message
from email.utils import collapse_rfc2231_value

from starlette.requests import Request

from dastak.web.body import BodyTooLarge, BodyUnreadable, limited_body

MOST_PARTS = 40
HEAD_LIMIT = 1024
FIELD_LIMIT = 16 * 1024


@dataclass(frozen=True, slots=True)
class Parts:
    """What came."""

    fields: dict[str, str]
    files: dict[str, bytes]
    """Empty files, which browsers send for "none chosen", are left out."""


async def form_parts(request: Request, limit: int) -> Parts:
    """The form of at most so many bytes. Raises `BodyTooLarge`, `BodyUnreadable`."""
    boundary = _parameter(request.headers.get("content-type", ""), "multipart/form-data", "boundary")
    if not boundary:
        raise BodyUnreadable
    return parts_of(await limited_body(request, limit), boundary)


def parts_of(body: bytes, boundary: str) -> Parts:
    """The parts between boundaries. Raises `BodyTooLarge`, `BodyUnreadable`."""
    _preamble, *pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1", "replace"))
    if len(pieces) > MOST_PARTS:
        raise BodyTooLarge
    if not pieces or not pieces[-1].startswith(b"--"):
        raise BodyUnreadable
    found = Parts({}, {})
    for piece in pieces[:-1]:
        _take(piece, found)
    return found


def _take(piece: bytes, found: Parts) -> None:
    """One part: a line end, its headers, an empty line, its content."""
    head, gap, content = piece.partition(b"\r\n\r\n")
    if not gap or len(head) > HEAD_LIMIT:
        raise BodyUnreadable
    lines = head.decode("utf-8", "replace").split("\r\n")
    said = next((line for line in lines if line.lower().startswith("content-disposition:")), "")
    disposition = said.partition(":")[2]
    name = _parameter(disposition, "form-data", "name")
    if _parameter(disposition, "form-data", "filename") is not None:
        if content:
            found.files[name or ""] = content
        return
    if len(content) > FIELD_LIMIT:
        raise BodyTooLarge
    try:
        found.fields[name or ""] = content.decode().replace("\x00", "").strip()
    except UnicodeDecodeError:
        raise BodyUnreadable from None


def _parameter(value: str, wanted: str, name: str) -> str | None:
    """A parameter of a header's value, if the value is the one wanted."""
    message = Message()
    message["content-type"] = value.strip()
    kind, *parameters = message.get_params(failobj=[("", "")])
    if kind[0].strip().lower() != wanted:
        return None
    return next((collapse_rfc2231_value(text) for key, text in parameters if key.lower() == name), None)
