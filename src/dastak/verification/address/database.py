"""The address book of production: databases in the MMDB format, which the operator of the server brings.

In: files (a country database; one of anonymous addresses, if there is one). Out: fulfils `IpSource`. A file that is
replaced is read anew, so that a weekly update needs no restart. Both common shapes of records are understood: a nested
`country.iso_code`, and a flat `country_code` or `country`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import maxminddb
import structlog

from dastak.journeys.facts import SourceUnavailable
from dastak.journeys.video_kyc.precheck import IpFinding
from dastak.verification.address.syntax import Address, address_of

log = structlog.get_logger("dastak.verification")

ANONYMOUS = frozenset(
    {
        *("is_anonymous", "is_anonymous_vpn", "is_hosting_provider", "is_public_proxy", "is_residential_proxy"),
        *("is_tor_exit_node", "is_anonymous_proxy", "is_proxy", "is_vpn", "is_hosting", "is_tor"),
    }
)
"""Fields that, when true, say that somebody else stands between the customer and us."""


class _File:
    """One database; read anew when the file has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader: maxminddb.Reader | None = None
        self._stamp: tuple[int, int] | None = None

    def record(self, address: Address) -> Mapping[str, Any] | None:
        """Raises `SourceUnavailable` when there is no database to ask."""
        reader = self._fresh()
        if reader is None:
            raise SourceUnavailable("The address book cannot be read.")
        if address.version == 6 and reader.metadata().ip_version == 4:  # noqa: PLR2004
            return None
        found = reader.get(address)
        return found if isinstance(found, Mapping) else None

    def _fresh(self) -> "maxminddb.Reader | None":
        try:
            state = self._path.stat()
            stamp = (state.st_mtime_ns, state.st_size)
            if stamp != self._stamp:
                self._reader = maxminddb.open_database(str(self._path), maxminddb.MODE_MEMORY)
                self._stamp = stamp
        except (
            OSError,
            maxminddb.InvalidDatabaseError,
        ) as trouble:  # half copied, or gone: the one before still serves
            log.warning("address_book_unreadable", file=self._path.name, error=type(trouble).__name__)
        return self._reader


class AddressDatabases:
    """Fulfils `IpSource` from files."""

    def __init__(self, countries: Path, anonymous: Path | None = None) -> None:
        self._countries = _File(countries)
        self._anonymous = None if anonymous is None else _File(anonymous)

    async def look_up(self, address: str) -> IpFinding:
        """Raises `SourceUnavailable`."""
        there = address_of(address)
        record = self._countries.record(there) or {}
        hidden = self._anonymous.record(there) or {} if self._anonymous is not None else {}
        return IpFinding(_country(record), is_proxy=_is_anonymous(record) or _is_anonymous(hidden))


class NoAddresses:
    """Fulfils `IpSource` where nobody brought a database: it never knows, so nobody passes."""

    async def look_up(self, address: str) -> IpFinding:  # noqa: ARG002 - the port's
        """Raises `SourceUnavailable`."""
        raise SourceUnavailable("There is no address book.")


def _country(record: Mapping[str, Any]) -> str:
    nested = record.get("country")
    flat = record.get("country_code") or (nested if isinstance(nested, str) else None)
    found = flat or (nested.get("iso_code") if isinstance(nested, Mapping) else None)
    return found.upper() if isinstance(found, str) and len(found) == 2 else ""  # noqa: PLR2004 - ISO 3166-1 alpha-2


def _is_anonymous(record: Mapping[str, Any]) -> bool:
    traits = record.get("traits")
    everywhere = {**record, **(traits if isinstance(traits, Mapping) else {})}
    return any(everywhere.get(name) in {True, "true", "1"} for name in ANONYMOUS)
