"""What can go wrong with a KYC Link, in the customer's and the merchant's terms; no HTTP here.

JourneyError
├── LinkNotFound
├── LinkClosed          the link is done or expired
├── CheckClosed         that check is done, not on this link, or out of tries
├── ConsentMissing
├── TooSoon             an OTP was sent a moment ago
├── OtpRefused          wrong, expired, locked, or none was sent
├── IllegalSignal       the table has no such move (a defect of the caller)
├── DuplicateVerificationId
├── UnknownTemplate
└── StaticLinkNotLinked
"""

from datetime import timedelta
from typing import Literal


class JourneyError(Exception):
    """Root of this tree. `code` is stable and machine-readable."""

    code = "journey_error"


class LinkNotFound(JourneyError):  # noqa: N818 - the names say what happened
    """There is no such link."""

    code = "link_not_found"


class LinkClosed(JourneyError):  # noqa: N818
    """The link is finished or expired; nothing more can be done with it."""

    code = "link_closed"


class CheckClosed(JourneyError):  # noqa: N818
    """This check is done, is not part of the link, or has no try left."""

    code = "check_closed"


class ConsentMissing(JourneyError):  # noqa: N818
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


class UnknownTemplate(JourneyError):  # noqa: N818
    """The merchant has no template of that name."""

    code = "template_name_not_found"


class StaticLinkNotLinked(JourneyError):  # noqa: N818
    """The template has no active static link."""

    code = "static_link_not_linked"
