"""What the customer's pages ask of a KYC Link, and of any journey that has a customer with a phone.

Declared here because the pages use it; `dastak.journeys` fulfils it, `app` joins the two.
"""

from datetime import timedelta
from typing import Protocol

from dastak.journeys.kyc_link.link import KycLink, StaticLink


class OtpSent(Protocol):
    """A code is on its way to the customer's phone."""

    @property
    def masked_phone(self) -> str: ...

    @property
    def resend_after(self) -> timedelta: ...

    @property
    def sandbox_otp(self) -> str | None:
        """The code itself, in sandbox only."""


class PhoneDesk(Protocol):
    """Confirms that a customer holds the phone, whichever journey the code leads to."""

    async def send_otp(self, code: str) -> OtpSent:
        """Raises `LinkClosed` or `CaseClosed`, `TooSoon`, `OtpRefused`."""

    async def confirm_otp(self, code: str, otp: str) -> object:
        """Raises `OtpRefused`, `LinkClosed` or `CaseClosed`."""


class CustomerDesk(PhoneDesk, Protocol):
    """Everything a customer can do with a link. Every method raises `LinkNotFound` for a code that has none."""

    async def link(self, code: str) -> KycLink:
        """The link as it stands now; one past its time comes back as EXPIRED."""

    async def merchant_name(self, merchant_id: str) -> str: ...

    async def start_aadhaar(
        self, code: str, number: str, *, consent: bool, consent_text: str, client_ip: str
    ) -> KycLink:
        """Raises `ConsentMissing`, `SyntaxRefused`, `SourceUnavailable`, `CheckClosed`, `LinkClosed`."""

    async def finish_aadhaar(self, code: str, otp: str) -> KycLink:
        """Raises `SyntaxRefused`, `SourceUnavailable`, `CheckClosed`, `LinkClosed`."""

    async def cancel_aadhaar(self, code: str) -> KycLink:
        """Forget the Aadhaar OTP that waits; another number may be typed. Raises `CheckClosed`, `LinkClosed`."""

    async def submit_pan(self, code: str, pan: str) -> KycLink:
        """Raises `SyntaxRefused`, `SourceUnavailable`, `CheckClosed`, `LinkClosed`."""

    async def submit_bank(self, code: str, account_number: str, ifsc: str) -> KycLink:
        """Raises `SyntaxRefused`, `SourceUnavailable`, `CheckClosed`, `LinkClosed`."""

    async def submit_upi(self, code: str, upi_id: str) -> KycLink:
        """Raises `SyntaxRefused`, `SourceUnavailable`, `CheckClosed`, `LinkClosed`."""

    async def static_link(self, code: str) -> StaticLink: ...

    async def start_from_static(self, code: str, phone: str, name: str, email: str) -> KycLink:
        """Make a new link for this visitor; name and e-mail may be empty. Raises `SyntaxRefused`."""
