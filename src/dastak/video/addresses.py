"""The addresses of this machine, as media finds them.

In: the network interfaces. Out: IP literals.
"""

import ifaddr

LOOPBACK = "127.0.0.1"


def own_addresses() -> tuple[str, ...]:
    """Every IPv4 address of this machine, loopback last: for browsers that run on it."""
    found = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if isinstance(ip.ip, str)]
    return (*(address for address in found if address != LOOPBACK), LOOPBACK)
