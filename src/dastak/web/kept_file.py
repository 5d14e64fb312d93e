"""Something of the storage as an HTTP answer: whole, or the part that a browser's player asks for (RFC 9110 §14).

In: a request, a reference, what the file is called. Out: 200, 206 or 416, or `NotKept` before anything was sent. The
recording's link and the console's pages show files so.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import Response

from dastak.journeys.video_kyc.rooms import Library
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.streamed import Streamed

MEDIA_TYPES = {".mp4": "video/mp4", ".webm": "video/webm", ".jpg": "image/jpeg", ".png": "image/png"}
UNKNOWN = "application/octet-stream"

FILE_HEADERS: Mapping[str, str] = {
    "cache-control": "private, no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
    "content-security-policy": (
        "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    ),
}
"""The browser's own player, when it shows the file as a page, styles itself inline."""

_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))")


@dataclass(frozen=True, slots=True)
class Part:
    """From `start` to before `end`, of `size` bytes."""

    start: int
    end: int
    size: int

    @property
    def is_empty(self) -> bool:
        return self.start >= self.end


def part_of(wanted: str, size: int) -> Part | None:
    """What a `Range` header asks for; None: the whole. An empty part: there is no such one.

    Several ranges at once, other units and what cannot be read are answered with the whole, as RFC 9110 §14.2 allows.
    """
    found = _RANGE.fullmatch("".join(wanted.split()))
    if found is None:
        return None
    first, last, tail = found.groups()
    if tail is not None:
        return Part(max(0, size - int(tail)), size if int(tail) else 0, size)
    if last and int(last) < int(first):
        return None
    return Part(int(first), min(size, int(last) + 1) if last else size, size)


async def kept_file(request: Request, library: Library, reference: str, *, name: str, mark: str = "") -> Response:
    """The file, or the part of it that is asked for.

    Args:
        request: GET or HEAD.
        library: the storage.
        reference: where it is.
        name: what to call it when it is saved; its ending says what it is.
        mark: changes with the content, such as its SHA-256; empty: none is known.

    Raises:
        NotKept: the storage has no such thing; nothing was sent.
    """
    size = await library.size(reference)
    ending = PurePosixPath(name).suffix
    headers = {
        **FILE_HEADERS,
        "accept-ranges": "bytes",
        "content-disposition": f'inline; filename="{_plain(name)}"',
        "content-type": MEDIA_TYPES.get(ending, UNKNOWN),
    }
    tag = f'"{mark}"' if mark else ""
    if tag:
        headers["etag"] = tag
    part = _asked(request, size, tag)
    if part is None:
        status, part = 200, Part(0, size, size)
    elif part.is_empty:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{size}"})
    else:
        status = 206
        headers["content-range"] = f"bytes {part.start}-{part.end - 1}/{size}"
    headers["content-length"] = str(part.end - part.start)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    chunks = library.read(reference, part.start, part.end)
    first = await anext(chunks, b"")  # what goes wrong at the beginning can still be said
    return Streamed(_chunks(first, chunks), status, headers)


def named_after(case: VideoKyc, reference: str) -> str:
    """What to call the recording of a case: the merchant's own id, and the ending that it has in the storage."""
    return case.verification_id + PurePosixPath(reference).suffix


def shows(request: Request, answer: Response) -> bool:
    """Whether any of the content is in this answer, which is not sent yet: then somebody is about to see it."""
    return request.method == "GET" and answer.status_code in {200, 206}


def _asked(request: Request, size: int, tag: str) -> Part | None:
    """A range means something to GET alone, and if `If-Range` is given only of the file that the caller knows."""
    known = request.headers.get("if-range")
    if request.method != "GET" or (known is not None and known != tag):
        return None
    return part_of(request.headers.get("range", ""), size)


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", text)


async def _chunks(first: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    try:
        yield first
        async for chunk in rest:
            yield chunk
    finally:
        close = getattr(rest, "aclose", None)
        if close is not None:
            await close()
