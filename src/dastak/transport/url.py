"""The text of a webhook URL, taken apart by rules so narrow that no two parsers can read it differently.

In: what a merchant typed. Out: a `Destination`, from which the URL that libcurl gets is built anew. Pure; called by
the guard.
"""

import re
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from dastak.webhooks.post import UrlRefused

URL_LIMIT = 2048
"""Characters of a URL."""

DEFAULT_PORTS = {"http": 80, "https": 443}

_SHAPE = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.ASCII)
_PLAIN = re.compile(r"[\x21-\x7e]*")
_REST = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\[\]{}|-]|%[0-9A-Fa-f]{2})*")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_NAME_LIMIT = 253
_PORT_DIGITS = 5
_PORT_LIMIT = 65535


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a URL leads. Equal URLs in another spelling (case, default port) give an equal destination."""

    scheme: str
    host: str
    """Lower-cased name, or an IP address in its canonical text without brackets."""
    port: int
    target: str
    """Path and query, as typed, always starting with `/`."""
    address: IPv4Address | IPv6Address | None = None
    """Set when the host is an IP address: there is nothing to look up."""
    url: str = field(init=False, compare=False)
    """The URL written anew from the parts above: what libcurl is given."""
    authority: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        host = f"[{self.host}]" if isinstance(self.address, IPv6Address) else self.host
        shown = host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"
        object.__setattr__(self, "authority", host)
        object.__setattr__(self, "url", f"{self.scheme}://{shown}{self.target}")


def parse_url(url: str) -> Destination:
    """Take a URL apart.

    Raises:
        UrlRefused: with code `length`, `characters`, `shape`, `scheme`, `userinfo`, `host`, `port` or `fragment`.
    """
    if len(url) > URL_LIMIT:
        raise UrlRefused("length", f"Use a URL of at most {URL_LIMIT} characters; this one has {len(url)}.")
    _refuse_characters(url)
    match = _SHAPE.fullmatch(url)
    if match is None:
        raise UrlRefused("shape", "Write the whole URL, such as https://example.com/webhooks.")
    scheme = match["scheme"].lower()
    if scheme not in DEFAULT_PORTS:
        raise UrlRefused("scheme", f"Use https; {scheme} is not a way to send webhooks.")
    host, address, port = _parse_authority(match["authority"], DEFAULT_PORTS[scheme])
    return Destination(scheme, host, port, _parse_target(match["rest"]), address)


def _refuse_characters(url: str) -> None:
    if not url.isascii():
        raise UrlRefused(
            "characters",
            "Write the URL in ASCII: an international host name in its xn-- form, other characters percent-encoded.",
        )
    if not _PLAIN.fullmatch(url):
        raise UrlRefused("characters", "Remove spaces, line breaks and control characters from the URL.")
    if "\\" in url:
        raise UrlRefused("characters", "Use / instead of \\ in the URL.")


def _parse_authority(authority: str, default_port: int) -> tuple[str, IPv4Address | IPv6Address | None, int]:
    if "@" in authority:
        raise UrlRefused("userinfo", "Remove the user name and password (everything up to the @) from the URL.")
    if authority.startswith("["):
        inner, bracket, after = authority[1:].partition("]")
        if not bracket or (after and not after.startswith(":")):
            raise UrlRefused("host", "Close the brackets around the IPv6 address, as in https://[2606:4700::1111]/.")
        ipv6 = _parse_ipv6(inner)
        return str(ipv6), ipv6, _parse_port(after[1:] if after else None, default_port)
    host, colon, port = authority.partition(":")
    name, address = _parse_host(host.lower())
    return name, address, _parse_port(port if colon else None, default_port)


def _parse_ipv6(text: str) -> IPv6Address:
    if "%" in text:
        raise UrlRefused("host", "Remove the zone (the part from the % on) from the IPv6 address.")
    try:
        return IPv6Address(text)
    except AddressValueError:
        raise UrlRefused("host", "Write a valid IPv6 address between the brackets.") from None


def _parse_host(host: str) -> tuple[str, IPv4Address | None]:
    if not host:
        raise UrlRefused("host", "Name the host in the URL, such as https://example.com/webhooks.")
    if host.endswith("."):
        raise UrlRefused("host", "Remove the dot at the end of the host name.")
    labels = host.split(".")
    if len(host) > _NAME_LIMIT or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlRefused("host", "Use a host name of letters, digits, hyphens and single dots.")
    if not _NUMBER.fullmatch(labels[-1]):
        return host, None
    try:
        address = IPv4Address(host)
    except AddressValueError:
        raise UrlRefused("host", "Write an IPv4 address as four decimal numbers, such as 8.8.4.4.") from None
    return str(address), address


def _parse_port(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isdecimal() or len(text) > _PORT_DIGITS or text.startswith("0") or int(text) > _PORT_LIMIT:
        raise UrlRefused("port", "Write the port as a number from 1 to 65535, or leave out the colon.")
    return int(text)


def _parse_target(rest: str) -> str:
    if "#" in rest:
        raise UrlRefused("fragment", "Remove the # and what follows: it is never sent.")
    if not _REST.fullmatch(rest):
        raise UrlRefused("characters", "Percent-encode special characters in the path and query of the URL.")
    return rest if rest.startswith("/") else f"/{rest}"
