"""The signals of a KYC Link: everything that can happen to one.

In: the desk and the clock make them. Out: the move answers each with the next link, or raises.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dastak.journeys.facts import AadhaarSession
from dastak_sdk import CheckType


class Kind(StrEnum):
    """The columns of the move's table."""

    STARTED = "started"
    ABANDONED = "abandoned"
    PASSED = "passed"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class AadhaarStarted:
    """The source sent an OTP to the phone linked with the Aadhaar."""

    session: AadhaarSession
    type: CheckType = CheckType.AADHAAR
    kind: Kind = field(default=Kind.STARTED, init=False)


@dataclass(frozen=True, slots=True)
class AadhaarAbandoned:
    """The customer wants to use another number; nothing was performed."""

    type: CheckType = CheckType.AADHAAR
    kind: Kind = field(default=Kind.ABANDONED, init=False)


@dataclass(frozen=True, slots=True)
class CheckPassed:
    """A check was performed and confirmed."""

    type: CheckType
    reference_id: int
    kept: Mapping[str, str] = field(default_factory=dict)
    kind: Kind = field(default=Kind.PASSED, init=False)


@dataclass(frozen=True, slots=True)
class CheckFailed:
    """A check was performed and not confirmed."""

    type: CheckType
    reference_id: int
    reason: str
    kind: Kind = field(default=Kind.FAILED, init=False)


@dataclass(frozen=True, slots=True)
class LinkExpired:
    """The clock has passed the end of the link's last day."""

    kind: Kind = field(default=Kind.EXPIRED, init=False)


@dataclass(frozen=True, slots=True)
class LinkCancelled:
    """The merchant ends the link before its time."""

    kind: Kind = field(default=Kind.CANCELLED, init=False)


CheckSignal = AadhaarStarted | AadhaarAbandoned | CheckPassed | CheckFailed
EndSignal = LinkExpired | LinkCancelled
Signal = CheckSignal | EndSignal
