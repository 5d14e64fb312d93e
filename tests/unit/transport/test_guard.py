"""The guard against a table of hostile URLs and addresses, and by law."""

import socket
import struct
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dastak.transport.addresses import FORBIDDEN, LOOPBACK, why_forbidden
from dastak.transport.guard import Guard, GuardPolicy
from dastak.webhooks.post import Guard as GuardPort
from dastak.webhooks.post import UrlRefused

PRODUCTION = Guard(GuardPolicy.production())
SANDBOX = Guard(GuardPolicy.sandbox())
WIDE = Guard(GuardPolicy(https_only=False, ports=None))
"""No limit but the addresses: what it refuses, it refuses for where it leads."""

HOSTILE_URLS = {
    "plain http": ("http://example.com/", "scheme"),
    "ftp": ("ftp://example.com/", "scheme"),
    "gopher": ("gopher://example.com:70/_GET", "scheme"),
    "a local file": ("file:///etc/passwd", "scheme"),
    "a file on a host": ("file://localhost/etc/passwd", "scheme"),
    "javascript": ("javascript:alert(1)", "shape"),
    "dict": ("dict://example.com:11211/stat", "scheme"),
    "no scheme": ("example.com/hook", "shape"),
    "scheme-relative": ("//example.com/hook", "shape"),
    "one slash": ("https:/example.com/", "shape"),
    "nothing": ("", "shape"),
    "only a scheme": ("https://", "host"),
    "no host but a port": ("https://:443/", "host"),
    "a user": ("https://user@example.com/", "userinfo"),
    "a user and password": ("https://user:secret@example.com/", "userinfo"),
    "an empty user": ("https://@example.com/", "userinfo"),
    "a host that looks like a user": ("https://example.com@127.0.0.1/", "userinfo"),
    "an encoded at sign": ("https://example.com%40127.0.0.1/", "host"),
    "a backslash before the real host": ("https://example.com\\@127.0.0.1/", "characters"),
    "a backslash as slash": ("https:\\\\example.com\\", "characters"),
    "a space in front": (" https://example.com/", "characters"),
    "a line break at the end": ("https://example.com/\n", "characters"),
    "a line break in the path": ("https://example.com/a\r\nHost: x", "characters"),
    "a tab in the host": ("https://exam\tple.com/", "characters"),
    "a null byte": ("https://example.com/\x00", "characters"),
    "a delete character": ("https://example.com/\x7f", "characters"),
    "a fullwidth digit": ("https://127.0.0.\uff11/", "characters"),
    "circled digits": ("https://\u2460\u2461\u2466.0.0.1/", "characters"),
    "an ideographic full stop": ("https://127\u30020\u30020\u30021/", "characters"),
    "a fullwidth solidus": ("https://example.com\uff0f@127.0.0.1/", "characters"),
    "a soft hyphen": ("https://exam\u00adple.com/", "characters"),
    "a name in Devanagari": ("https://\u092d\u093e\u0930\u0924.\u092d\u093e\u0930\u0924/", "characters"),
    "a Cyrillic look-alike": ("https://ex\u0430mple.com/", "characters"),
    "a path beyond ASCII": ("https://example.com/\u00e9", "characters"),
    "a broken percent-encoding": ("https://example.com/%zz", "characters"),
    "a quote in the path": ('https://example.com/"', "characters"),
    "a fragment": ("https://example.com/#top", "fragment"),
    "a fragment that hides a host": ("https://example.com#@127.0.0.1/", "fragment"),
    "2,049 characters": ("https://example.com/" + "a" * 2029, "length"),
    "another port": ("https://example.com:8443/", "port"),
    "ssh's port": ("https://example.com:22/", "port"),
    "port 0": ("https://example.com:0/", "port"),
    "port 65536": ("https://example.com:65536/", "port"),
    "an endless port": ("https://example.com:" + "4" * 400 + "/", "port"),
    "an empty port": ("https://example.com:/", "port"),
    "a port with a sign": ("https://example.com:+443/", "port"),
    "a port with a leading zero": ("https://example.com:0443/", "port"),
    "a port of letters": ("https://example.com:https/", "port"),
    "two ports": ("https://example.com:443:80/", "port"),
    "a trailing dot": ("https://example.com./", "host"),
    "two trailing dots": ("https://example.com../", "host"),
    "an address with a trailing dot": ("https://127.0.0.1./", "host"),
    "an empty label": ("https://example..com/", "host"),
    "a leading dot": ("https://.example.com/", "host"),
    "a label that starts with a hyphen": ("https://-example.com/", "host"),
    "a label of 64 letters": ("https://" + "a" * 64 + ".com/", "host"),
    "a name of 254 characters": ("https://" + "a." * 126 + "aa/", "host"),
    "a percent-encoded dot": ("https://127%2e0%2e0%2e1/", "host"),
    "a percent-encoded letter": ("https://%6cocalhost/", "host"),
    "a wildcard": ("https://*.example.com/", "host"),
    "a list of hosts": ("https://example.com,127.0.0.1/", "host"),
    "curly brackets": ("https://{example.com,127.0.0.1}/", "host"),
    "localhost": ("https://localhost/", "host"),
    "localhost in capitals": ("https://LOCALHOST/", "host"),
    "localhost with a dot": ("https://localhost./", "host"),
    "a name under localhost": ("https://hook.localhost/", "host"),
    "localhost.localdomain": ("https://localhost.localdomain/", "host"),
    "ip6-localhost": ("https://ip6-localhost/", "host"),
    "Google's metadata name": ("https://metadata.google.internal/", "host"),
    "Google's other metadata name": ("https://metadata.goog/", "host"),
    "a short metadata name": ("https://metadata/", "host"),
    "Amazon's old metadata name": ("https://instance-data/", "host"),
    "a name without a dot": ("https://intranet/", "host"),
    "a cluster's name": ("https://kubernetes.default.svc.cluster.local/", "host"),
    "an internal name": ("https://vault.internal/", "host"),
    "loopback": ("https://127.0.0.1/", "address"),
    "another loopback": ("https://127.255.255.254/", "address"),
    "loopback in decimal": ("https://2130706433/", "host"),
    "loopback in hexadecimal": ("https://0x7f000001/", "host"),
    "loopback in dotted hexadecimal": ("https://0x7f.0.0.1/", "host"),
    "loopback in capital hexadecimal": ("https://0X7F000001/", "host"),
    "loopback in octal": ("https://0177.0.0.1/", "host"),
    "loopback in one octal number": ("https://017700000001/", "host"),
    "loopback with padding": ("https://127.000.000.001/", "host"),
    "loopback of two parts": ("https://127.1/", "host"),
    "loopback of three parts": ("https://127.0.1/", "host"),
    "loopback with an overflow": ("https://127.0.0.257/", "host"),
    "a number alone": ("https://0/", "host"),
    "an empty hexadecimal number": ("https://0x/", "host"),
    "five parts": ("https://1.127.0.0.1/", "host"),
    "a name that ends in a number": ("https://example.1/", "host"),
    "unspecified": ("https://0.0.0.0/", "address"),
    "class A private": ("https://10.1.2.3/", "address"),
    "class B private": ("https://172.31.255.255/", "address"),
    "class C private": ("https://192.168.0.1/", "address"),
    "a carrier's network": ("https://100.64.0.1/", "address"),
    "link-local": ("https://169.254.1.1/", "address"),
    "Amazon's metadata": ("https://169.254.169.254/latest/meta-data/", "address"),
    "a container's metadata": ("https://169.254.170.2/v2/credentials", "address"),
    "Alibaba's metadata": ("https://100.100.100.200/", "address"),
    "Azure's wire server": ("https://168.63.129.16/", "address"),
    "Oracle's metadata": ("https://192.0.0.192/", "address"),
    "broadcast": ("https://255.255.255.255/", "address"),
    "multicast": ("https://224.0.0.1/", "address"),
    "reserved": ("https://240.0.0.1/", "address"),
    "benchmarks": ("https://198.19.255.255/", "address"),
    "documentation": ("https://203.0.113.5/", "address"),
    "a 6to4 relay": ("https://192.88.99.1/", "address"),
    "IPv6 loopback": ("https://[::1]/", "address"),
    "IPv6 loopback in full": ("https://[0:0:0:0:0:0:0:1]/", "address"),
    "IPv6 unspecified": ("https://[::]/", "address"),
    "IPv4-mapped loopback": ("https://[::ffff:127.0.0.1]/", "address"),
    "IPv4-mapped loopback in hexadecimal": ("https://[::ffff:7f00:1]/", "address"),
    "an IPv4-mapped public address": ("https://[::ffff:8.8.8.8]/", "address"),
    "IPv4-compatible loopback": ("https://[::127.0.0.1]/", "address"),
    "IPv4-translated": ("https://[::ffff:0:127.0.0.1]/", "address"),
    "6to4 of a private address": ("https://[2002:0a00:0001::]/", "address"),
    "NAT64 of loopback": ("https://[64:ff9b::7f00:1]/", "address"),
    "NAT64 of a public address": ("https://[64:ff9b::808:808]/", "address"),
    "local NAT64": ("https://[64:ff9b:1::a00:1]/", "address"),
    "Teredo": ("https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "address"),
    "ISATAP": ("https://[2600:1f00::5efe:10.0.0.1]/", "address"),
    "ISATAP, universal": ("https://[2600:1f00::200:5efe:10.0.0.1]/", "address"),
    "unique local": ("https://[fd12:3456:789a::1]/", "address"),
    "Amazon's metadata in IPv6": ("https://[fd00:ec2::254]/", "address"),
    "IPv6 link-local": ("https://[fe80::1]/", "address"),
    "IPv6 link-local with a zone": ("https://[fe80::1%25eth0]/", "host"),
    "a bare zone": ("https://[fe80::1%eth0]/", "host"),
    "a zone on a public address": ("https://[2606:4700::1111%25eth0]/", "host"),
    "site-local": ("https://[fec0::1]/", "address"),
    "IPv6 multicast": ("https://[ff02::1]/", "address"),
    "IPv6 documentation": ("https://[2001:db8::1]/", "address"),
    "new IPv6 documentation": ("https://[3fff::1]/", "address"),
    "ORCHID": ("https://[2001:10::1]/", "address"),
    "ORCHIDv2": ("https://[2001:20::1]/", "address"),
    "discard": ("https://[100::1]/", "address"),
    "segment routing": ("https://[5f00::1]/", "address"),
    "unassigned IPv6": ("https://[4000::1]/", "address"),
    "IPv6 without brackets": ("https://2606:4700::1111/", "host"),
    "an open bracket": ("https://[::1/", "host"),
    "text after the bracket": ("https://[2606:4700::1111]x/", "host"),
    "empty brackets": ("https://[]/", "host"),
    "IPv4 in brackets": ("https://[127.0.0.1]/", "host"),
    "a name in brackets": ("https://[example.com]/", "host"),
    "a future IP version": ("https://[v1.fe80::a+en1]/", "host"),
}


@pytest.mark.parametrize(("url", "code"), HOSTILE_URLS.values(), ids=HOSTILE_URLS.keys())
def test_a_hostile_url_is_refused_in_production(url: str, code: str) -> None:
    with pytest.raises(UrlRefused) as refused:
        PRODUCTION.check_url(url)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize(
    "url",
    [url for url, code in HOSTILE_URLS.values() if code in {"address", "host"} and "loopback" not in url],
)
def test_a_sandbox_opens_no_more_hosts_than_loopback(url: str) -> None:
    try:
        place = SANDBOX.destination(url)
    except UrlRefused:
        return
    assert (
        place.host.startswith("127.")
        or place.host in {"::1", "localhost", "ip6-localhost"}
        or (place.host.endswith((".localhost", ".localdomain")))
    )


GOOD_URLS = {
    "a name": "https://example.com",
    "a path and query": "https://hooks.example.co.in/a/b?c=d&e[]=f%20g",
    "a query without a path": "https://example.com?a=b",
    "capitals": "HTTPS://Example.COM/Hook",
    "the default port": "https://example.com:443/",
    "digits in a name": "https://1and1.example/",
    "a numeric label in front": "https://127.0.0.1.example.com/",
    "an underscore": "https://my_app.example.com/",
    "an international name in ASCII": "https://xn--h2brj9c.xn--h2brj9c/",
    "public IPv4": "https://8.8.8.8/",
    "public IPv4 next to a private block": "https://172.32.0.1/",
    "public IPv6": "https://[2606:4700:4700::1111]/hook",
    "2,048 characters": "https://example.com/" + "a" * 2028,
    "dots in the path": "https://example.com/../x",
    "an at sign in the path": "https://example.com/@user",
}


@pytest.mark.parametrize("url", GOOD_URLS.values(), ids=GOOD_URLS.keys())
def test_a_public_url_is_allowed(url: str) -> None:
    PRODUCTION.check_url(url)


@pytest.mark.parametrize(
    ("url", "rebuilt"),
    [
        ("HTTPS://Example.COM:443/Hook?A=b", "https://example.com/Hook?A=b"),
        ("https://example.com?a=b", "https://example.com/?a=b"),
        ("https://[2606:4700:0:0::1111]/", "https://[2606:4700::1111]/"),
        ("https://example.com", "https://example.com/"),
    ],
)
def test_the_url_for_libcurl_is_built_anew_from_its_parts(url: str, rebuilt: str) -> None:
    assert PRODUCTION.destination(url).url == rebuilt
    assert PRODUCTION.destination(rebuilt) == PRODUCTION.destination(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/hook",
        "http://127.0.0.1:1/",
        "https://[::1]:9/",
        "http://app.localhost/",
        "http://example.com/",
    ],
)
def test_the_sandbox_allows_plain_http_any_port_and_loopback(url: str) -> None:
    SANDBOX.check_url(url)


