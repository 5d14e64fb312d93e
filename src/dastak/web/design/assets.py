"""Static files, named after their content so that browsers may keep them for a year.

In: files of a package. Out: URLs for templates, and routes that serve them from memory. Called by each room of pages.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

HERE = Path(__file__).parent / "static"
"""Where the shared files lie."""

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}

KEEP = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    url: str
    body: bytes
    media_type: str


class Assets:
    """All static files of one room of pages, read once.

    Args:
        files: name on the page → the files whose contents, in that order, make it up.
        prefix: path under which `route` serves them.
    """

    def __init__(self, files: dict[str, Sequence[Path]], prefix: str = "/static") -> None:
        self._prefix = prefix
        self._by_name = {name: _read(name, parts, prefix) for name, parts in files.items()}
        self._by_url = {asset.url: asset for asset in self._by_name.values()}

    def url(self, name: str) -> str:
        """The path of a file, its content's hash included."""
        return self._by_name[name].url

    def body(self, name: str) -> bytes:
        """The bytes of a file."""
        return self._by_name[name].body

    def routes(self) -> list[Route]:
        """One exact route per file, so that several rooms can share the prefix."""
        return [Route(url, self._serve, methods=["GET"]) for url in self._by_url]

    async def _serve(self, request: Request) -> Response:
        asset = self._by_url.get(request.url.path)
        if asset is None:
            return PlainTextResponse("Not found", status_code=404)
        headers = {
            "cache-control": KEEP,
            "x-content-type-options": "nosniff",
            "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        }
        return Response(asset.body, media_type=asset.media_type, headers=headers)


def _read(name: str, parts: Sequence[Path], prefix: str) -> Asset:
    body = b"\n".join(part.read_bytes().strip() for part in parts) + b"\n"
    mark = hashlib.sha256(body).hexdigest()[:12]
    path = PurePosixPath(name)
    return Asset(f"{prefix}/{path.stem}.{mark}{path.suffix}", body, MEDIA_TYPES[path.suffix])
