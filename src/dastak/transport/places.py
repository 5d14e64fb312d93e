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
    """For CURLOPT_RESOLVE: kept by libcurl until `forget` is said."""
    forget: str
    """For CURLOPT_RESOLVE of some later POST, once nobody needs the place any more."""

    def holds(self, address: str, port: int) -> bool:
        """Tell whether this very address and port were checked: the last question before a socket is opened."""
        try:
            return port == self.port and ip_address(address) in self.addresses
        except ValueError:
            return False


class Places:
    """Hands out the same `Place` for the same host, port and set of addresses, in whatever order DNS lists them.

    libcurl would forget names by age, but looks through all of them at every POST to do so; so it is told to keep them
    for ever (DNS_CACHE_TIMEOUT -1), and told to forget when there are too many.
    """

    def __init__(self, remembered: int = 4096) -> None:
        self._remembered = remembered
        self._places: dict[tuple[str, int, frozenset[str]], Place] = {}
        self._spelled: dict[tuple[str, int, tuple[str, ...]], Place] = {}
        self._forgotten: list[str] = []
        self._numbers = count(1)

    def of(self, destination: Destination, addresses: tuple[str, ...]) -> Place:
        """Return the place for checked addresses."""
        spelled = (destination.host, destination.port, addresses)
        place = self._spelled.get(spelled)
        if place is None:
            if len(self._spelled) >= self._remembered:
                self._forget_the_oldest()
            key = (destination.host, destination.port, frozenset(addresses))
            place = self._places.get(key) or self._make(destination, addresses[:_MOST_ADDRESSES])
            self._spelled[spelled] = self._places[key] = place
        return place

    def resolve_list(self, place: Place) -> list[str]:
        """Return what to tell libcurl with the first POST of a handle to a place, and what it may forget."""
        forgotten, self._forgotten = self._forgotten, []
        return [*forgotten, *place.resolve]

    def _forget_the_oldest(self) -> None:
        self._spelled.clear()
        for key in list(self._places)[: self._remembered // 2]:
            self._forgotten.append(self._places.pop(key).forget)

    def _make(self, destination: Destination, addresses: Sequence[str]) -> Place:
        name, port = f"checked-{next(self._numbers)}.invalid", destination.port
        parsed = [ip_address(address) for address in addresses]
        written = ",".join(f"[{address}]" if address.version == 6 else str(address) for address in parsed)  # noqa: PLR2004
        return Place(
            addresses=frozenset(parsed),
            port=port,
            connect_to=[f"{destination.authority}:{port}:{name}:{port}"],
            resolve=[f"{name}:{port}:{written}"],
            forget=f"-{name}:{port}",
        )
