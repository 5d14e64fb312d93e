"""What the journey needs to know from the outside: is this document what the customer says it is?

In: what the customer typed, already checked for syntax. Out: a `Fact`, which the caller turns into a signal.
The `verification` edge fulfils these ports; journeys never learn how.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Fact:
    """The answer of a source: confirmed or not, never with more than may be kept."""

    confirmed: bool
    reason: str = ""
    """When not confirmed: one sentence for the customer, saying what to do."""
    kept: Mapping[str, str] = field(default_factory=dict)
    """What may be stored with the check (masked numbers, registered name); never a full Aadhaar number."""


@dataclass(frozen=True, slots=True)
class AadhaarOtpSent:
    """An OTP is on its way to the phone linked with the Aadhaar."""

    source_ref: str
    """The source's own reference of this OTP session."""
    last4: str


@dataclass(frozen=True, slots=True)
class AadhaarSession:
    """An OTP session at the Aadhaar source, waiting for the customer to type the OTP."""

    source_ref: str
    last4: str
    started_at: datetime


class SourceUnavailable(Exception):  # noqa: N818 - the name says what happened
    """The source could not be asked; the check was not performed and costs the customer no try."""


class SyntaxRefused(Exception):  # noqa: N818 - the name says what happened
    """What the customer typed cannot be right (wrong length, letters, check digit); no source was asked.

    Attributes:
        field: the form field at fault.
        message: one sentence for the customer, saying what to mend. Never repeats what was typed.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class AadhaarSource(Protocol):
    """Aadhaar by OTP: number in, OTP to the holder's phone, then the OTP confirms."""

    async def send_otp(self, aadhaar_number: str) -> AadhaarOtpSent | Fact:
        """Start an OTP session. Raises `SyntaxRefused`, `SourceUnavailable`; a `Fact` (not confirmed) ends the try."""

    async def verify_otp(self, source_ref: str, otp: str) -> Fact:
        """Raises `SyntaxRefused` (the OTP is not six digits), `SourceUnavailable`."""


class PanSource(Protocol):
    async def verify(self, pan: str) -> Fact:
        """Raises `SyntaxRefused`, `SourceUnavailable`."""


class BankSource(Protocol):
    async def verify(self, account_number: str, ifsc: str) -> Fact:
        """Raises `SyntaxRefused`, `SourceUnavailable`."""


class UpiSource(Protocol):
    async def verify(self, upi_id: str) -> Fact:
        """Raises `SyntaxRefused`, `SourceUnavailable`."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Every source that the journey may ask."""

    aadhaar: AadhaarSource
    pan: PanSource
    bank: BankSource
    upi: UpiSource
