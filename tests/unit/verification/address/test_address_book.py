"""Where an address is: the sandbox's table, and databases in the MMDB format."""

from pathlib import Path
from typing import Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from dastak.journeys.facts import SourceUnavailable
from dastak.journeys.video_kyc.precheck import IpFinding
from dastak.verification.address.database import AddressDatabases, NoAddresses
from dastak.verification.address.sandbox import SandboxAddresses, known_values
from dastak.verification.address.syntax import address_of

HOME = IpFinding("IN", is_proxy=False)


def database(path: Path, records: dict[str, dict[str, Any]], ip_version: int = 6) -> Path:
    """A real MMDB file: network → record."""
    writer = MMDBWriter(ip_version=ip_version, ipv4_compatible=ip_version == 6)
    for network, record in records.items():
        writer.insert_network(IPSet([network]), record)
    beside = path.with_suffix(".new")
    writer.to_db_file(str(beside))
    beside.replace(path)
    return path


@pytest.mark.parametrize(
    ("address", "finding"),
    [
        ("127.0.0.1", HOME),
        ("203.0.113.9", HOME),
        ("::ffff:192.0.2.7", IpFinding("US", is_proxy=False)),
        ("192.0.2.7", IpFinding("US", is_proxy=False)),
        ("198.51.100.1", IpFinding("IN", is_proxy=True)),
        ("2001:db8:1::5", IpFinding("SG", is_proxy=False)),
        ("fe80::1%eth0", HOME),
    ],
)
async def test_the_sandbox_has_a_place_for_each_outcome(address: str, finding: IpFinding) -> None:
    assert await SandboxAddresses().look_up(address) == finding


@pytest.mark.parametrize("address", ["198.51.100.200", "", "unknown", "1.2.3", "testclient"])
async def test_a_source_that_cannot_say_says_so(address: str) -> None:
    with pytest.raises(SourceUnavailable):
        await SandboxAddresses().look_up(address)


def test_every_listed_network_is_one() -> None:
    for value in known_values():
        if "/" in value.typed:
            address_of(value.typed.partition("/")[0])


@pytest.mark.parametrize(
    ("record", "finding"),
    [
        ({"country": {"iso_code": "IN"}}, HOME),
        ({"country_code": "in"}, HOME),
        ({"country": "US"}, IpFinding("US", is_proxy=False)),
        ({"country": {"iso_code": "IN"}, "traits": {"is_anonymous_proxy": True}}, IpFinding("IN", is_proxy=True)),
        ({"country": {"names": {"en": "India"}}}, IpFinding("", is_proxy=False)),
        ({"country_code": "India"}, IpFinding("", is_proxy=False)),
    ],
)
async def test_both_common_shapes_of_records_are_read(
    tmp_path: Path, record: dict[str, Any], finding: IpFinding
) -> None:
    book = AddressDatabases(database(tmp_path / "country.mmdb", {"203.0.113.0/24": record}))
    assert await book.look_up("203.0.113.9") == finding
    assert await book.look_up("203.0.114.9") == IpFinding("", is_proxy=False)


async def test_a_second_database_says_who_hides(tmp_path: Path) -> None:
    countries = database(tmp_path / "country.mmdb", {"203.0.113.0/24": {"country_code": "IN"}})
    hidden = database(tmp_path / "anonymous.mmdb", {"203.0.113.0/28": {"is_hosting_provider": True}})
    book = AddressDatabases(countries, hidden)
    assert await book.look_up("203.0.113.3") == IpFinding("IN", is_proxy=True)
    assert await book.look_up("203.0.113.99") == HOME


async def test_a_database_of_old_addresses_knows_nothing_of_new_ones(tmp_path: Path) -> None:
    path = database(tmp_path / "country.mmdb", {"203.0.113.0/24": {"country_code": "IN"}}, ip_version=4)
    assert await AddressDatabases(path).look_up("2001:db8::1") == IpFinding("", is_proxy=False)


async def test_a_replaced_file_is_read_anew_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    path = database(tmp_path / "country.mmdb", {"203.0.113.0/24": {"country_code": "IN"}})
    book = AddressDatabases(path)
    assert await book.look_up("203.0.113.9") == HOME
    database(path, {"203.0.113.0/24": {"country_code": "US", "why": "moved"}})
    assert (await book.look_up("203.0.113.9")).country == "US"
    path.write_bytes(b"half a file")
    assert (await book.look_up("203.0.113.9")).country == "US"
    path.unlink()
    assert (await book.look_up("203.0.113.9")).country == "US"


async def test_without_any_database_nobody_passes_for_home(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable):
        await AddressDatabases(tmp_path / "nothing.mmdb").look_up("203.0.113.9")
    with pytest.raises(SourceUnavailable):
        await NoAddresses().look_up("203.0.113.9")