@pytest.mark.parametrize("host", ["10.0.0.1", "192.168.1.1", "0.0.0.0", "169.254.169.254", "[fd00::1]", "[::]"])  # noqa: S104
def test_the_sandbox_opens_nothing_but_loopback(host: str) -> None:
    with pytest.raises(UrlRefused):
        SANDBOX.check_url(f"http://{host}/")


def test_further_ports_are_a_setting() -> None:
    guard = Guard(GuardPolicy.production(ports=frozenset({443, 8443})))
    guard.check_url("https://example.com:8443/")
    with pytest.raises(UrlRefused, match="443, 8443"):
        guard.check_url("https://example.com:9443/")


def test_port_80_goes_with_plain_http_only() -> None:
    guard = Guard(GuardPolicy(https_only=False))
    guard.check_url("http://example.com/")
    with pytest.raises(UrlRefused, match="port"):
        guard.check_url("https://example.com:80/")


class TestAllowedNetworks:
    guard = Guard(GuardPolicy.production(networks=(ip_network("10.20.0.0/16"), ip_network("fd12::/32"))))

    @pytest.mark.parametrize(
        "url", ["https://10.20.3.4/", "https://[fd12::1]/", "https://vault.internal/", "https://app/"]
    )
    def test_what_is_named_is_open(self, url: str) -> None:
        self.guard.check_url(url)

    @pytest.mark.parametrize(
        "host",
        ["10.21.0.1", "192.168.0.1", "127.0.0.1", "[::ffff:10.20.0.1]", "[2002:0a14:1::]", "[fd13::1]", "localhost",
         "metadata.google.internal"],
    )  # fmt: skip
    def test_nothing_else_is(self, host: str) -> None:
        with pytest.raises(UrlRefused):
            self.guard.check_url(f"https://{host}/")

    @pytest.mark.parametrize(
        "network",
        ["0.0.0.0/0", "127.0.0.0/8", "169.254.0.0/16", "8.8.8.0/24", "::/0", "10.0.0.0/7", "::1/128", "::ffff:0:0/96"],
    )
    def test_a_network_that_is_not_private_cannot_be_named(self, network: str) -> None:
        with pytest.raises(ValueError, match="cannot be allowed"):
            GuardPolicy.production(networks=(ip_network(network),))

    def test_metadata_stays_closed_in_an_open_network(self) -> None:
        guard = Guard(GuardPolicy.production(networks=(ip_network("100.64.0.0/10"), ip_network("fc00::/7"))))
        guard.check_addresses("x", ["100.64.0.1", "fd00::1"])
        for address in ("100.100.100.200", "fd00:ec2::254", "fd20:ce::254"):
            with pytest.raises(UrlRefused, match="metadata"):
                guard.check_addresses("x", [address])

    def test_an_allowed_nat64_opens_public_addresses_only(self) -> None:
        guard = Guard(GuardPolicy.production(networks=(ip_network("64:ff9b::/96"),)))
        guard.check_addresses("x", ["64:ff9b::808:808"])
        for inside in ("a00:1", "7f00:1", "a9fe:a9fe"):
            with pytest.raises(UrlRefused):
                guard.check_addresses("x", [f"64:ff9b::{inside}"])


