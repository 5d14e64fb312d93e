"""The headers of a POST, checked, and written the way libcurl takes them or as they go over the wire.

In: a `Post`. Out: the list for CURLOPT_HTTPHEADER, or the text between the first lines and the body; or
`HeaderRefused`. Pure; called by the senders for every POST, so it is quick.
"""

import re
from dataclasses import dataclass
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
    names, values = _checked(post)
    if "" in values:
        # libcurl reads "Name:" as "leave this header out"; "Name;" sends it empty.
        lines = [line if value else f"{line[:-2]};" for line, value in zip(lines, values, strict=True)]
    if names.length_at >= 0:
        del lines[names.length_at]  # libcurl writes the same
    if not names.typed:
        lines.append(_NO_CONTENT_TYPE)
    lines.append(_NO_EXPECT)
    return lines


def header_text(post: Post, user_agent: str) -> str:
    """Write the headers of a post as they go over the wire, with the blank line; what libcurl would add is added.

    Raises:
        HeaderRefused: as `header_lines` does.
    """
    names, values = _checked(post)
    form, ours = _form(names, user_agent)
    if "" in values:
        given = "".join([f"{name}: {value}\r\n" if value else f"{name}:\r\n" for name, value in post.headers])
    else:
        given = form % values
    if names.length_at < 0:
        return f"{given}{ours}Content-Length: {len(post.body)}\r\n\r\n"
    return f"{given}{ours}\r\n"


@lru_cache(maxsize=1024)
def _form(names: "_Names", user_agent: str) -> tuple[str, str]:
    """Write the lines given, with a gap for each value, and the lines that are added."""
    form = "".join([f"{name.replace('%', '%%')}: %s\r\n" for name in names.given])
    agent = "" if names.agent else f"User-Agent: {user_agent}\r\n"
    return form, agent + ("" if names.accept else "Accept: */*\r\n")


@dataclass(frozen=True, slots=True, eq=False)
class _Names:
    """What the names alone say. Compared by identity: there is one for all posts that carry the same."""

    given: tuple[str, ...]
    typed: bool
    agent: bool
    accept: bool
    length_at: int
    """Where content-length is; -1 if nowhere."""


def _checked(post: Post) -> tuple[_Names, tuple[str, ...]]:
    """Check names and values; return what the names say, and the values."""
    given, values = zip(*post.headers, strict=True) if post.headers else ((), ())
    names = _judge_names(given)
    joined = "".join(values)
    if not (joined.isascii() and joined.isprintable()):
        _refuse_value(post)
    if names.length_at >= 0 and values[names.length_at] != str(len(post.body)):
        raise HeaderRefused(f"The header content-length does not say {len(post.body)}, the length of the body.")
    return names, values


@lru_cache(maxsize=1024)
def _judge_names(names: tuple[str, ...]) -> _Names:
    """Check the names once for all posts that carry the same."""
    lowered = [name.lower() for name in names]
    for name, lower in zip(names, lowered, strict=True):
        if not _TOKEN.fullmatch(name):
            raise HeaderRefused(f"The header name {name[:40]!r} is not valid: use letters, digits and hyphens.")
        if lower in _OURS:
            raise HeaderRefused(f"Remove the header {name}: the sender sets it itself.")
    if lowered.count("content-length") > 1:
        raise HeaderRefused("Give the header content-length once only.")
    return _Names(
        given=names,
        typed="content-type" in lowered,
        agent="user-agent" in lowered,
        accept="accept" in lowered,
        length_at=lowered.index("content-length") if "content-length" in lowered else -1,
    )


def _refuse_value(post: Post) -> None:
    for name, value in post.headers:
        if not (value.isascii() and value.isprintable()):
            raise HeaderRefused(f"The value of the header {name} holds line breaks, control or non-ASCII characters.")
