"""What can go wrong with any journey, in the customer's and the merchant's terms; no HTTP here.

JourneyError
├── ConsentMissing
├── TooSoon             an OTP was sent a moment ago
├── OtpRefused          wrong, expired, locked, or none was sent
├── IllegalSignal       the table has no such move (a defect of the caller)
├── Contended           others were first, again and again: ask once more
└── DuplicateVerificationId

What only one kind of journey knows stands in `kyc_link/errors.py` and `video_kyc/errors.py`.
"""

from datetime import timedelta
from typing import Literal


class JourneyError(Exception):
    """Root of this tree. `code` is stable and machine-readable."""

    code = "journey_error"


class Contended(JourneyError):  # noqa: N818 - the names say what happened
    """Others changed the same thing first, again and again; nothing was changed here. Ask once more."""

    code = "changed_meanwhile"


class ConsentMissing(JourneyError):  # noqa: N818 - the names say what happened
    """Aadhaar may only be used with the customer's consent."""

    code = "consent_missing"


class TooSoon(JourneyError):  # noqa: N818
    """A code was sent a moment ago."""

    code = "too_soon"

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(f"Wait {retry_after.total_seconds():.0f} seconds before asking for another code.")
        self.retry_after = retry_after


OtpReason = Literal["wrong", "expired", "locked", "none"]


class OtpRefused(JourneyError):  # noqa: N818
    """The phone OTP was not accepted."""

    code = "otp_refused"

    def __init__(self, reason: OtpReason, tries_left: int = 0) -> None:
        super().__init__(f"The code was refused: {reason}.")
        self.reason: OtpReason = reason
        self.tries_left = tries_left


class IllegalSignal(JourneyError):  # noqa: N818
    """The journey's table has no row for this signal in this state; nothing was changed."""

    code = "illegal_signal"


class DuplicateVerificationId(JourneyError):  # noqa: N818
    """The merchant has used this verification_id before."""

    code = "verification_id_already_exists"
