"""Is this host our own machine? Asked where settings would otherwise send secrets in the clear."""

import contextlib
import ipaddress


def is_loopback(host: str) -> bool:
    """Tell by the text alone; no look-up."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host.lower() == "localhost"
