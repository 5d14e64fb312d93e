"""What is found out about the customer before the call, as values.

In: the desk and the move make them. Out: the store keeps them sealed; agent and auditor see them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dastak.journeys.facts import AadhaarSession


class Precheck(StrEnum):
    """The three checks that a browser goes through before the call, in this order."""

    IP = "ip"
    LOCATION = "location"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class AadhaarStep:
    """The Aadhaar step: done by the customer, or given by the merchant, which skips it."""

    is_given: bool = False
    """The merchant sent `aadhaar_details`; the customer is not asked (contract.md §2.4)."""
    done_at: datetime | None = None
    session: AadhaarSession | None = None
    tries: int = 0
    """How often it was performed and not confirmed."""
    starts: int = 0
    """How many OTP sessions were begun."""
    reason: str = ""
    """Why the latest try failed, for the customer."""
    kept: Mapping[str, str] = field(default_factory=dict)
    """What the source let us keep: masked number, name."""

    @property
    def is_done(self) -> bool:
        """Whether nothing more is asked of the customer here."""
        return self.is_given or self.done_at is not None


@dataclass(frozen=True, slots=True)
class IpFacts:
    """Where the customer's connection comes from."""

    address: str
    country: str
    """Two letters, or empty when nobody could say."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Location:
    """Where the customer's device says it is."""

    latitude: float
    longitude: float
    accuracy_metres: float
    at: datetime


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """That camera and microphone worked, and how the network was."""

    at: datetime
    round_trip_ms: int | None = None
    kbit_per_second: int | None = None


@dataclass(frozen=True, slots=True)
class Prechecks:
    """The latest that each check has found; None: not passed."""

    ip: IpFacts | None = None
    location: Location | None = None
    device: DeviceFacts | None = None
    abroad: Location | None = None
    """Where the device said in a call that it was, outside India; None once it has said another place."""

    def passed_at(self, check: Precheck) -> datetime | None:
        """When that check was passed; None if it was not, or holds no more."""
        location = None if self.abroad else self.location
        found = {Precheck.IP: self.ip, Precheck.LOCATION: location, Precheck.DEVICE: self.device}[check]
        return None if found is None else found.at
