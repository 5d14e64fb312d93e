"""Whether one of our own pages sent a form: the browser's word for it, beside the token that only the page could carry.

In: a POST. Out: yes or no. Every room of pages asks.
"""

from urllib.parse import urlsplit

from starlette.requests import Request


def is_own_origin(request: Request) -> bool:
    """Whether the browser says that one of our pages sent this.

    `Sec-Fetch-Site` decides where a browser sends it. Older ones send `Origin`, which our own `Referrer-Policy:
    no-referrer` turns into `null` (Fetch standard, "append a request Origin header"): `null` proves nothing either way
    and is left to the token.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("origin")
    if origin is None or origin == "null":
        return True
    try:
        return urlsplit(origin).netloc == request.headers.get("host", "")
    except ValueError:
        return False
