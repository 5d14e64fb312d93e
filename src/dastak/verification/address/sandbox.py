"""The sandbox's address book: addresses set aside for documentation stand for the world, everybody else is in India.

In: an address. Out: what a real address book would say. Built by `app` when `DASTAK_MODE=sandbox`.
"""

import ipaddress

from dastak.journeys.facts import SourceUnavailable
from dastak.journeys.video_kyc.precheck import IpFinding
from dastak.verification.address.syntax import address_of
from dastak.verification.script import KnownValue

_PLACES = (
    (ipaddress.ip_network("192.0.2.0/24"), "outside India", IpFinding("US", is_proxy=False)),
    (ipaddress.ip_network("198.51.100.0/25"), "a proxy or VPN", IpFinding("IN", is_proxy=True)),
    (ipaddress.ip_network("198.51.100.128/25"), "source unavailable", None),
    (ipaddress.ip_network("2001:db8:1::/48"), "outside India", IpFinding("SG", is_proxy=False)),
)
"""RFC 5737 and RFC 3849: these belong to nobody."""
_HOME = IpFinding("IN", is_proxy=False)


class SandboxAddresses:
    """Fulfils `IpSource` from the table above; keeps no state."""

    async def look_up(self, address: str) -> IpFinding:
        """Raises `SourceUnavailable`."""
        there = address_of(address)
        for network, _, finding in _PLACES:
            if there.version == network.version and there in network:
                if finding is None:
                    raise SourceUnavailable("The address book cannot be reached just now.")
                return finding
        return _HOME


def known_values() -> tuple[KnownValue, ...]:
    """The test addresses, for the docs."""
    listed = tuple(KnownValue("address", str(network), outcome) for network, outcome, _ in _PLACES)
    return (*listed, KnownValue("address", "any other", "in India"))
