"""Which IP addresses are not the public internet: one literal table, and the question asked of it.

In: an address and the private networks that a deployment allows. Out: why it is forbidden, or nothing. Pure; called
by the guard. Sources: the IANA special-purpose address registries (RFC 6890 and successors), the cloud vendors'
manuals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Range:
    """One block of addresses and what it is for. `openable`: a deployment may allow networks inside it."""

    network: Network
    what: str
    openable: bool = False


def _row(network: str, what: str, *, openable: bool = False) -> Range:
    return Range(ip_network(network), what, openable)


LOOPBACK = "a loopback address, this machine itself"

FORBIDDEN: tuple[Range, ...] = (
    # The services by which clouds hand out credentials: first, so that they are named as what they are.
    _row("169.254.169.254/32", "a cloud metadata service"),
    _row("169.254.170.2/32", "a cloud metadata service"),
    _row("100.100.100.200/32", "a cloud metadata service"),
    _row("168.63.129.16/32", "a cloud metadata service"),
    _row("192.0.0.192/32", "a cloud metadata service"),
    _row("fd00:ec2::/32", "a cloud metadata service"),
    _row("fd20:ce::254/128", "a cloud metadata service"),
    _row("fd00:42::42/128", "a cloud metadata service"),
    # IPv4
    _row("0.0.0.0/8", "an unspecified address"),
    _row("10.0.0.0/8", "a private address", openable=True),
    _row("100.64.0.0/10", "a carrier's internal address", openable=True),
    _row("127.0.0.0/8", LOOPBACK),
    _row("169.254.0.0/16", "a link-local address"),
    _row("172.16.0.0/12", "a private address", openable=True),
    _row("192.0.0.0/24", "reserved for protocols"),
    _row("192.0.2.0/24", "reserved for documentation"),
    _row("192.31.196.0/24", "reserved for name servers"),
    _row("192.52.193.0/24", "reserved for multicast tunnels"),
    _row("192.88.99.0/24", "a 6to4 relay"),
    _row("192.168.0.0/16", "a private address", openable=True),
    _row("192.175.48.0/24", "reserved for name servers"),
    _row("198.18.0.0/15", "reserved for benchmarks", openable=True),
    _row("198.51.100.0/24", "reserved for documentation"),
    _row("203.0.113.0/24", "reserved for documentation"),
    _row("224.0.0.0/4", "a multicast address"),
    _row("255.255.255.255/32", "the broadcast address"),
    _row("240.0.0.0/4", "a reserved address"),
    # IPv6
    _row("::/128", "an unspecified address"),
    _row("::1/128", LOOPBACK),
    _row("::ffff:0:0/96", "an IPv4 address inside an IPv6 one"),
    _row("::ffff:0:0:0/96", "an IPv4 address inside an IPv6 one"),
    _row("::/96", "an IPv4 address inside an IPv6 one"),
    _row("64:ff9b::/96", "an IPv4 address inside an IPv6 one (NAT64)", openable=True),
    _row("64:ff9b:1::/48", "an IPv4 address inside an IPv6 one (NAT64)"),
    _row("100::/64", "a discard address"),
    _row("2001::/32", "a Teredo tunnel"),
    _row("2001:2::/48", "reserved for benchmarks"),
    _row("2001:10::/28", "an ORCHID identifier, not an address"),
    _row("2001:20::/28", "an ORCHID identifier, not an address"),
    _row("2001::/23", "reserved for protocols"),
    _row("2001:db8::/32", "reserved for documentation"),
    _row("2002::/16", "a 6to4 tunnel"),
    _row("2620:4f:8000::/48", "reserved for name servers"),
    _row("3ffe::/16", "a reserved address"),
    _row("3fff::/20", "reserved for documentation"),
    _row("fc00::/7", "a private address", openable=True),
    _row("fe80::/10", "a link-local address"),
    _row("fec0::/10", "a site-local address"),
    _row("ff00::/8", "a multicast address"),
)
"""Looked at from the top: the first row that holds the address names it."""

_GLOBAL_IPV6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)


def why_forbidden(address: Address, allowed: Sequence[Network] = (), *, loopback: bool = False) -> str | None:
    """Say what a forbidden address is (`a private address`), or return None for one that may be called.

    Args:
        address: the address, without a zone.
        allowed: private networks this deployment opens; they open only rows marked `openable`.
        loopback: open 127.0.0.0/8 and ::1, and nothing else.
    """
    row = _row_of(address)
    if row is None:
        return None
    if row.what == LOOPBACK and loopback:
        return None
    if row.openable and any(address in network for network in allowed):
        return _why_inside_forbidden(address, allowed, loopback=loopback)
    return row.what


def openable_by_configuration(network: Network) -> bool:
    """Tell whether a deployment may allow this network: it lies wholly inside one `openable` row."""
    return any(row.openable and _is_inside(network, row.network) for row in FORBIDDEN)


def _row_of(address: Address) -> Range | None:
    for row in FORBIDDEN:
        if address in row.network:
            return row
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return _row("fe80::/10", "an address of one network link")
        if address not in _GLOBAL_IPV6:
            return _row("::/0", "a reserved address")
        if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
            return _row("::/0", "an IPv4 address inside an IPv6 one (ISATAP)")
    return None


def _why_inside_forbidden(address: Address, allowed: Sequence[Network], *, loopback: bool) -> str | None:
    """Judge the IPv4 address that an allowed NAT64 wrapper carries: the wrapper opens nothing by itself."""
    if isinstance(address, IPv6Address) and address in _NAT64:
        return why_forbidden(IPv4Address(int(address) & 0xFFFF_FFFF), allowed, loopback=loopback)
    return None


def _is_inside(network: Network, outer: Network) -> bool:
    if isinstance(network, IPv4Network):
        return isinstance(outer, IPv4Network) and network.subnet_of(outer)
    return isinstance(outer, IPv6Network) and network.subnet_of(outer)
