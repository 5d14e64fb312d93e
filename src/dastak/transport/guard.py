"""The guard: may this URL, and may these addresses, be called at all?

In: a URL (when an endpoint is added, tested or delivered to) or the addresses a name resolved to. Out: nothing, or
`UrlRefused` with a sentence for the merchant. One object, built by `app`; `web` asks it at add, `CurlSender` at every
POST. The same rules everywhere: design §4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Self

from dastak.transport.addresses import Network, openable_by_configuration, why_forbidden
from dastak.transport.url import Destination, parse_url
from dastak.webhooks.post import UrlRefused

_METADATA_NAMES = frozenset(
    {
        "metadata",
        "metadata.google.internal",
        "metadata.goog",
        "metadata.azure.com",
        "metadata.azure.internal",
        "metadata.tencentyun.com",
        "metadata.platformequinix.com",
        "metadata.packet.net",
        "instance-data",
        "instance-data.ec2.internal",
    },
)
_LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback", "loopback"})
_PRIVATE_SUFFIXES = frozenset(
    {"local", "localdomain", "internal", "intranet", "lan", "corp", "home", "private", "arpa", "invalid", "onion"},
)
_REMEMBERED = 8192
"""URLs and addresses whose verdict is kept: a policy never changes, so neither does a verdict."""


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """What a deployment allows. Never changes while the process runs; a new policy is a new guard and a new sender."""

    https_only: bool = True
    ports: frozenset[int] | None = frozenset({443})
    """Allowed ports; None allows any. Port 80 is allowed too for plain http where that is allowed."""
    allow_loopback: bool = False
    """Open 127.0.0.0/8, ::1 and the names of this machine, and nothing else (sandbox)."""
    allowed_networks: tuple[Network, ...] = ()
    """Private networks opened for this deployment, such as 10.20.0.0/16."""

    def __post_init__(self) -> None:
        for network in self.allowed_networks:
            if not openable_by_configuration(network):
                raise ValueError(
                    f"{network} cannot be allowed: name a network inside a private range "
                    "(10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, fc00::/7, 64:ff9b::/96).",
                )

    @classmethod
    def production(cls, *, ports: frozenset[int] = frozenset({443}), networks: tuple[Network, ...] = ()) -> Self:
        """Https to the public internet, and to the private networks that the deployment names."""
        return cls(ports=ports, allowed_networks=networks)

    @classmethod
    def sandbox(cls, *, networks: tuple[Network, ...] = ()) -> Self:
        """Plain http, any port and this machine too: for development and CI."""
        return cls(https_only=False, ports=None, allow_loopback=True, allowed_networks=networks)

    def permits_port(self, scheme: str, port: int) -> bool:
        """Tell whether a URL of this scheme may name this port."""
        return self.ports is None or port in self.ports or (scheme == "http" and port == 80)  # noqa: PLR2004 - http's own


class Guard:
    """The one judge of URLs and addresses. Thread-safe; fulfils `dastak.webhooks.post.Guard`."""

    def __init__(self, policy: GuardPolicy) -> None:
        self.policy = policy
        self._judged = lru_cache(maxsize=_REMEMBERED)(self._judge)
        self._forbidden = lru_cache(maxsize=_REMEMBERED)(self._why_forbidden)

    def check_url(self, url: str) -> None:
        """Raise `UrlRefused` for a URL that may never be called, judged by its text alone (no look-up)."""
        self.destination(url)

    def destination(self, url: str) -> Destination:
        """Judge a URL by its text and return where it leads; called by the sender for every POST.

        Raises:
            UrlRefused: as `parse_url` does, and with `scheme`, `port`, `host` or `address` where the policy says no.
        """
        verdict = self._judged(url)
        if isinstance(verdict, Destination):
            return verdict
        code, message = verdict
        raise UrlRefused(code, message)

    def check_addresses(self, host: str, addresses: Sequence[str]) -> None:
        """Raise `UrlRefused` (code `address`) if any of the addresses may not be called.

        Args:
            host: the name they came from, for the sentence only.
            addresses: all IP addresses that the name resolved to, as text.
        """
        if not addresses:
            raise UrlRefused("address", f"{host} has no address; check its DNS records.")
        for address in addresses:
            why = self._forbidden(address)
            if why is not None:
                raise UrlRefused("address", _address_sentence(host, address, why))

    def _judge(self, url: str) -> Destination | tuple[str, str]:
        try:
            place = parse_url(url)
            self._check_policy(place)
        except UrlRefused as refused:
            return refused.code, refused.message
        return place

    def _check_policy(self, place: Destination) -> None:
        if self.policy.https_only and place.scheme != "https":
            raise UrlRefused("scheme", "Use https: plain http is allowed in the sandbox only.")
        if not self.policy.permits_port(place.scheme, place.port):
            ports = ", ".join(str(port) for port in sorted(self.policy.ports or ()))
            raise UrlRefused("port", f"Use an allowed port ({ports}) instead of {place.port}.")
        if place.address is None:
            self._check_name(place.host)
        else:
            self.check_addresses(place.host, (str(place.address),))

    def _check_name(self, host: str) -> None:
        if host in _METADATA_NAMES:
            raise UrlRefused("host", f"Use a public host name: {host} is a cloud metadata service.")
        if host in _LOOPBACK_NAMES or host.endswith(".localhost"):
            if not self.policy.allow_loopback:
                raise UrlRefused("host", f"Use a public host name: {host} is this machine itself.")
            return
        if not self.policy.allowed_networks and ("." not in host or host.rpartition(".")[2] in _PRIVATE_SUFFIXES):
            raise UrlRefused("host", f"Use a public host name: {host} exists on a private network only.")

    def _why_forbidden(self, text: str) -> str | None:
        try:
            address = ip_address(text)
        except ValueError:
            return "not an IP address"
        return why_forbidden(address, self.policy.allowed_networks, loopback=self.policy.allow_loopback)


def _address_sentence(host: str, address: str, why: str) -> str:
    subject = f"{address} is" if host == address else f"{host} leads to {address}, which is"
    return f"Use a host on the public internet: {subject} {why}."
