"""A request as it goes over the wire.

In: a post and where it leads. Out: bytes. Pure; called by `Traffic` for every post.
"""

from functools import lru_cache

from dastak.transport.request_headers import header_text
from dastak.transport.url import Destination
from dastak.webhooks.post import Post


def request_bytes(post: Post, destination: Destination, user_agent: str) -> bytes:
    """Write a POST, head and body.

    Raises:
        HeaderRefused: for a header that would change the request's framing or meaning.
    """
    head = _opening(destination.url) + header_text(post, user_agent)
    return head.encode("ascii") + post.body


@lru_cache(maxsize=4096)
def _opening(url: str) -> str:
    """Write the first two lines, the same for every post to a URL as `Destination` writes it."""
    _, _, rest = url.partition("://")
    host, slash, target = rest.partition("/")
    return f"POST {slash}{target} HTTP/1.1\r\nHost: {host}\r\n"
