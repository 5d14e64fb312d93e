"""A KYC Link of the sandbox, gone through without a person: each act does what a customer's typing does.

In: the link and the name of an act. Out: the link as it stands, with the events that such typing makes; or an error of
the desks. `/api/v1/sandbox` calls it, in the sandbox alone.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from dastak.journeys.kyc_link.desk import LinkDesk
from dastak.journeys.kyc_link.errors import CheckClosed
from dastak.journeys.kyc_link.link import KycLink
from dastak.journeys.kyc_link.merchant_desk import MerchantDesk
from dastak_sdk import CheckType

CONSENT = "A rehearsal in the sandbox: nobody was asked."
HERE = "127.0.0.1"

Typed = Mapping[CheckType, tuple[str, ...]]
"""What is typed, in the order of the fields; for Aadhaar the number and, where it comes to that, the OTP."""


@dataclass(frozen=True, slots=True)
class LinkRehearsal:
    """The acts."""

    customer: LinkDesk
    merchant: MerchantDesk
    right: Typed
    wrong: Typed

    def acts(self) -> Mapping[str, Callable[[KycLink], Awaitable[KycLink]]]:
        """By name."""
        return {
            "customer_passes_check": lambda link: self._check(link, self.right),
            "customer_fails_check": lambda link: self._check(link, self.wrong),
            "link_expires": lambda link: self.merchant.cancel(link.merchant_id, link.id),
        }

    async def _check(self, link: KycLink, typed: Typed) -> KycLink:
        """The next check that is open. Raises `CheckClosed`, and what the desk raises."""
        check = link.next_check()
        if check is None:
            raise CheckClosed("no check is open")
        desk, values = self.customer, typed[check.type]
        match check.type:
            case CheckType.PAN:
                return await desk.submit_pan(link.code, *values)
            case CheckType.BANK:
                return await desk.submit_bank(link.code, *values)
            case CheckType.UPI:
                return await desk.submit_upi(link.code, *values)
            case CheckType.AADHAAR:
                return await self._aadhaar(link, *values)

    async def _aadhaar(self, link: KycLink, number: str, otp: str = "") -> KycLink:
        desk = self.customer
        started = await desk.start_aadhaar(link.code, number, consent=True, consent_text=CONSENT, client_ip=HERE)
        return await desk.finish_aadhaar(link.code, otp) if otp else started
