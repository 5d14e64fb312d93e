"""Where an endpoint is, as the audit log may say it: never a whole URL, since some hold a secret.

In: an endpoint or its URL. Out: the host. Pure; dashboard and API call it.
"""

from urllib.parse import urlsplit

from dastak.webhooks.endpoint import Endpoint


def host_of(endpoint: Endpoint) -> str:
    """Where it is, without path and query."""
    return host_in(endpoint.url)


def host_in(url: str) -> str:
    """The host of a URL; empty: it has none, and will be refused."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
