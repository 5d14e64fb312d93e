"""Which checks a link asks for, by name.

In: the merchant names a template when a link is made. Out: the checks, in the order in which the customer meets them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dastak_sdk import CheckType


@dataclass(frozen=True, slots=True)
class Template:
    """An ordered choice of one to four different checks."""

    name: str
    checks: tuple[CheckType, ...]

    def __post_init__(self) -> None:
        if not self.checks or len(set(self.checks)) != len(self.checks):
            raise ValueError("a template needs one to four different checks")


BUILT_IN: Mapping[str, Template] = {
    template.name: template
    for template in (
        Template("Aadhaar_verification", (CheckType.AADHAAR,)),  # the hosted provider's default (contract.md §3.1)
        Template("Full_kyc", (CheckType.AADHAAR, CheckType.PAN, CheckType.BANK, CheckType.UPI)),
        Template("Pan_verification", (CheckType.PAN,)),
        Template("Bank_verification", (CheckType.BANK,)),
        Template("Upi_verification", (CheckType.UPI,)),
    )
}
"""Templates that every merchant has. A merchant's own template of the same name wins."""
