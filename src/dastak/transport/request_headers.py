"""The headers of a POST, checked and written the way libcurl takes them.

In: a `Post`. Out: the list for CURLOPT_HTTPHEADER, or `HeaderRefused`. Pure; called by the engine for every POST, so
it is quick.
"""

import re
from functools import lru_cache

from dastak.webhooks.post import Post

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = frozenset(
    {
        "connection",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    },
)
_NO_EXPECT = "Expect:"
_NO_CONTENT_TYPE = "Content-Type:"


class HeaderRefused(Exception):  # noqa: N818 - the name says what happened
    """A header that would change the request's framing or meaning; the message is a sentence for the merchant."""


def header_lines(post: Post) -> list[str]:
    """Write the headers of a post for libcurl, byte for byte as given.

    Raises:
        HeaderRefused: for a name that is not an HTTP token, a name that the sender itself must set, a value with line
            breaks, control characters or anything outside ASCII, or a content-length other than the body's.
    """
    lines = list(map(": ".join, post.headers))
    names, values = zip(*post.headers, strict=True) if post.headers else ((), ())
    typed, length_at = _judge_names(names)
    joined = "".join(values)
    if not (joined.isascii() and joined.isprintable()):
        _refuse_value(post)
    if "" in values:
        # libcurl reads "Name:" as "leave this header out"; "Name;" sends it empty.
        lines = [line if value else f"{line[:-2]};" for line, value in zip(lines, values, strict=True)]
    if length_at >= 0:
        if values[length_at] != str(len(post.body)):
            raise HeaderRefused(f"The header content-length does not say {len(post.body)}, the length of the body.")
        del lines[length_at]  # libcurl writes the same
    if not typed:
        lines.append(_NO_CONTENT_TYPE)
    lines.append(_NO_EXPECT)
    return lines


@lru_cache(maxsize=1024)
def _judge_names(names: tuple[str, ...]) -> tuple[bool, int]:
    """Check the names once for all posts that carry the same; return (has a content-type, where content-length is)."""
    lowered = [name.lower() for name in names]
    for name, lower in zip(names, lowered, strict=True):
        if not _TOKEN.fullmatch(name):
            raise HeaderRefused(f"The header name {name[:40]!r} is not valid: use letters, digits and hyphens.")
        if lower in _OURS:
            raise HeaderRefused(f"Remove the header {name}: the sender sets it itself.")
    if lowered.count("content-length") > 1:
        raise HeaderRefused("Give the header content-length once only.")
    return "content-type" in lowered, lowered.index("content-length") if "content-length" in lowered else -1


def _refuse_value(post: Post) -> None:
    for name, value in post.headers:
        if not (value.isascii() and value.isprintable()):
            raise HeaderRefused(f"The value of the header {name} holds line breaks, control or non-ASCII characters.")
