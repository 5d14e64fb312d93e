"""Where libcurl may connect to: the checked addresses of one host and port, and the options that bind it to them.

In: a destination and the addresses the guard allowed. Out: a `Place`. Called by the engine.

libcurl keeps connections by *name* and port, so a connection to yesterday's address would be used again after the DNS
changed. Each set of checked addresses therefore gets an invented name of its own: CURLOPT_CONNECT_TO sends the
request there (Host, SNI and the certificate check still use the real name), CURLOPT_RESOLVE gives it exactly the
checked addresses, and no resolver in the world knows it (`.invalid`, RFC 6761). A connection is then used again only
if it was opened to the very set of addresses that was checked for this POST; others are left to age out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import count

from dastak.transport.url import Destination

_REMEMBERED = 4096
_MOST_ADDRESSES = 8
"""Addresses handed to libcurl; all were checked, the rest are spares that nobody needs."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """The checked addresses of one host and port. Compared by identity."""

    addresses: frozenset[IPv4Address | IPv6Address]
    port: int
    connect_to: list[str]
    """For CURLOPT_CONNECT_TO."""
    resolve: list[str]
    """For CURLOPT_RESOLVE. The + lets libcurl forget the entry after DNS_CACHE_TIMEOUT."""

    def holds(self, address: str, port: int) -> bool:
        """Tell whether this very address and port were checked: the last question before a socket is opened."""
        try:
            return port == self.port and ip_address(address) in self.addresses
        except ValueError:
            return False


class Places:
    """Hands out the same `Place` for the same host, port and set of addresses, in whatever order DNS lists them."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, int, frozenset[str]], Place] = {}
        self._spelled: dict[tuple[str, int, tuple[str, ...]], Place] = {}
        self._numbers = count(1)

    def of(self, destination: Destination, addresses: tuple[str, ...]) -> Place:
        """Return the place for checked addresses."""
        spelled = (destination.host, destination.port, addresses)
        place = self._spelled.get(spelled)
        if place is None:
            if len(self._spelled) >= _REMEMBERED:
                self._spelled.clear()
                self._places.clear()
            key = (destination.host, destination.port, frozenset(addresses))
            place = self._places.get(key) or self._make(destination, addresses[:_MOST_ADDRESSES])
            self._spelled[spelled] = self._places[key] = place
        return place

    def _make(self, destination: Destination, addresses: Sequence[str]) -> Place:
        name, port = f"checked-{next(self._numbers)}.invalid", destination.port
        parsed = [ip_address(address) for address in addresses]
        written = ",".join(f"[{address}]" if address.version == 6 else str(address) for address in parsed)  # noqa: PLR2004
        return Place(
            addresses=frozenset(parsed),
            port=port,
            connect_to=[f"{destination.authority}:{port}:{name}:{port}"],
            resolve=[f"+{name}:{port}:{written}"],
        )
