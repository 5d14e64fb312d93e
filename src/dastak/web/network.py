"""Whom a limit counts: an IPv4 address, or the /64 that one IPv6 customer has to themselves.

In: the peer's address as text. Out: the key of a limit.
"""

import ipaddress

HOME_PREFIX = 64


def limit_key(address: str) -> str:
    """The address itself, or its /64; anything unreadable is its own key."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, HOME_PREFIX), strict=False))