class TestAddresses:
    def test_public_ones_are_allowed(self) -> None:
        PRODUCTION.check_addresses("example.com", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "9.9.9.9"])

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_one_forbidden_among_many_refuses_all(self, place: int) -> None:
        addresses = ["8.8.8.8", "2606:4700::1111"]
        addresses.insert(place, "10.0.0.1")
        with pytest.raises(UrlRefused, match=r"example.com leads to 10\.0\.0\.1, which is a private address"):
            PRODUCTION.check_addresses("example.com", addresses)

    def test_none_at_all_is_refused(self) -> None:
        with pytest.raises(UrlRefused, match="no address"):
            PRODUCTION.check_addresses("example.com", [])

    @pytest.mark.parametrize(
        "text", ["", "example.com", "127.1", "0x7f000001", "2130706433", "fe80::1%eth0", "2606::1%1"]
    )
    def test_what_is_no_plain_address_is_refused(self, text: str) -> None:
        with pytest.raises(UrlRefused):
            SANDBOX.check_addresses("example.com", [text])


def test_the_guard_fulfils_the_rooms_protocol() -> None:
    port: GuardPort = PRODUCTION
    port.check_url("https://example.com/")


def _inside(network: IPv4Network | IPv6Network) -> st.SearchStrategy[IPv4Address | IPv6Address]:
    first = int(network.network_address)
    kind = type(network.network_address)
    return st.integers(first, first + network.num_addresses - 1).map(kind)


