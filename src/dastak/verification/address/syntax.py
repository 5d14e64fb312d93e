"""Addresses as the web server hands them over.

In: the client's address as text. Out: an address of `ipaddress`; IPv4 that comes dressed as IPv6 is IPv4.
"""

import ipaddress

from dastak.journeys.facts import SourceUnavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address_of(text: str) -> Address:
    """Raises `SourceUnavailable` for what is no address: nothing can be said of it."""
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        raise SourceUnavailable("That is no address.") from None
    dressed = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return found if dressed is None else dressed
