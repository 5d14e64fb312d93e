"""A request as somebody kept it: headers from a file or from flags, and the body's bytes.

In: text in the form of `curl -v`, of an HTTP message, or of a JSON object. Out: `Captured`. Called by `dastak verify`.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

_LINE = re.compile(r"(?:[<>*]\s*)?(?P<name>[A-Za-z0-9_!#$%&'*+.^`|~-]+)\s*[:=]\s*(?P<value>.*)")
_REQUEST_LINE = re.compile(r"(?:[<>*]\s*)?[A-Z]+ \S+ HTTP/[0-9.]+")

Pairs = tuple[tuple[str, str], ...]


class UnreadableHeadersError(ValueError):
    """The headers cannot be read; the message says which line."""


@dataclass(frozen=True)
class Captured:
    """One request: headers with names in lower case as they would have come over HTTP, and the raw body."""

    headers: Pairs
    body: bytes
    renamed: tuple[str, ...] = ()
    """Names that were not written as a header's, such as HTTP_X_WEBHOOK_SIGNATURE."""

    def header(self, name: str) -> str | None:
        """The first value of that header."""
        return next((value for known, value in self.headers if known == name), None)


def read_headers(text: str) -> Pairs:
    """Read a file of headers. Raises `UnreadableHeadersError`."""
    stripped = text.lstrip("\ufeff").strip()
    if stripped.startswith(("{", "[")):
        return _from_json(stripped)
    pairs = []
    for number, line in enumerate(stripped.splitlines(), 1):
        if not line.strip(" \t<>*") or _REQUEST_LINE.fullmatch(line.strip()):
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None:
            raise UnreadableHeadersError(f"Line {number} of the headers is not 'Name: value'.")
        pairs.append((found["name"], found["value"].strip()))
    return tuple(pairs)


def capture(headers: Pairs, body: bytes) -> Captured:
    """Put a request together; names as CGI, WSGI and PHP write them are turned back and noted."""
    known, renamed = [], []
    for name, value in headers:
        plain = name.lower().removeprefix("http_").replace("_", "-")
        if plain != name.lower():
            renamed.append(name)
        known.append((plain, value))
    return Captured(tuple(known), body, tuple(renamed))


def _from_json(text: str) -> Pairs:
    try:
        value: Any = json.loads(text)
    except ValueError as problem:
        raise UnreadableHeadersError(f"The headers begin like JSON and are none: {problem}.") from None
    items = value.items() if isinstance(value, dict) else value
    pairs: list[tuple[str, str]] = []
    for item in items:
        if not isinstance(item, (list, tuple)) or len(item) != 2 or not isinstance(item[0], str):  # noqa: PLR2004
            raise UnreadableHeadersError("Headers in JSON are an object, or a list of [name, value].")
        values = item[1] if isinstance(item[1], list) else [item[1]]
        pairs += [(item[0], str(each)) for each in values]
    return tuple(pairs)