forbidden = st.sampled_from(FORBIDDEN).flatmap(lambda row: _inside(row.network))
ipv4 = st.integers(0, 2**32 - 1).map(IPv4Address)
anything = st.one_of(ipv4, st.integers(0, 2**128 - 1).map(IPv6Address))


def spellings(address: IPv4Address) -> list[str]:
    """Every way of writing an IPv4 address that some resolver understands."""
    number = int(address)
    a, b, c, d = address.packed
    return [
        str(number),
        hex(number),
        f"0{number:o}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{number & 0xFFFF}",
        f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a:03}.{b:03}.{c:03}.{d:03}" if min(a, b, c, d) < 100 else f"{address}.",
        f"{address}.",
        str(address).replace(".", "%2e"),
        str(address).replace(".", "\u3002"),
    ]


@given(forbidden)
def test_law_no_forbidden_address_passes(address: IPv4Address | IPv6Address) -> None:
    with pytest.raises(UrlRefused):
        WIDE.check_addresses("x.example", [str(address)])
    host = f"[{address.exploded}]" if address.version == 6 else str(address)
    with pytest.raises(UrlRefused):
        WIDE.check_url(f"http://{host}/")


@given(ipv4, st.integers(0, 10))
def test_law_no_odd_spelling_of_any_ipv4_address_passes(address: IPv4Address, which: int) -> None:
    with pytest.raises(UrlRefused):
        SANDBOX.check_url(f"http://{spellings(address)[which]}/")


@given(ipv4)
def test_law_no_ipv4_address_passes_inside_an_ipv6_one(address: IPv4Address) -> None:
    number = int(address)
    a, b = number >> 16, number & 0xFFFF
    wrapped = [
        f"::ffff:{address}",
        f"::{address}",
        f"64:ff9b::{address}",
        f"2002:{a:x}:{b:x}::",
        f"2600::5efe:{address}",
    ]
    for text in wrapped:
        if ip_address(text) != ip_address("::1"):
            with pytest.raises(UrlRefused):
                SANDBOX.check_url(f"http://[{text}]/")


@given(anything)
def test_law_allowing_loopback_opens_loopback_only(address: IPv4Address | IPv6Address) -> None:
    if why_forbidden(address) is not None and why_forbidden(address, loopback=True) is None:
        assert address.is_loopback
        assert why_forbidden(address) == LOOPBACK


@given(anything)
def test_law_what_passes_is_global_by_the_standard_librarys_own_judgement(address: IPv4Address | IPv6Address) -> None:
    if why_forbidden(address) is None:
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved


@given(st.text(max_size=60))
def test_law_any_text_is_judged_without_another_exception(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.com{text}", f"https://[{text}]/"):
        try:
            place = SANDBOX.destination(url)
        except UrlRefused:
            continue
        assert place.url.isascii()
        assert place.url.isprintable()
        assert SANDBOX.destination(place.url) == place


@given(ipv4)
def test_law_an_allowed_literal_is_read_by_the_system_as_the_same_address(address: IPv4Address) -> None:
    try:
        place = SANDBOX.destination(f"http://{address}/")
    except UrlRefused:
        return
    assert socket.inet_aton(place.host) == struct.pack("!I", int(address))
